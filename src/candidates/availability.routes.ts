import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { formatPhone } from '../sms/phone.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { setAvailabilityByHand } from './availability.commands.ts'
import { availabilityModel, type AvailabilityProblem, type TypedAvailability } from './availability.views.ts'
import type { Kind } from './domain.ts'
import { availabilityForm, dayOf, mainPhoneForm, periodsQuery } from './people.input.ts'
import { findNewestPeriod, listPeriods, type PeriodRow } from './periods.queries.ts'
import { periodsModel } from './periods.views.ts'
import { chooseMainPhone } from './phones.commands.ts'
import { actorOf, getRecord, idOf, patterns, sectionOf, type Asked } from './record.access.ts'
import { recordModel } from './record.views.ts'
import { nameOf } from './views.ts'

const access = { config: { privilege: 'candidates.edit' } } as const

/** When somebody is free, now and as it was ever said; and which number gets the SMS. */
export async function availabilityRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  for (const { kind, url } of patterns((one, id) => paths.personStep(one, id, 'availability'))) {
    app.get<Asked>(url, access, (request, reply) => showAvailability(deps, kind, request, reply))

    app.post<Asked>(url, access, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const typed: TypedAvailability = availabilityForm.parse(request.body ?? {})
      const { problems, from, until } = readPeriod(typed)
      if (problems.length > 0 || !typed.state) return showAvailability(deps, kind, request, reply, { typed, problems })
      await getRecord(deps, viewer, kind, idOf(request))
      const outcome = await setAvailabilityByHand(deps, viewer.scope, { candidateId: idOf(request), userId: viewer.userId, seen: typed.seen, availability: typed.state, from, until })
      if (!outcome.ok && outcome.reason === 'not_found') throw notFound('candidate')
      if (!outcome.ok) return showAvailability(deps, kind, request, reply, { typed, problems: [], changed: outcome.detail })
      flash(request, 'ok', translator(viewer.language)('people.availability.done'))
      return redirect(reply, paths.person(kind, idOf(request)))
    })
  }

  for (const { kind, url } of patterns((one, id) => paths.personStep(one, id, 'periods'))) {
    app.get<Asked>(url, { config: { privilege: 'candidates.view' } }, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const known = await getRecord(deps, viewer, kind, idOf(request))
      const { before } = periodsQuery.parse(request.query)
      const periods = periodsModel(viewer, known.record, before, await listPeriods(deps.db, viewer.scope, known.record.id, before))
      const t = translator(viewer.language)
      const title = t('periods.title', { name: nameOf(t, known.record) })
      return render(reply, 'candidates/show', recordModel(viewer, { ...known, periods, heading: title }), { title, section: sectionOf(kind) })
    })
  }

  for (const { kind, url } of patterns((one, id) => paths.personStep(one, id, 'main-phone'))) {
    app.post<Asked>(url, access, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const form = mainPhoneForm.safeParse(request.body ?? {})
      await getRecord(deps, viewer, kind, idOf(request))
      const outcome = form.success ? await chooseMainPhone(deps, actorOf(viewer), idOf(request), form.data.e164) : undefined
      if (!form.success || !outcome?.ok) throw notFound('phone')
      flash(request, 'ok', translator(viewer.language)('people.main.done', { phone: formatPhone(form.data.e164, viewer.company.country as 'FR') }))
      return redirect(reply, paths.person(kind, idOf(request)))
    })
  }
}

/** Dates belong to « available » alone. */
function readPeriod({ state, from: typedFrom, until: typedUntil }: TypedAvailability): { problems: AvailabilityProblem[]; from: string | null; until: string | null } {
  if (!state) return { problems: [{ field: 'state', word: 'state' }], from: null, until: null }
  if (state !== 'available') return { problems: [], from: null, until: null }
  const from = dayOf(typedFrom)
  const until = dayOf(typedUntil)
  const problems: AvailabilityProblem[] = []
  if (from === null) problems.push({ field: 'from', word: 'date' })
  if (until === null) problems.push({ field: 'until', word: 'date' })
  if (from && until && until < from) problems.push({ field: 'until', word: 'order' })
  return { problems, from: from ?? null, until: until ?? null }
}

type Refusal = { typed: TypedAvailability; problems: AvailabilityProblem[]; changed?: PeriodRow }

async function showAvailability(deps: Deps, kind: Kind, request: FastifyRequest<Asked>, reply: FastifyReply, refusal?: Refusal): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  // The newest word is looked up first: one that comes between the two is refused, not overlooked.
  const newest = refusal ? refusal.changed : await findNewestPeriod(deps.db, viewer.scope, idOf(request))
  const { record } = await getRecord(deps, viewer, kind, idOf(request))
  const form = availabilityModel(viewer, { record, seen: newest?.id ?? refusal?.typed.seen ?? 0, ...refusal })
  return render(reply, 'candidates/availability', { form }, { title: translator(viewer.language)('people.availability.title', { name: form.name }), section: sectionOf(kind), status: refusal ? (refusal.changed ? 409 : 422) : 200 })
}
