import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths, safeNext } from '../web/paths.ts'
import { flash, languageOf, redirect, render } from '../web/render.ts'
import { limitRate, subscriber } from '../web/rate-limit.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { beginSession } from './sign-in.ts'
import { finishSso, returnUrl, startSso } from './sso.commands.ts'
import type { SsoJourney, SsoRefusal } from './sso.domain.ts'
import { readSso, ssoStartForm, type SsoTyped } from './sso.input.ts'
import { countSso, findSso, findSsoByDomain } from './sso.queries.ts'
import { changeSso, removeSso } from './sso-settings.commands.ts'
import { ssoSettingsModel, typedOf, type SsoSettingsFault, type SsoSettingsModel } from './sso.views.ts'

type SsoModel = { action: string; loginUrl: string; email: string; next: string; problems: { field: string; text: string }[] }

declare module '../web/render.ts' {
  interface ViewModels {
    'auth/sso': SsoModel
    'auth/sso-leave': { url: string; host: string }
    'auth/sso-refused': { text: string; loginUrl: string; ssoUrl: string }
    'admin/sso': SsoSettingsModel
  }
}

declare module 'fastify' {
  interface Session {
    sso?: SsoJourney
  }
}

/** Journeys begun by one subscriber; an office shares one address. */
const JOURNEYS = { most: 60, windowSeconds: 600 }

const access = { config: { privilege: 'users.manage' } } as const

/** Signing in at the company's own identity provider (OpenID Connect), and the page where it is named. */
export async function ssoRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<{ Querystring: Record<string, unknown> }>(paths.sso, { config: { public: true } }, async (request, reply) => {
    if (request.viewer) return redirect(reply, paths.home)
    if ((await countSso(deps.db)).count === 0) throw new Problem('not-found')
    return showStart(request, reply, '', safeNext(request.query['next']) ?? '', [])
  })

  app.post(paths.sso, { config: { public: true } }, async (request, reply) => {
    const form = ssoStartForm.parse(request.body ?? {})
    const next = safeNext(form.next) ?? ''
    const t = translator(languageOf(request))
    await limitRate(deps.db, `sso ${subscriber(request.ip)}`, JOURNEYS.most, JOURNEYS.windowSeconds)
    const companyId = form.company ?? (await findSsoByDomain(deps.db, form.email.split('@').at(-1) ?? ''))?.companyId
    const started = companyId === undefined ? undefined : await startSso(deps, companyId, next)
    if (!started?.ok) {
      const text = t(started?.reason === 'provider' ? 'sso.refused.provider' : form.email === '' ? 'sso.emailMissing' : 'sso.nobody')
      return showStart(request, reply, form.email, next, [{ field: 'email', text }])
    }
    request.session.sso = started.value.journey
    // The content policy lets a form lead nowhere else, not even by a redirect: a page does, which leaves by itself.
    const { url } = started.value
    reply.header('refresh', `0; url=${url}`)
    return render(reply, 'auth/sso-leave', { url, host: new URL(url).host }, { title: t('sso.leave.title') })
  })

  app.get(paths.ssoReturn, { config: { public: true } }, async (request, reply) => {
    const journey = request.session.sso
    // Once only, whatever comes of it.
    delete request.session.sso
    const language = languageOf(request)
    const outcome = await finishSso(deps, journey, new URL(request.url, returnUrl(deps)), language)
    if (!outcome.ok) return showRefusal(request, reply, outcome.reason)
    await beginSession(deps, request, outcome.value.userId, 'sso')
    return redirect(reply, outcome.value.next || paths.home)
  })

  app.get(paths.ssoSettings, access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    return showSettings(request, reply, typedOf(await findSso(deps.db, viewer.scope.companyId), viewer), [])
  })

  app.post(paths.ssoSettings, access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const { typed, change, problems } = readSso(request.body)
    if (problems.length > 0) return showSettings(request, reply, typed, problems, 422)
    const outcome = await changeSso(deps, viewer, change)
    if (!outcome.ok) return showSettings(request, reply, typed, outcome.reason === 'conflict' ? [{ field: 'label', word: 'conflict' }] : outcome.detail, outcome.reason === 'conflict' ? 409 : 422)
    flash(request, 'ok', translator(viewer.language)('sso.saved'))
    return redirect(reply, paths.ssoSettings)
  })

  app.post(paths.ssoRemoval, access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    await removeSso(deps, viewer)
    flash(request, 'ok', translator(viewer.language)('sso.removed'))
    return redirect(reply, paths.ssoSettings)
  })

  async function showSettings(request: FastifyRequest, reply: FastifyReply, typed: SsoTyped, faults: readonly SsoSettingsFault[], status = 200) {
    const viewer = request.viewer as Viewer
    return render(reply, 'admin/sso', ssoSettingsModel(viewer.language, typed, faults, returnUrl(deps)), { title: translator(viewer.language)('sso.title'), section: 'administration', status })
  }
}

function showStart(request: FastifyRequest, reply: FastifyReply, email: string, next: string, problems: SsoModel['problems']) {
  const model: SsoModel = { action: paths.sso, loginUrl: paths.login, email, next, problems }
  return render(reply, 'auth/sso', model, { title: translator(languageOf(request))('sso.start.title'), status: problems.length > 0 ? 422 : 200 })
}

function showRefusal(request: FastifyRequest, reply: FastifyReply, reason: SsoRefusal) {
  const language = languageOf(request)
  return render(reply, 'auth/sso-refused', { text: translator(language)(`sso.refused.${reason}`), loginUrl: paths.login, ssoUrl: paths.sso }, { title: translator(language)('sso.refusedTitle'), status: 403 })
}
