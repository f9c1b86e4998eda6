import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, languageOf, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { CODE_SECONDS } from './domain.ts'
import { checkCode, enrol, newSetup, readSetup, removeOwnFactor, renewCodes } from './factors.commands.ts'
import { findFactor } from './factors.queries.ts'
import { codesModel, setupModel, type CodesModel, type SetupModel } from './factors.views.ts'
import { beginSession, deviceHashOf, renewSession } from './sign-in.ts'
import { codeForm, passwordForm, setupForm } from './users.input.ts'

type Problem = { field: string; text: string }
export type CodeModel = { action: string; loginUrl: string; problems: Problem[] }

declare module '../web/render.ts' {
  interface ViewModels {
    'auth/code': CodeModel
    'account/factor': SetupModel
    'account/codes': CodesModel
  }
}

const own = { config: { privilege: 'signed-in' } } as const
/** Also where the company asks for a second factor and there is none yet: this is the way to get one. */
const enrolling = { config: { privilege: 'signed-in', beforeFactor: true } } as const

/** The second step of signing in, and how to switch it on, renew its recovery codes and switch it off. */
export async function factorRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.loginCode, { config: { public: true } }, async (request, reply) => (pendingOf(request) ? showCode(request, reply) : redirect(reply, paths.login)))

  app.post(paths.loginCode, { config: { public: true } }, async (request, reply) => {
    const pending = pendingOf(request)
    if (!pending) return startAgain(request, reply)
    const { code } = codeForm.parse(request.body ?? {})
    const t = translator(languageOf(request))
    if (code === '') return showCode(request, reply, [{ field: 'code', text: t('auth.code.missing') }])
    const outcome = await checkCode(deps, { userId: pending.userId, typed: code, address: request.ip, deviceHash: deviceHashOf(deps, request) })
    if (!outcome.ok) return showCode(request, reply, [{ field: 'code', text: t('auth.code.wrong') }])
    await beginSession(deps, request, pending.userId, 'password')
    return redirect(reply, pending.next)
  })

  app.get(paths.secondFactor, enrolling, async (request, reply) => {
    if (await findFactor(deps.db, (request.viewer as Viewer).userId)) return redirect(reply, paths.account)
    return showSetup(deps, request, reply)
  })

  app.post(paths.secondFactor, enrolling, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const { setup, code } = setupForm.parse(request.body ?? {})
    const secret = readSetup(deps, viewer.userId, setup, Date.now())
    if (secret === undefined) return showSetup(deps, request, reply, { problem: t('auth.factor.stale') })
    const outcome = await enrol(deps, viewer, secret, code)
    if (outcome.ok) {
      await renewSession(request)
      return showCodes(request, reply, outcome.value.codes)
    }
    if (outcome.reason === 'is_on') return tellOff(request, reply, 'auth.factor.isOn')
    return showSetup(deps, request, reply, { problem: t(code === '' ? 'auth.code.missing' : 'auth.factor.wrong'), kept: { secret, setup } })
  })

  app.post(paths.secondFactorStep('codes'), own, async (request, reply) => {
    const { password } = passwordForm.parse(request.body ?? {})
    const outcome = await renewCodes(deps, request.viewer as Viewer, password)
    if (outcome.ok) return showCodes(request, reply, outcome.value.codes)
    return tellOff(request, reply, outcome.reason === 'password' ? 'auth.account.wrongPassword' : 'auth.factor.isOff')
  })

  app.post(paths.secondFactorStep('removal'), own, async (request, reply) => {
    const { password } = passwordForm.parse(request.body ?? {})
    if (request.mustHaveFactor) return tellOff(request, reply, 'auth.factor.mustStay')
    const outcome = await removeOwnFactor(deps, request.viewer as Viewer, password)
    if (!outcome.ok) return tellOff(request, reply, outcome.reason === 'password' ? 'auth.account.wrongPassword' : 'auth.factor.isOff')
    flash(request, 'ok', translator((request.viewer as Viewer).language)('auth.factor.removed'))
    return redirect(reply, paths.account)
  })
}

/** Whose password was right a short while ago. */
function pendingOf(request: FastifyRequest): { userId: number; next: string } | undefined {
  const { pending } = request.session
  return pending && Date.now() - pending.at < CODE_SECONDS * 1000 ? pending : undefined
}

function startAgain(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  flash(request, 'warning', translator(languageOf(request))('auth.code.late'))
  return redirect(reply, paths.login)
}

function showCode(request: FastifyRequest, reply: FastifyReply, problems: Problem[] = []): Promise<FastifyReply> {
  return render(reply, 'auth/code', { action: paths.loginCode, loginUrl: paths.login, problems }, { title: translator(languageOf(request))('auth.code.title'), status: problems.length > 0 ? 422 : 200 })
}

function showSetup(deps: Deps, request: FastifyRequest, reply: FastifyReply, given: { problem?: string; kept?: { secret: string; setup: string } } = {}): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const { secret, setup } = given.kept ?? newSetup(deps, viewer.userId, Date.now())
  const model = setupModel(viewer, { secret, setup, isRequired: request.lacksFactor, problem: given.problem })
  return render(reply, 'account/factor', model, { title: translator(viewer.language)('auth.factor.title'), status: given.problem ? 422 : 200 })
}

/** Shown in the answer itself and nowhere else: they are kept as hashes alone. */
function showCodes(request: FastifyRequest, reply: FastifyReply, codes: readonly string[]): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  return render(reply, 'account/codes', codesModel(viewer, codes), { title: translator(viewer.language)('auth.codes.title') })
}

function tellOff(request: FastifyRequest, reply: FastifyReply, key: 'auth.factor.isOn' | 'auth.factor.isOff' | 'auth.factor.mustStay' | 'auth.account.wrongPassword'): FastifyReply {
  flash(request, 'error', translator((request.viewer as Viewer).language)(key))
  return redirect(reply, paths.account)
}
