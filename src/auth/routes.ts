import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { paths, safeNext } from '../web/paths.ts'
import { flash, languageOf, redirect, render } from '../web/render.ts'
import { translator } from '../words/index.ts'
import { signIn } from './commands.ts'
import { languageForm, signInForm } from './input.ts'
import { setLanguage } from './queries.ts'

export type LoginModel = { loginUrl: string; email: string; next: string; problems: { field: string; text: string }[] }

declare module '../web/render.ts' {
  interface ViewModels {
    'auth/login': LoginModel
  }
}

export async function authRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<{ Querystring: { next?: string } }>(paths.login, { config: { public: true } }, async (request, reply) => {
    if (request.viewer) return redirect(reply, paths.home)
    const model: LoginModel = { loginUrl: paths.login, email: '', next: safeNext(request.query.next) ?? '', problems: [] }
    return render(reply, 'auth/login', model, { title: translator(languageOf(request))('auth.title') })
  })

  app.post(paths.login, { config: { public: true } }, async (request, reply) => {
    const form = signInForm.parse(request.body ?? {})
    const t = translator(languageOf(request))
    const problems: LoginModel['problems'] = []
    if (!form.email) problems.push({ field: 'email', text: t('auth.emailMissing') })
    if (!form.password) problems.push({ field: 'password', text: t('auth.passwordMissing') })
    if (problems.length === 0) {
      const result = await signIn(deps, form.email, form.password, request.ip)
      if (result.ok) {
        // A new session id: one planted before sign-in is worth nothing after it.
        await request.session.regenerate()
        request.session.userId = result.value.userId
        request.session.signedInAt = Date.now()
        return redirect(reply, safeNext(form.next) ?? paths.home)
      }
      problems.push({ field: 'email', text: t('auth.refused') })
    }
    return render(reply, 'auth/login', { loginUrl: paths.login, email: form.email, next: safeNext(form.next) ?? '', problems }, { title: t('auth.title'), status: 422 })
  })

  app.post(paths.logout, { config: { privilege: 'signed-in' } }, async (request, reply) => {
    const language = languageOf(request)
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
