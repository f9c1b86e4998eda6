import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { decodeCursor } from '../core/paging.ts'
import { notFound } from '../core/problem.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { rowId } from '../web/ids.ts'
import { sendExport } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import { viewerOf, type Viewer } from '../web/viewer.ts'
import { translator, type WordArguments, type WordKey } from '../words/index.ts'
import { ROLE_PRIVILEGES } from './domain.ts'
import { userColumns } from './export.views.ts'
import { inviteAgain, withdrawInvitation } from './invitations.commands.ts'
import { changePerson, deactivate, endPersonSessions, invitePerson, reactivate, resetFactor } from './users.commands.ts'
import { judgeLoss } from './users.domain.ts'
import { readListQuery, readPerson, type PersonForm } from './users.input.ts'
import { countAdministrators, findPerson, listChangesSince, listPeople, type Person } from './users.queries.ts'
import { deactivationModel, factorResetModel, NEW_USER, PAGE_SIZE, sureModel, typedOf, userModel, usersModel, type UserPageGiven } from './users.views.ts'

const access = { config: { privilege: 'users.manage' } } as const
type Asked = { Params: { id: string } }
type Told = { request: FastifyRequest; reply: FastifyReply; viewer: Viewer }

/** « Utilisateurs et droits »: who works here and what each may do (S1). */
export async function userRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.users, access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const query = readListQuery(request.query)
    const people = await listPeople(deps.db, viewer.scope, query, decodeCursor(query.after, 2), PAGE_SIZE + 1)
    const model = usersModel(viewer, query, { people, administrators: await countAdministrators(deps.db, viewer.scope), now: await getNow(deps.db) })
    return render(reply, 'admin/users', model, { title: translator(viewer.language)('users.title'), section: 'administration' })
  })

  app.get(paths.exportOf(paths.users), access, async (request, reply) => {
    const viewer = viewerOf(request)
    const query = readListQuery(request.query)
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('exports.file.users'),
      columns: userColumns(viewer),
      next: (last, limit) => listPeople(deps.db, viewer.scope, query, last && [last.sortName, last.id], limit),
      personal: { list: 'users' },
    })
  })

  app.get(paths.newUser, access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    return showPerson(deps, request, reply, { person: undefined, typed: NEW_USER(viewer.company.language, [...ROLE_PRIVILEGES.recruiter]), version: 1 })
  })

  app.post(paths.newUser, access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const form = readPerson(request.body, viewer.company.country)
    const given = { person: undefined, typed: form.typed, version: 1 }
    if (form.preset) return showPerson(deps, request, reply, given)
    if (form.faults.length > 0) return showPerson(deps, request, reply, { ...given, faults: form.faults }, 422)
    const outcome = await invitePerson(deps, viewer, form.details)
    if (!outcome.ok) return showPerson(deps, request, reply, { ...given, faults: [{ field: 'email', fault: 'taken' }] }, 422)
    return tell({ request, reply, viewer }, paths.users, 'users.invited', { name: form.details.name })
  })

  app.get<Asked>(paths.user(0).replace('/0', '/:id'), access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const person = await getPerson(deps, request)
    return showPerson(deps, request, reply, { person, typed: typedOf(viewer, person), version: person.version })
  })

  app.post<Asked>(paths.user(0).replace('/0', '/:id'), access, async (request, reply) => {
    const person = await getPerson(deps, request)
    const form = readPerson(request.body, (request.viewer as Viewer).company.country, { email: person.email, isFixed: person.joinedAt !== null })
    const given = { person, typed: form.typed, version: form.version }
    if (form.preset) return showPerson(deps, request, reply, given)
    if (form.faults.length > 0) return showPerson(deps, request, reply, { ...given, faults: form.faults }, 422)
    return keepPerson(deps, request, reply, person, form)
  })

  steps(app, deps)
}

/** What is done with somebody besides their form. */
function steps(app: FastifyInstance, deps: Deps): void {
  const at = (step: Parameters<typeof paths.userStep>[1]) => paths.userStep(0, step).replace('/0/', '/:id/')

  app.get<Asked>(at('deactivation'), access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const person = await getPerson(deps, request)
    const { doubts, isRefused } = judgeLoss({ isOwn: person.id === viewer.userId, others: await countAdministrators(deps.db, viewer.scope, person.id) })
    const isKey = person.privileges.includes('users.manage') && person.joinedAt !== null
    if (isRefused && isKey) return showLast(deps, request, reply, person)
    const model = deactivationModel(viewer, person, isKey ? doubts : doubts.filter((doubt) => doubt === 'own'))
    return render(reply, 'admin/user-confirm', model, { title: model.confirm.heading, section: 'administration' })
  })

  app.post<Asked>(at('deactivation'), access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const person = await getPerson(deps, request)
    const outcome = await deactivate(deps, viewer, person.id, (request.body as { confirmed?: unknown } | undefined)?.confirmed === '1')
    if (outcome.ok) return tell({ request, reply, viewer }, paths.users, 'users.deactivated', { name: person.name })
    if (outcome.reason === 'gone') throw notFound('user')
    if (outcome.reason === 'last') return showLast(deps, request, reply, person)
    const model = deactivationModel(viewer, person, outcome.detail)
    return render(reply, 'admin/user-confirm', model, { title: model.confirm.heading, section: 'administration', status: 409 })
  })

  app.post<Asked>(at('reactivation'), access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const person = await reactivate(deps, viewer, idOf(request))
    if (!person) throw notFound('user')
    return tell({ request, reply, viewer }, paths.user(person.id), 'users.reactivated', { name: person.name })
  })

  app.post<Asked>(at('invitation'), access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const outcome = await inviteAgain(deps, viewer, idOf(request))
    if (!outcome.ok && outcome.reason === 'gone') throw notFound('user')
    return tell({ request, reply, viewer }, paths.user(idOf(request)), outcome.ok ? 'users.invitedAgain' : 'users.notPending', {}, outcome.ok)
  })

  app.post<Asked>(at('withdrawal'), access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const outcome = await withdrawInvitation(deps, viewer, idOf(request))
    if (!outcome.ok && outcome.reason === 'gone') throw notFound('user')
    return tell({ request, reply, viewer }, paths.user(idOf(request)), outcome.ok ? 'users.withdrawn' : 'users.notPending', {}, outcome.ok)
  })

  app.post<Asked>(at('sessions'), access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const count = await endPersonSessions(deps, viewer, idOf(request))
    if (count === undefined) throw notFound('user')
    return tell({ request, reply, viewer }, paths.user(idOf(request)), 'users.sessionsEnded', { count })
  })

  app.get<Asked>(at('second-factor'), access, async (request, reply) => {
    const model = factorResetModel(request.viewer as Viewer, await getPerson(deps, request))
    return render(reply, 'admin/user-confirm', model, { title: model.confirm.heading, section: 'administration' })
  })

  app.post<Asked>(at('second-factor'), access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const isDone = await resetFactor(deps, viewer, idOf(request))
    if (isDone === undefined) throw notFound('user')
    return tell({ request, reply, viewer }, paths.user(idOf(request)), isDone ? 'users.factorReset.done' : 'users.factorReset.none', {}, isDone)
  })
}

async function keepPerson(deps: Deps, request: FastifyRequest, reply: FastifyReply, person: Person, form: PersonForm): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const outcome = await changePerson(deps, viewer, person.id, form)
  if (outcome.ok) {
    const words = outcome.value.fields.includes('email') ? 'users.savedEmail' : outcome.value.fields.length > 0 ? 'users.saved' : 'users.unchanged'
    return tell({ request, reply, viewer }, paths.user(person.id), words, { name: form.details.name })
  }
  const given = { person, typed: form.typed, version: form.version }
  if (outcome.reason === 'gone') throw notFound('user')
  if (outcome.reason === 'taken') return showPerson(deps, request, reply, { ...given, faults: [{ field: 'email', fault: 'taken' }] }, 422)
  if (outcome.reason === 'last') return showPerson(deps, request, reply, { ...given, faults: [{ field: 'privileges', fault: 'last' }] }, 409)
  if (outcome.reason === 'unsure') {
    const model = sureModel(viewer, person, outcome.detail, form.typed, form.version)
    return render(reply, 'admin/user-confirm', model, { title: model.confirm.heading, section: 'administration', status: 409 })
  }
  const current = await getPerson(deps, request)
  return showPerson(deps, request, reply, { ...given, person: current, version: current.version, isMovedOn: true, changes: await listChangesSince(deps.db, viewer.scope, person.id, form.version) }, 409)
}

async function showPerson(deps: Deps, request: FastifyRequest, reply: FastifyReply, given: Omit<UserPageGiven, 'now'>, status = 200): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const title = given.person ? given.person.name : translator(viewer.language)('users.new')
  return render(reply, 'admin/user', userModel(viewer, { ...given, now: await getNow(deps.db) }), { title, section: 'administration', status })
}

/** The last one who can let people in stays. */
function showLast(deps: Deps, request: FastifyRequest, reply: FastifyReply, person: Person): Promise<FastifyReply> {
  return showPerson(deps, request, reply, { person, typed: typedOf(request.viewer as Viewer, person), version: person.version, faults: [{ field: 'privileges', fault: 'last' }] }, 409)
}

function tell({ request, reply, viewer }: Told, to: string, key: WordKey, words?: WordArguments, isDone = true): FastifyReply {
  flash(request, isDone ? 'ok' : 'warning', translator(viewer.language)(key, words))
  return redirect(reply, to)
}

async function getPerson(deps: Deps, request: FastifyRequest): Promise<Person> {
  const person = await findPerson(deps.db, (request.viewer as Viewer).scope, idOf(request))
  if (!person) throw notFound('user')
  return person
}

function idOf(request: FastifyRequest): number {
  const id = rowId.safeParse((request.params as { id?: unknown }).id)
  if (!id.success) throw notFound('user')
  return id.data
}
