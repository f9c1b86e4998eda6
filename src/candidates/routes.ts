import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { getSettings } from '../companies/queries.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { formatPhone } from '../sms/phone.ts'
import { translator } from '../words/index.ts'
import { optOutByRecruiter, writeNote } from './commands.ts'
import { candidateParams, noteForm, optOutForm, timelineQuery } from './input.ts'
import { candidateListRoutes } from './list.routes.ts'
import { phoneModel } from './phones.views.ts'
import { findCandidate, hasCandidate, listPhones } from './queries.ts'
import { noteProblem, optOutModel, recordModel } from './record.views.ts'
import { listTimeline } from './timeline.queries.ts'
import { timelineModel } from './timeline.views.ts'
import { nameOf, readerOf } from './views.ts'

type Asked = { Params: { id: string }; Querystring: Record<string, unknown>; Body: unknown }

export async function candidateRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  await candidateListRoutes(app, deps)

  app.get<Asked>(path(paths.candidate), { config: { privilege: 'candidates.view' } }, (request, reply) => showRecord(deps, request, reply))

  app.get<Asked>(path(paths.candidateTimeline), { config: { privilege: 'candidates.view' } }, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const candidateId = idOf(request)
    if (!(await hasCandidate(deps.db, viewer.scope, candidateId))) throw notFound('candidate')
    return render(reply, 'candidates/_timeline', { timeline: await findTimeline(deps, viewer, candidateId, request.query) })
  })

  app.post<Asked>(path(paths.candidateNotes), { config: { privilege: 'candidates.edit' } }, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const candidateId = idOf(request)
    const { body } = noteForm.parse(request.body ?? {})
    const error = noteProblem(viewer, body)
    if (error) return showRecord(deps, request, reply, { body, error })
    const written = await writeNote(deps, viewer.scope, { candidateId, userId: viewer.userId, body })
    if (!written.ok) throw notFound('candidate')
    flash(request, 'ok', translator(viewer.language)('candidates.note.done'))
    return redirect(reply, paths.candidate(candidateId))
  })

  app.get<Asked>(path(paths.candidateOptOut), { config: { privilege: 'candidates.edit' } }, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const asked = optOutForm.safeParse(request.query)
    const { record, phones, allowedCountries } = await getRecord(deps, viewer, idOf(request))
    const phone = asked.success ? phones.find(({ e164, is_textable }) => e164 === asked.data.e164 && is_textable) : undefined
    if (!phone?.e164) throw notFound('phone')
    const confirm = optOutModel(viewer, record, phoneModel(readerOf(viewer), record.id, phone, allowedCountries, true), phone.e164)
    return render(reply, 'candidates/opt-out', { confirm }, { title: confirm.heading, section: 'candidates' })
  })

  app.post<Asked>(path(paths.candidateOptOut), { config: { privilege: 'candidates.edit' } }, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const candidateId = idOf(request)
    const asked = optOutForm.safeParse(request.body ?? {})
    const outcome = asked.success ? await optOutByRecruiter(deps, viewer.scope, { candidateId, userId: viewer.userId, e164: asked.data.e164 }) : undefined
    if (!asked.success || !outcome?.ok) throw notFound('phone')
    const phone = formatPhone(asked.data.e164, viewer.company.country as 'FR')
    flash(request, 'ok', translator(viewer.language)(outcome.value.isNew ? 'candidates.optOut.done' : 'candidates.optOut.already', { phone }))
    return redirect(reply, paths.candidate(candidateId))
  })
}

/** The route pattern of an address with an id. */
function path(address: (id: number) => string): string {
  return address(0).replace('/0', '/:id')
}

function idOf(request: FastifyRequest<Asked>): number {
  const params = candidateParams.safeParse(request.params)
  if (!params.success) throw notFound('candidate')
  return params.data.id
}

async function showRecord(deps: Deps, request: FastifyRequest<Asked>, reply: FastifyReply, note?: { body: string; error: string }): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const known = await getRecord(deps, viewer, idOf(request))
  const timeline = await findTimeline(deps, viewer, known.record.id, request.query)
  const model = recordModel(viewer, { ...known, timeline, note })
  return render(reply, 'candidates/show', model, { title: nameOf(translator(viewer.language), known.record), section: 'candidates', status: note ? 422 : 200 })
}

async function getRecord(deps: Deps, viewer: Viewer, candidateId: number) {
  const { db } = deps
  const allowedCountries = (await getSettings(db, viewer.scope))['sms.allowed_countries']
  const [record, phones] = await Promise.all([findCandidate(db, viewer.scope, candidateId, allowedCountries), listPhones(db, viewer.scope, candidateId)])
  if (!record) throw notFound('candidate')
  return { record, phones, allowedCountries }
}

async function findTimeline(deps: Deps, viewer: Viewer, candidateId: number, query: Record<string, unknown>) {
  const asked = { candidateId, ...timelineQuery.parse(query) }
  return timelineModel(viewer, asked, await listTimeline(deps.db, viewer.scope, candidateId, asked))
}
