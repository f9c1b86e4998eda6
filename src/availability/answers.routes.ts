import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { KINDS, type Kind } from '../candidates/domain.ts'
import { findCandidate } from '../candidates/queries.ts'
import { getSettings } from '../companies/queries.ts'
import { dateIn } from '../core/dates.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { paths, pattern } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { longMoment } from '../words/format.ts'
import { translator } from '../words/index.ts'
import { backQuery, formMarks } from './answers.input.ts'
import { findAnswerSubject, listOpenSendings, type AnswerSubject } from './answers.queries.ts'
import { answerFormModel, answersModel, backUrl, subjectName, type AnswerPage } from './answers.views.ts'
import { EMPTY_FORM, readAnswer, type Answer, type AnswerForm, type GivenAnswer } from './domain.ts'
import { answerForm } from './input.ts'
import { answerByPhone } from './phone-answer.commands.ts'
import { confirmReading, dismissReading } from './readings.commands.ts'
import { findReading, type ReplyReading } from './readings.queries.ts'

type IdRoute = { Params: { id: string }; Querystring: Record<string, unknown>; Body: unknown }
/** An answer is written onto the record. */
const EDIT = { config: { privilege: 'candidates.edit' } } as const
const SENDINGS_SHOWN = 30

/** Answers that a recruiter writes down: what somebody said on the telephone, and what their text means. */
export async function answerRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<IdRoute>(pattern(paths.recipientAnswer), EDIT, async (request, reply) => {
    const subject = await getSubject(deps, request, idOf(request))
    const { back } = backQuery.parse(request.query)
    const typed = subject.answer ? formFrom(subject.answer) : EMPTY_FORM
    return showForm(deps, request, reply, { subject, back, typed, hidden: marks(subject, randomUUID()) })
  })

  app.post<IdRoute>(pattern(paths.recipientAnswer), EDIT, async (request, reply) => {
    const viewer = viewerOf(request)
    const subject = await getSubject(deps, request, idOf(request))
    const given = await readForm(deps, request, reply, subject)
    if (!given.answer) return given.sent
    const { answer, base, form = randomUUID() } = given
    const outcome = await answerByPhone(deps, viewer, subject.recipientId, { ...answer, formId: form, baseVersion: base })
    return finish(deps, request, reply, { subject, outcome, typed: given.typed, form: randomUUID() })
  })

  app.get<IdRoute>(pattern(paths.reading), EDIT, async (request, reply) => {
    const { subject, reading } = await getReading(deps, request)
    const { choice, from, until, comment } = reading.reading ?? { choice: null, from: null, until: null, comment: '' }
    const typed = { ...EMPTY_FORM, answer: choice ?? '', fromDate: from ?? '', until: until ?? '', comment }
    return showForm(deps, request, reply, { subject, reading, back: backQuery.parse(request.query).back, typed, hidden: marks(subject) })
  })

  app.post<IdRoute>(pattern(paths.reading), EDIT, async (request, reply) => {
    const { subject, reading } = await getReading(deps, request)
    const given = await readForm(deps, request, reply, subject, reading)
    if (!given.answer) return given.sent
    const outcome = await confirmReading(deps, viewerOf(request), reading.id, { ...given.answer, baseVersion: given.base })
    return finish(deps, request, reply, { subject, reading, outcome, typed: given.typed })
  })

  app.post<IdRoute>(pattern(paths.readingDismissal), EDIT, async (request, reply) => {
    const { subject, reading } = await getReading(deps, request)
    const { back } = formMarks.parse(request.body ?? {})
    const outcome = await dismissReading(deps, viewerOf(request), reading.id)
    if (!outcome.ok) return finish(deps, request, reply, { subject, reading, outcome, typed: EMPTY_FORM })
    flash(request, 'ok', translator(viewerOf(request).language)('readings.dismissed'))
    return redirect(reply, backUrl(subject, back, reading))
  })

  for (const kind of KINDS) {
    app.get<IdRoute>(pattern((id) => paths.personAnswers(kind, id)), EDIT, (request, reply) => showSendings(deps, kind, request, reply))
  }
}

type Read = { answer: Answer; typed: AnswerForm; base: number; form?: string | undefined } | { answer: undefined; sent: FastifyReply }

/** By the rules of the candidate's own page; what is wrong is shown with what was typed. */
async function readForm(deps: Deps, request: FastifyRequest<IdRoute>, reply: FastifyReply, subject: AnswerSubject, reading?: ReplyReading): Promise<Read> {
  const typed = answerForm(request.body)
  const { form, base, back } = formMarks.parse(request.body ?? {})
  const read = readAnswer(typed, {
    kind: subject.kind, today: dateIn(viewerOf(request).company.timeZone, subject.now), latestStartMonths: await latestStartMonths(deps, request),
    keptStart: subject.answer?.availableFrom ?? null, isStartOptional: reading !== undefined,
  })
  if (read.ok) return { answer: read.value, typed, base, form }
  const hidden: [string, string][] = [['base', String(base)], ...(form ? [['form', form] as [string, string]] : [])]
  return { answer: undefined, sent: await showForm(deps, request, reply, { subject, reading, back, typed, hidden, problems: read.detail }, 422) }
}

type Ended = { subject: AnswerSubject; reading?: ReplyReading; typed: AnswerForm; form?: string; outcome: { ok: true } | { ok: false; reason: 'unknown' | 'closed' | 'changed' | 'decided'; detail?: GivenAnswer | undefined } }

/** Saved, or why not: with what is there now beside what was typed, and the person decides. */
async function finish(deps: Deps, request: FastifyRequest<IdRoute>, reply: FastifyReply, { subject: seen, reading: seenReading, typed, form, outcome }: Ended): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  const t = translator(viewer.language)
  const { back } = formMarks.parse(request.body ?? {})
  const name = subjectName(viewer, seen)
  if (outcome.ok) {
    flash(request, 'ok', t('readings.done', { name }))
    return redirect(reply, backUrl(seen, back, seenReading))
  }
  if (outcome.reason === 'unknown') throw notFound('recipient')
  const subject = await getSubject(deps, request, seen.recipientId)
  const reading = seenReading && (await findReading(deps.db, viewer.scope, seenReading.id))
  const changed = outcome.reason === 'changed' ? outcome.detail : undefined
  const notice = changed && { text: t('readings.changed', { name, choice: changed.choice, moment: longMoment(viewer.language, changed.answeredAt, viewer.company.timeZone) }), keeps: true }
  return showForm(deps, request, reply, { subject, reading, back, typed, hidden: marks(subject, form), notice }, 409)
}

async function showForm(deps: Deps, request: FastifyRequest<IdRoute>, reply: FastifyReply, page: Omit<AnswerPage, 'latestStartMonths'>, status = 200): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  const answer = answerFormModel(viewer, { ...page, latestStartMonths: await latestStartMonths(deps, request) })
  const title = page.reading ? 'readings.title.reading' : page.subject.answer ? 'readings.title.correct' : 'readings.title.phone'
  return render(reply, 'availability/answer', { answer }, { title: translator(viewer.language)(title, { name: answer.name }), section: page.back === 'record' ? `${page.subject.personKind}s` : page.back === 'reply' ? 'replies' : 'campaigns', status })
}

/** One sending only: there is nothing to choose. */
async function showSendings(deps: Deps, kind: Kind, request: FastifyRequest<IdRoute>, reply: FastifyReply): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  const person = await findCandidate(deps.db, viewer.scope, idOf(request), [])
  if (!person || person.kind !== kind) throw notFound('candidate')
  const sendings = await listOpenSendings(deps.db, viewer.scope, person.id, SENDINGS_SHOWN)
  if (sendings.length === 1) return redirect(reply, `${paths.recipientAnswer(sendings[0]!.recipientId)}?back=record`)
  const answers = answersModel(viewer, person, sendings)
  return render(reply, 'availability/answers', { answers }, { title: translator(viewer.language)('readings.pick.title', { name: answers.name }), section: `${kind}s` })
}

function marks({ answer }: AnswerSubject, form?: string): [string, string][] {
  return [['base', String(answer?.version ?? 0)], ...(form ? [['form', form] as [string, string]] : [])]
}

function formFrom({ choice, availableFrom, availableUntil, comment }: Answer): AnswerForm {
  return { answer: choice, from: '', fromDate: availableFrom ?? '', until: availableUntil ?? '', comment }
}

function idOf(request: FastifyRequest<IdRoute>): number {
  const params = idParams.safeParse(request.params)
  if (!params.success) throw notFound('recipient')
  return params.data.id
}

async function getSubject({ db }: Deps, request: FastifyRequest<IdRoute>, recipientId: number): Promise<AnswerSubject> {
  const subject = await findAnswerSubject(db, viewerOf(request).scope, recipientId)
  if (!subject) throw notFound('recipient')
  return subject
}

async function getReading(deps: Deps, request: FastifyRequest<IdRoute>): Promise<{ subject: AnswerSubject; reading: ReplyReading }> {
  const reading = await findReading(deps.db, viewerOf(request).scope, idOf(request))
  // A text that nobody took for an answer has no such page.
  if (!reading || reading.state === 'waiting' || reading.state === 'none') throw notFound('reply')
  return { reading, subject: await getSubject(deps, request, reading.recipient_id) }
}

async function latestStartMonths({ db }: Deps, request: FastifyRequest<IdRoute>): Promise<number> {
  return (await getSettings(db, viewerOf(request).scope))['landing.latest_start_months']
}
