import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import type { CountryCode } from '../sms/phone.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { listBranches } from './branches.queries.ts'
import { KINDS, type Kind } from './domain.ts'
import { listChoices } from './list.queries.ts'
import { createPerson, editPerson } from './people.commands.ts'
import { readPersonForm } from './people.input.ts'
import { findPerson } from './people.queries.ts'
import { newPerson, personFormModel, typedOf, type PersonFormState } from './people.views.ts'
import { actorOf, idOf, patterns, sectionOf, type Asked } from './record.access.ts'
import { nameOf } from './views.ts'

const access = { config: { privilege: 'candidates.edit' } } as const

/** Making and changing candidates and contacts by hand. */
export async function peopleRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  for (const kind of KINDS) {
    app.get<Asked>(paths.newPerson(kind), access, (request, reply) => showForm(request, reply, { kind, id: null, typed: typedOf(newPerson(), '') }))

    app.post<Asked>(paths.newPerson(kind), access, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const form = readPersonForm(request.body, { kind, country: viewer.company.country as CountryCode, known: [] })
      // Who may not write down a consent makes a record without.
      if (!viewer.privileges.has('consent.edit')) form.consent = undefined
      const state = { kind, id: null, typed: form.typed }
      if (form.typed.wantsPhoneLine) return showForm(request, reply, state)
      const outcome = await createPerson(deps, actorOf(viewer), kind, form)
      if (outcome.ok) {
        const t = translator(viewer.language)
        flash(request, 'ok', t('people.created', { name: nameOf(t, { id: outcome.value.id, ...form.person }) }))
        return redirect(reply, paths.person(kind, outcome.value.id))
      }
      return showForm(request, reply, outcome.reason === 'alike' ? { ...state, alike: outcome.detail } : { ...state, problems: outcome.detail.problems }, 422)
    })
  }

  for (const { kind, url } of patterns((one, id) => paths.personStep(one, id, 'edit'))) {
    app.get<Asked>(url, access, async (request, reply) => {
      const { person } = await getPerson(request, kind)
      return showForm(request, reply, { kind, id: idOf(request), current: person, typed: typedOf(person) })
    })

    app.post<Asked>(url, access, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const id = idOf(request)
      const { person } = await getPerson(request, kind)
      const form = readPersonForm(request.body, { kind, country: viewer.company.country as CountryCode, known: person.phones.map(({ raw }) => raw) })
      const state = { kind, id, current: person, typed: form.typed }
      if (form.typed.wantsPhoneLine) return showForm(request, reply, state)
      const outcome = await editPerson(deps, actorOf(viewer), id, form)
      if (outcome.ok) {
        flash(request, 'ok', translator(viewer.language)(outcome.value.changed.length > 0 ? 'people.saved' : 'people.unchanged'))
        return redirect(reply, paths.person(kind, id))
      }
      if (!outcome.detail) throw notFound('candidate')
      const { problems, alike, changed, current } = outcome.detail
      return showForm(request, reply, { ...state, current: current.person, problems, alike, changed }, outcome.reason === 'changed' ? 409 : 422)
    })
  }

  async function getPerson(request: FastifyRequest<Asked>, kind: Kind) {
    const found = await findPerson(deps.db, (request.viewer as Viewer).scope, idOf(request))
    if (!found || found.kind !== kind) throw notFound('candidate')
    return found
  }

  async function showForm(request: FastifyRequest<Asked>, reply: FastifyReply, state: PersonFormState, status: 200 | 409 | 422 = 200) {
    const viewer = request.viewer as Viewer
    const { db } = deps
    const chosen = state.current?.branch_id ?? null
    const [choices, branches] = await Promise.all([listChoices(db, viewer.scope, state.kind), listBranches(db, viewer.scope, chosen)])
    const form = personFormModel(viewer, state, { ...choices, branches })
    return render(reply, 'candidates/edit', { form }, { title: form.title, section: sectionOf(state.kind), status, hasError: status !== 200 })
  }
}
