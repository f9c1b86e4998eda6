import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import type { Viewer } from '../web/viewer.ts'
import { paths, safeNext } from '../web/paths.ts'
import { flash, languageOf, redirect, render } from '../web/render.ts'
import { translator } from '../words/index.ts'
import { signIn } from './commands.ts'
import { languageForm, signInForm } from './input.ts'
import { setLanguage } from './queries.ts'
import { endSession } from './sessions.queries.ts'
import { beginSession, deviceHashOf } from './sign-in.ts'
import { countSso } from './sso.queries.ts'

/** `sso`: where to sign in elsewhere; with one company that does, straight to its provider. */
export type LoginModel = { loginUrl: string; forgottenUrl: string; email: string; next: string; problems: { field: string; text: string }[]; sso: { url: string; label: string; companyId: number | undefined } | undefined }

declare module '../web/render.ts' {
  interface ViewModels {
    'auth/login': LoginModel
  }
}

export async function authRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  async function showLogin(request: FastifyRequest, reply: FastifyReply, shown: Pick<LoginModel, 'email' | 'next' | 'problems'>): Promise<FastifyReply> {
    const t = translator(languageOf(request))
    const { count, only } = await countSso(deps.db)
    const sso = count === 0 ? undefined : { url: paths.sso, companyId: only?.companyId, label: only ? t('sso.button', { label: only.label }) : t('sso.elsewhere') }
    return render(reply, 'auth/login', { loginUrl: paths.login, forgottenUrl: paths.forgotten, ...shown, sso }, { title: t('auth.title'), status: shown.problems.length > 0 ? 422 : 200 })
  }

  app.get<{ Querystring: { next?: string } }>(paths.login, { config: { public: true } }, async (request, reply) => {
    if (request.viewer) return redirect(reply, paths.home)
    return showLogin(request, reply, { email: '', next: safeNext(request.query.next) ?? '', problems: [] })
  })

  app.post(paths.login, { config: { public: true } }, async (request, reply) => {
    const form = signInForm.parse(request.body ?? {})
    const t = translator(languageOf(request))
    const problems: LoginModel['problems'] = []
    if (!form.email) problems.push({ field: 'email', text: t('auth.emailMissing') })
    if (!form.password) problems.push({ field: 'password', text: t('auth.passwordMissing') })
    if (problems.length === 0) {
      const result = await signIn(deps, { email: form.email, password: form.password, address: request.ip, deviceHash: deviceHashOf(deps, request) })
      if (result.ok) return continueSignIn(deps, request, reply, result.value, safeNext(form.next) ?? paths.home)
      problems.push({ field: 'email', text: t(result.reason === 'elsewhere' ? 'sso.only' : 'auth.refused') })
    }
    return showLogin(request, reply, { email: form.email, next: safeNext(form.next) ?? '', problems })
  })

  app.post(paths.logout, { config: { privilege: 'signed-in', beforeFactor: true } }, async (request, reply) => {
    const language = languageOf(request)
    const { scope, userId } = request.viewer as Viewer
    await endSession(deps.db, scope, userId, request.session.userSessionId as number)
    await request.session.regenerate()
    request.session.language = language
    flash(request, 'ok', translator(language)('auth.signedOut'))
    return redirect(reply, paths.login)
  })

  app.post(paths.language, { config: { public: true } }, async (request, reply) => {
    const form = languageForm.safeParse(request.body ?? {})
    if (form.success) {
      request.session.language = form.data.language
      if (request.viewer) await setLanguage(deps.db, request.viewer.scope, request.viewer.userId, form.data.language)
    }
    return redirect(reply, (form.success && safeNext(form.data.back)) || paths.home)
  })
}

/** With a second factor the password opens only the page that asks for it. */
async function continueSignIn(deps: Deps, request: FastifyRequest, reply: FastifyReply, { userId, hasFactor }: { userId: number; hasFactor: boolean }, next: string): Promise<FastifyReply> {
  if (!hasFactor) {
    await beginSession(deps, request, userId, 'password')
    return redirect(reply, next)
  }
  const { language } = request.session
  await request.session.regenerate()
  if (language) request.session.language = language
  request.session.pending = { userId, at: Date.now(), next }
  return redirect(reply, paths.loginCode)
}
