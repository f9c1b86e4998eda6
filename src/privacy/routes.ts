import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { KINDS, type Kind } from '../candidates/domain.ts'
import { nameOf } from '../candidates/views.ts'
import { getSettings } from '../companies/queries.ts'
import { notFound } from '../core/problem.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { copyAsJson, copyAsPage } from './copy-file.ts'
import { erasePerson } from './erasure.commands.ts'
import { countBelongings } from './erasure.queries.ts'
import { copyForm, personParams } from './input.ts'
import { findSubject, wasErased } from './person.queries.ts'
import { erasureModel, personDataModel, type Subject } from './person.views.ts'
import { previewRetention } from './retention.commands.ts'
import { nextRun } from './retention.domain.ts'
import { listLastRuns } from './retention.queries.ts'
import { retentionModel } from './retention.views.ts'

const access = { config: { privilege: 'data.manage' } } as const
type Asked = { Params: { id: string }; Body: unknown }

/** How long data is kept; and of one person, what is held, a copy of it, and its end. */
export async function privacyPages(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.data, access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const [settings, due, runs, now] = await Promise.all([getSettings(deps.db, viewer.scope), previewRetention(deps, viewer.scope), listLastRuns(deps.db, viewer.scope), getNow(deps.db)])
    return render(reply, 'admin/data', retentionModel(viewer, { settings, due, runs, nextRun: nextRun(now) }), { title: translator(viewer.language)('data.title'), section: 'administration' })
  })

  for (const kind of KINDS) {
    const url = (step: 'data' | 'copy' | 'erasure') => paths.personStep(kind, 0, step).replace('/0', '/:id')

    app.get<Asked>(url('data'), access, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const person = await getSubject(deps, request, kind)
      const t = translator(viewer.language)
      return render(reply, 'privacy/person', personDataModel(viewer, person, await countBelongings(deps.db, viewer.scope, person.id)), { title: t('data.person.title', { name: nameOf(t, person) }), section: `${kind}s` })
    })

    app.post<Asked>(url('copy'), access, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const person = await getSubject(deps, request, kind)
      const { format, language = viewer.language } = copyForm.parse(request.body ?? {})
      await recordInJournal(deps.db, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'person.copied', subjectKind: 'candidate', subjectId: person.id, detail: { format } })
      const copy = {
        scope: viewer.scope, person: { id: person.id, name: nameOf(translator(language), person), kind }, at: await getNow(deps.db), language,
        zone: viewer.company.timeZone, country: viewer.company.country, agency: viewer.company.name,
      }
      reply.header('cache-control', 'no-store').header('content-disposition', `attachment; filename="${kind}-${person.id}.${format === 'json' ? 'json' : 'html'}"`)
      return format === 'json' ? reply.type('application/json; charset=utf-8').send(copyAsJson(deps.db, copy)) : reply.type('text/html; charset=utf-8').send(copyAsPage(deps.db, copy))
    })

    app.get<Asked>(url('erasure'), access, async (request, reply) => showErasure(deps, request, reply, await getSubject(deps, request, kind), 200))

    app.post<Asked>(url('erasure'), access, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const id = personParams.safeParse(request.params).data?.id
      if (id !== undefined && !(await findSubject(deps.db, viewer.scope, id)) && (await wasErased(deps.db, viewer.scope, id))) return tellErased(request, reply, kind, { cancelled: 0, underway: 0 })
      const person = await getSubject(deps, request, kind)
      const outcome = await erasePerson(deps, viewer.scope, { candidateId: person.id, by: viewer.userId })
      if (!outcome.ok && outcome.reason === 'busy') return showErasure(deps, request, reply, person, 409)
      return tellErased(request, reply, kind, outcome.ok ? outcome.value : { cancelled: 0, underway: 0 })
    })
  }
}

function tellErased(request: FastifyRequest, reply: FastifyReply, kind: Kind, { cancelled, underway }: { cancelled: number; underway: number }): FastifyReply {
  flash(request, 'ok', translator((request.viewer as Viewer).language)('data.erase.done', { cancelled, underway }))
  return redirect(reply, kind === 'contact' ? paths.contacts : paths.candidates)
}

async function getSubject({ db }: Deps, request: FastifyRequest<Asked>, kind: Kind): Promise<Subject> {
  const params = personParams.safeParse(request.params)
  const person = params.success ? await findSubject(db, (request.viewer as Viewer).scope, params.data.id) : undefined
  if (person?.kind !== kind) throw notFound('candidate')
  return person
}

async function showErasure(deps: Deps, request: FastifyRequest, reply: FastifyReply, person: Subject, status: 200 | 409): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const model = erasureModel(viewer, person, await countBelongings(deps.db, viewer.scope, person.id), status === 409)
  return render(reply, 'privacy/erasure', model, { title: model.confirm.heading, section: `${person.kind}s`, status })
}
