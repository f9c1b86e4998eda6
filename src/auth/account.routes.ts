import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { rowId } from '../web/ids.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator, type WordArguments, type WordKey } from '../words/index.ts'
import { changeOwnDetails } from './account.commands.ts'
import { accountModel, type AccountGiven } from './account.views.ts'
import { SESSION_IDLE_SECONDS, SESSION_SECONDS } from './domain.ts'
import { findFactor } from './factors.queries.ts'
import { passwordFaults } from './password.domain.ts'
import { findPasswordChange } from './queries.ts'
import { changeOwnPassword } from './resets.commands.ts'
import { endSession, endSessions, listSessions } from './sessions.queries.ts'
import { deviceHashOf, renewSession } from './sign-in.ts'
import { changePasswordForm, readOwnDetails } from './users.input.ts'
import { findPerson, listChangesSince, type Person } from './users.queries.ts'

const own = { config: { privilege: 'signed-in' } } as const
type More = Pick<AccountGiven, 'typed' | 'faults' | 'passwordProblems' | 'changes' | 'isMovedOn'>

/** « Mon compte »: what everybody may see and change of themselves. */
export async function accountRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.account, own, (request, reply) => show(deps, request, reply))

  app.post(paths.account, own, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const form = readOwnDetails(request.body, viewer.company.country)
    if (form.faults.length > 0) return show(deps, request, reply, { typed: form.typed, faults: form.faults }, 422)
    const outcome = await changeOwnDetails(deps, viewer, form)
    if (outcome.ok) return tell(request, reply, form.details.language, 'auth.account.saved')
    return show(deps, request, reply, { typed: form.typed, isMovedOn: true, changes: await listChangesSince(deps.db, viewer.scope, viewer.userId, form.version) }, 409)
  })

  app.post(paths.accountPassword, own, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const { old, password } = changePasswordForm.parse(request.body ?? {})
    const faults = password === '' ? [t('auth.passwordMissing')] : passwordFaults(viewer.language, password, [viewer.name, viewer.email, viewer.company.name])
    const problems = [...(old === '' ? [{ field: 'old', text: t('auth.passwordMissing') }] : []), ...faults.map((text) => ({ field: 'password', text }))]
    if (problems.length > 0) return show(deps, request, reply, { passwordProblems: problems }, 422)
    const outcome = await changeOwnPassword(deps, viewer, { old, password, sessionId: request.session.userSessionId as number, deviceHash: deviceHashOf(deps, request) })
    if (!outcome.ok) return show(deps, request, reply, { passwordProblems: [{ field: 'old', text: t('auth.account.wrongPassword') }] }, 422)
    await renewSession(request)
    return tell(request, reply, viewer.language, 'auth.account.passwordSaved')
  })

  app.post(paths.otherSessions, own, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const count = await endSessions(deps.db, viewer.userId, request.session.userSessionId as number)
    await recordInJournal(deps.db, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'session.others_ended', detail: { count } })
    return tell(request, reply, viewer.language, 'users.sessionsEnded', { count })
  })

  app.post<{ Params: { id: string } }>(paths.accountSession(0).replace('/0/', '/:id/'), own, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const id = rowId.safeParse(request.params.id)
    if (!id.success || !(await endSession(deps.db, viewer.scope, viewer.userId, id.data))) throw notFound('session')
    await recordInJournal(deps.db, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'session.ended' })
    return tell(request, reply, viewer.language, 'users.sessionsEnded', { count: 1 })
  })
}

async function show(deps: Deps, request: FastifyRequest, reply: FastifyReply, more: More = {}, status = 200): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const limits = { idleSeconds: SESSION_IDLE_SECONDS, seconds: SESSION_SECONDS }
  const [person, factor, sessions, passwordChangedAt, now] = await Promise.all([
    findPerson(deps.db, viewer.scope, viewer.userId), findFactor(deps.db, viewer.userId), listSessions(deps.db, viewer.scope, viewer.userId, limits), findPasswordChange(deps.db, viewer.scope, viewer.userId), getNow(deps.db),
  ])
  const model = accountModel(viewer, { person: person as Person, factor, isFactorRequired: request.mustHaveFactor, sessions, sessionId: request.session.userSessionId as number, now, passwordChangedAt, ...more })
  return render(reply, 'account/show', model, { title: translator(viewer.language)('auth.account.title'), status })
}

function tell(request: FastifyRequest, reply: FastifyReply, language: Viewer['language'], key: WordKey, words?: WordArguments): FastifyReply {
  flash(request, 'ok', translator(language)(key, words))
  return redirect(reply, paths.account)
}
