import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createDraft } from '../campaigns/drafts.commands.ts'
import { defaultName } from '../campaigns/name.views.ts'
import type { Audience } from '../candidates/domain.ts'
import { findAudienceNames } from '../candidates/list.queries.ts'
import { listReadings } from '../candidates/readings.queries.ts'
import { MOST_PHONES } from '../candidates/phones.domain.ts'
import { actorOf } from '../candidates/record.access.ts'
import { readerOf } from '../candidates/views.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { tell, type Topic } from '../notifications/commands.ts'
import { assignReply, decideReview, optOutNumber } from '../messaging/review.commands.ts'
import { markAllRead, markRead } from '../messaging/review.queries.ts'
import { formatPhone, type CountryCode } from '../sms/phone.ts'
import { idParams } from '../web/ids.ts'
import { unreadModel } from '../web/navigation.ts'
import { sendExport } from '../web/export.ts'
import { paths, pattern } from '../web/paths.ts'
import { flash, redirect, render, wantsFragment } from '../web/render.ts'
import { viewerOf, type Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { conversationModel, PEOPLE_SHOWN, UTTERANCES_PER_PAGE } from './conversation.views.ts'
import { REPLIES_PER_PAGE } from './domain.ts'
import { replyColumns } from './export.views.ts'
import { backForm, decisionForm, olderQuery, personForm, personQuery, readForm, replyQuery } from './input.ts'
import { countReplies, findNames, findReply, hasPerson, listPeople, listReplies, listUtterances, type ReplyRow } from './queries.ts'
import { repliesModel } from './views.ts'

type IdRoute = { Params: { id: string }; Querystring: Record<string, unknown> }
const VIEW = { config: { privilege: 'campaigns.view' } } as const
const EDIT = { config: { privilege: 'candidates.edit' } } as const

/** « Réponses »: what people write back, whoever they are, and what is done with it. */
export async function conversationRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.replies, VIEW, async (request, reply) => {
    const viewer = viewerOf(request)
    const search = replyQuery.parse(request.query)
    const [rows, counts, names] = await Promise.all([
      listReplies(deps.db, viewer.scope, search, REPLIES_PER_PAGE + 1), countReplies(deps.db, viewer.scope, search), findNames(deps.db, viewer.scope, search),
    ])
    const readings = await listReadings(deps.db, viewer.scope, { replyIds: rows.map(({ id }) => id) }, rows.length)
    const model = repliesModel(viewer, { search, rows, counts, names, readings })
    if (wantsFragment(request)) return render(reply, 'replies/_live', { replies: model })
    return render(reply, 'replies/index', model, { title: translator(viewer.language)('replies.title'), section: 'replies' })
  })

  app.get(paths.repliesUnread, { config: { ...VIEW.config, isBackground: true } }, async (request, reply) => {
    const viewer = viewerOf(request)
    return wantsFragment(request) ? render(reply, 'replies/_unread', { unread: unreadModel(viewer, viewer.language) }) : redirect(reply, paths.replies)
  })

  app.get(paths.exportOf(paths.replies), VIEW, async (request, reply) => {
    const viewer = viewerOf(request)
    const search = replyQuery.parse(request.query)
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('exports.file.replies'),
      columns: replyColumns(viewer, deps.config.appUrl),
      next: (last, limit) => listReplies(deps.db, viewer.scope, { ...search, before: last?.id }, limit),
      personal: { list: 'replies' },
    })
  })

  app.post(paths.repliesRead, VIEW, async (request, reply) => {
    const viewer = viewerOf(request)
    const { up_to: upTo, campaign, candidate } = readForm.parse(request.body ?? {})
    const count = upTo === undefined ? 0 : await markAllRead(deps.db, viewer.scope, { upTo, userId: viewer.userId, campaignId: campaign ?? null, candidateId: candidate ?? null })
    if (count > 0) await tell(deps.db, [repliesTopic(viewer)])
    flash(request, 'ok', translator(viewer.language)('replies.allRead', { count }))
    return goBack(request, reply)
  })

  app.get<IdRoute>(pattern(paths.reply), VIEW, async (request, reply) => showConversation(deps, request, reply, await getReply(deps, request)))

  for (const step of ['read', 'unread'] as const) {
    app.post<IdRoute>(pattern((id) => paths.replyStep(id, step)), VIEW, async (request, reply) => {
      const viewer = viewerOf(request)
      if (!(await markRead(deps.db, viewer.scope, { id: idOf(request), userId: viewer.userId, isRead: step === 'read' }))) throw notFound('reply')
      await tell(deps.db, [repliesTopic(viewer)])
      return goBack(request, reply)
    })
  }

  app.post<IdRoute>(pattern((id) => paths.replyStep(id, 'review')), { config: { privilege: 'consent.edit' } }, async (request, reply) => {
    const viewer = viewerOf(request)
    const t = translator(viewer.language)
    const form = decisionForm.safeParse(request.body ?? {})
    const row = await getReply(deps, request)
    if (!form.success) {
      flash(request, 'warning', t('replies.review.choose'))
      return goBack(request, reply)
    }
    const result = await decideReview(deps, viewer, row.id, form.data.decision)
    if (!result.ok && result.reason === 'not_found') throw notFound('reply')
    if (result.ok) flash(request, 'ok', t(`replies.review.done.${form.data.decision}`, { phone: numberOf(viewer, row) }))
    else flash(request, 'warning', t('replies.review.decided', { as: result.detail?.as ?? 'stop', by: result.detail?.by ?? 'none' }))
    return goBack(request, reply)
  })

  app.post<IdRoute>(pattern((id) => paths.replyStep(id, 'answer')), { config: { privilege: 'campaigns.send' } }, async (request, reply) => {
    const viewer = viewerOf(request)
    const t = translator(viewer.language)
    const row = await getReply(deps, request)
    if (row.candidate_id === null) return refuse(request, reply, row, t('replies.answer.nobody'))
    const audience: Audience = { mode: 'selected', ids: [row.candidate_id] }
    const names = await findAudienceNames(deps.db, viewer.scope, viewer.userId, audience)
    const draft = await createDraft(deps, viewer, { name: defaultName(readerOf(viewer), audience, names, { ...row, id: row.candidate_id }), audience, isSingle: true })
    if (!draft.ok) return refuse(request, reply, row, t(`campaigns.refused.${draft.reason === 'no_sender' ? 'no_sender' : 'sms_off'}`))
    // Whoever answers has read it; what may be a STOP still waits for a decision.
    if (row.review !== 'waiting') await markRead(deps.db, viewer.scope, { id: row.id, userId: viewer.userId, isRead: true })
    await tell(deps.db, [repliesTopic(viewer)])
    return redirect(reply, paths.campaign(draft.value.id))
  })

  app.post<IdRoute>(pattern((id) => paths.replyStep(id, 'person')), EDIT, async (request, reply) => {
    const viewer = viewerOf(request)
    const t = translator(viewer.language)
    const { candidate, add_number: addsNumber } = personForm.parse(request.body ?? {})
    const row = await getReply(deps, request)
    if (candidate === undefined) return showConversation(deps, request, reply, row, t('replies.person.choose'))
    if (!(await hasPerson(deps.db, viewer.scope, candidate))) throw notFound('candidate')
    const result = await assignReply(deps, actorOf(viewer), row.id, candidate, addsNumber)
    if (!result.ok) throw notFound('reply')
    const { count, number } = result.value
    const hasNumber = number !== 'left' || (await listPeople(deps.db, viewer.scope, row.e164, '', PEOPLE_SHOWN)).some(({ id }) => id === candidate)
    const about = { phone: numberOf(viewer, row), most: MOST_PHONES }
    const told = number === 'added' || number === 'full' ? t(`replies.person.${number}`, about) : hasNumber ? '' : t('replies.person.addNumber')
    flash(request, number === 'full' ? 'warning' : 'ok', [t('replies.person.done', { count }), told].filter(Boolean).join(' '))
    return redirect(reply, paths.reply(row.id))
  })

  app.post<IdRoute>(pattern((id) => paths.replyStep(id, 'opt-out')), EDIT, async (request, reply) => {
    const viewer = viewerOf(request)
    const row = await getReply(deps, request)
    const result = await optOutNumber(deps, viewer, row.id)
    if (!result.ok) throw notFound('reply')
    flash(request, 'ok', translator(viewer.language)(result.value.isNew ? 'candidates.optOut.done' : 'candidates.optOut.already', { phone: numberOf(viewer, row) }))
    return redirect(reply, paths.reply(row.id))
  })
}

async function showConversation(deps: Deps, request: FastifyRequest<IdRoute>, reply: FastifyReply, row: ReplyRow, error?: string): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  const { before } = olderQuery.parse(request.query)
  const { q } = personQuery.parse(request.query)
  const [said, people, readings] = await Promise.all([
    listUtterances(deps.db, viewer.scope, row.e164, before, UTTERANCES_PER_PAGE + 1), listPeople(deps.db, viewer.scope, row.e164, q, PEOPLE_SHOWN),
    listReadings(deps.db, viewer.scope, { replyIds: [row.id] }, 1),
  ])
  const model = conversationModel(viewer, { row, readings, said, before, people, q, ...(error === undefined ? {} : { error }) })
  const title = translator(viewer.language)(row.candidate_id === null ? 'replies.fromUnknown' : 'replies.from', { who: model.reply.who })
  return render(reply, 'replies/show', model, { title, section: 'replies', status: error === undefined ? 200 : 422 })
}

async function getReply(deps: Deps, request: FastifyRequest<IdRoute>): Promise<ReplyRow> {
  const row = await findReply(deps.db, viewerOf(request).scope, idOf(request))
  if (!row || row.e164.startsWith('+0')) throw notFound('reply')
  return row
}

/** Colleagues who look at the same texts see at once what was read or decided. */
function repliesTopic({ scope }: Viewer): Topic {
  return `replies:${scope.companyId}`
}

function idOf(request: FastifyRequest<IdRoute>): number {
  const params = idParams.safeParse(request.params)
  if (!params.success) throw notFound('reply')
  return params.data.id
}

/** To the page of replies as it was, or to the text. */
function goBack(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { back, from } = backForm.parse(request.body ?? {})
  const params = idParams.safeParse(request.params ?? {})
  return redirect(reply, from === 'text' && params.success ? paths.reply(params.data.id) : paths.replies + back)
}

function refuse(request: FastifyRequest, reply: FastifyReply, row: ReplyRow, text: string): FastifyReply {
  flash(request, 'warning', text)
  return redirect(reply, paths.reply(row.id))
}

function numberOf(viewer: Viewer, row: ReplyRow): string {
  return formatPhone(row.e164, viewer.company.country as CountryCode)
}
