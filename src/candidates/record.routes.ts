import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { writeNote } from './commands.ts'
import type { Kind } from './domain.ts'
import { noteForm, timelineQuery } from './input.ts'
import { findKind } from './queries.ts'
import { getRecord, idOf, patterns, sectionOf, type Asked } from './record.access.ts'
import { noteProblem, recordModel } from './record.views.ts'
import { hasOpenSending, listReadings } from './readings.queries.ts'
import { READINGS_SHOWN } from './readings.views.ts'
import { listTimeline } from './timeline.queries.ts'
import { timelineModel } from './timeline.views.ts'
import { nameOf } from './views.ts'

/** The record of a person: what is known, what happened, and notes. */
export async function recordRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  for (const { kind, url } of patterns(paths.person)) {
    app.get<Asked>(url, { config: { privilege: 'candidates.view' } }, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const real = await findKind(deps.db, viewer.scope, idOf(request))
      // Pages that speak of anybody link to candidates.
      if (real !== undefined && real !== kind) return reply.redirect(paths.person(real, idOf(request)), 303)
      return showRecord(deps, kind, request, reply)
    })
  }

  for (const { kind, url } of patterns((one, id) => paths.personStep(one, id, 'timeline'))) {
    app.get<Asked>(url, { config: { privilege: 'candidates.view' } }, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const candidateId = idOf(request)
      if ((await findKind(deps.db, viewer.scope, candidateId)) !== kind) throw notFound('candidate')
      return render(reply, 'candidates/_timeline', { timeline: await findTimeline(deps, viewer, kind, candidateId, request.query) })
    })
  }

  for (const { kind, url } of patterns((one, id) => paths.personStep(one, id, 'notes'))) {
    app.post<Asked>(url, { config: { privilege: 'candidates.edit' } }, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const candidateId = idOf(request)
      const { body } = noteForm.parse(request.body ?? {})
      const error = noteProblem(viewer, body)
      if (error) return showRecord(deps, kind, request, reply, { body, error })
      const written = await writeNote(deps, viewer.scope, { candidateId, userId: viewer.userId, body })
      if (!written.ok) throw notFound('candidate')
      flash(request, 'ok', translator(viewer.language)('candidates.note.done'))
      return redirect(reply, paths.person(kind, candidateId))
    })
  }
}

async function showRecord(deps: Deps, kind: Kind, request: FastifyRequest<Asked>, reply: FastifyReply, note?: { body: string; error: string }): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const known = await getRecord(deps, viewer, kind, idOf(request))
  const timeline = await findTimeline(deps, viewer, kind, known.record.id, request.query)
  const asked = {
    isOpen: await hasOpenSending(deps.db, viewer.scope, known.record.id),
    readings: await listReadings(deps.db, viewer.scope, { candidateId: known.record.id }, READINGS_SHOWN + 1),
  }
  const model = recordModel(viewer, { ...known, timeline, asked, note })
  return render(reply, 'candidates/show', model, { title: nameOf(translator(viewer.language), known.record), section: sectionOf(kind), status: note ? 422 : 200 })
}

async function findTimeline(deps: Deps, viewer: Viewer, person: Kind, candidateId: number, query: Record<string, unknown>) {
  const asked = { candidateId, person, ...timelineQuery.parse(query) }
  return timelineModel(viewer, asked, await listTimeline(deps.db, viewer.scope, candidateId, asked))
}
