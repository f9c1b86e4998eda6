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
import { availabilityForm, dayOf, mainPhoneForm } from './people.input.ts'
import { chooseMainPhone } from './phones.commands.ts'
import { actorOf, getRecord, idOf, patterns, sectionOf, type Asked } from './record.access.ts'

const access = { config: { privilege: 'candidates.edit' } } as const

/** Small changes to a record that have a page or a button of their own: when somebody is free, which number gets the SMS. */
export async function availabilityRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  for (const { kind, url } of patterns((one, id) => paths.personStep(one, id, 'availability'))) {
    app.get<Asked>(url, access, (request, reply) => showAvailability(deps, kind, request, reply))

    app.post<Asked>(url, access, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const typed: TypedAvailability = availabilityForm.parse(request.body ?? {})
      const { problems, from, until } = readPeriod(typed)
      if (problems.length > 0 || !typed.state) return showAvailability(deps, kind, request, reply, { typed, problems })
      await getRecord(deps, viewer, kind, idOf(request))
      const outcome = await setAvailabilityByHand(deps, viewer.scope, { candidateId: idOf(request), userId: viewer.userId, availability: typed.state, from, until })
      if (!outcome.ok) throw notFound('candidate')
      flash(request, 'ok', translator(viewer.language)('people.availability.done'))
      return redirect(reply, paths.person(kind, idOf(request)))
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

async function showAvailability(deps: Deps, kind: Kind, request: FastifyRequest<Asked>, reply: FastifyReply, refusal?: { typed: TypedAvailability; problems: AvailabilityProblem[] }): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const { record } = await getRecord(deps, viewer, kind, idOf(request))
  const form = availabilityModel(viewer, record, refusal?.typed, refusal?.problems)
  return render(reply, 'candidates/availability', { form }, { title: translator(viewer.language)('people.availability.title', { name: form.name }), section: sectionOf(kind), status: refusal ? 422 : 200 })
}
