import compress from '@fastify/compress'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import Fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import qs from 'qs'
import { apiDocsRoutes } from './api/docs.routes.ts'
import { keyRoutes } from './api/keys.routes.ts'
import { apiRoutes } from './api/routes.ts'
import { accountRoutes } from './auth/account.routes.ts'
import { factorRoutes } from './auth/factors.routes.ts'
import { linkRoutes } from './auth/links.routes.ts'
import { authRoutes } from './auth/routes.ts'
import { userRoutes } from './auth/users.routes.ts'
import { registerGate, registerSessions } from './auth/session.ts'
import { answerRoutes } from './availability/answers.routes.ts'
import { brandingRoutes } from './companies/branding.routes.ts'
import { brandingVersionRoutes } from './companies/branding-versions.routes.ts'
import { countryRoutes } from './companies/countries.routes.ts'
import { hoursRoutes } from './companies/hours.routes.ts'
import { limitRoutes } from './companies/limits.routes.ts'
import { senderRoutes } from './companies/senders.routes.ts'
import { candidateRoutes } from './candidates/routes.ts'
import { importRoutes } from './candidates/imports.routes.ts'
import { campaignRoutes } from './campaigns/routes.ts'
import { calendarRoutes, feedRoutes } from './board/feeds.routes.ts'
import { boardRoutes } from './board/routes.ts'
import type { Deps } from './deps.ts'
import { journalRoutes } from './journal/routes.ts'
import { listsRoutes } from './lists/routes.ts'
import { conversationRoutes } from './conversations/routes.ts'
import { helpRoutes } from './help/routes.ts'
import { mailRoutes } from './mail/routes.ts'
import { sendNotice } from './landing/notice.ts'
import { previewRoutes } from './landing/preview.routes.ts'
import { webhookRoutes } from './webhooks/routes.ts'
import { landingRoutes } from './landing/routes.ts'
import { newsRoutes } from './notifications/news.routes.ts'
import { notificationRoutes } from './notifications/routes.ts'
import { weighDraft } from './landing/weight.ts'
import { ssoRoutes } from './auth/sso.routes.ts'
import { setupRoutes } from './setup/routes.ts'
import { registerAssets } from './web/assets.ts'
import { templateRoutes } from './message-templates/routes.ts'
import { messagingRoutes } from './messaging/routes.ts'
import { healthRoutes } from './monitoring/health.routes.ts'
import { privacyPages } from './privacy/routes.ts'
import { referenceRoutes } from './references/routes.ts'
import { refuseForeignHosts, refuseForeignOrigins } from './web/origin.ts'
import { measureRequests } from './web/metrics.ts'
import { navigation } from './web/navigation.ts'
import { paths } from './web/paths.ts'
import { requireDeclaredAccess } from './web/privileges.ts'
import { registerProblems } from './web/problems.ts'
import { languageOf, redirect, registerViews } from './web/render.ts'
import { viewerOf } from './web/viewer.ts'
import { translator } from './words/index.ts'

/** The whole web application, ready to listen or to be injected into. */
export async function buildApp(deps: Deps): Promise<FastifyInstance> {
  const app = Fastify({
    // At `info` the server would only announce its address, which the program tells in its own first lines.
    loggerInstance: deps.log.level === 'info' ? deps.log.child({}, { level: 'warn' }) : deps.log,
    trustProxy: deps.config.trustProxy.length > 0 ? [...deps.config.trustProxy] : false,
    // Addresses of links are secrets; routes say what happened by their route pattern where it matters.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 256 * 1024,
    routerOptions: { maxParamLength: 64 },
    // A slow client is let go, but a large file from a slow office line may take its time (Node knows one limit for all routes).
    // Without the checking interval Node looks only every 30 s.
    requestTimeout: 120_000,
    connectionTimeout: 30_000,
    keepAliveTimeout: 10_000,
    // An address that cannot even be read is answered before any host is known: a bare sentence, without a name.
    frameworkErrors: (_error, request, reply) => { void answerUnreadable(request as FastifyRequest, reply as FastifyReply) },
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2_000 },
  })
  app.decorateRequest('viewer', undefined)
  app.decorateRequest('unread', 0)
  requireDeclaredAccess(app)
  measureRequests(app)
  refuseForeignHosts(app, deps.config, (request, reply) => sendNotice(request, reply, 'unknown', 404, deps.config.linkUrl.startsWith('https:')))
  await app.register(formbody, { parser: (text) => qs.parse(text, { parameterLimit: 30_000, arrayLimit: 30_000, depth: 2 }) as Record<string, unknown> })
  // The strict policy holds for every page; the landing page brings its own, stricter still.
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"], scriptSrc: ["'self'"], styleSrc: ["'self'"], imgSrc: ["'self'", 'data:'], connectSrc: ["'self'"],
        formAction: ["'self'"], frameSrc: ["'self'"], frameAncestors: ["'self'"], baseUri: ["'none'"],
      },
    },
    // With no-referrer, browsers that know no Sec-Fetch-Site would send "Origin: null" with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: deps.config.appUrl.startsWith('https:'),
  })
  await registerViews(app)
  registerProblems(app)
  await healthRoutes(app, deps)

  // What candidates and the provider reach: no session, no cookie.
  await messagingRoutes(app, deps)
  await landingRoutes(app, deps)
  const { phonesUrl } = deps
  if (phonesUrl) app.get(paths.simulator, { config: { public: true } }, (_request, reply) => reply.redirect(phonesUrl))

  // What recruiters use.
  await app.register(async (pages) => {
    await pages.register(compress, { global: true, encodings: ['br', 'gzip'], threshold: 1024 })
    await registerAssets(pages)
    // What other programs of an agency use: a key, no session.
    await apiRoutes(pages, deps)
    await apiDocsRoutes(pages, deps)
    await calendarRoutes(pages, deps)
    await pages.register(async (rooms) => {
      await registerSessions(rooms, deps)
      refuseForeignOrigins(rooms, deps.config)
      registerGate(rooms, deps)
      rooms.get(paths.home, { config: { privilege: 'signed-in' } }, (request, reply) => {
        const viewer = viewerOf(request)
        return redirect(reply, navigation(viewer, viewer.language, undefined)[0]?.href ?? paths.account)
      })
      await setupRoutes(rooms, deps)
      await authRoutes(rooms, deps)
      await factorRoutes(rooms, deps)
      await linkRoutes(rooms, deps)
      await accountRoutes(rooms, deps)
      await newsRoutes(rooms, deps)
      await notificationRoutes(rooms, deps)
      await userRoutes(rooms, deps)
      await ssoRoutes(rooms, deps)
      await keyRoutes(rooms, deps)
      await candidateRoutes(rooms, deps)
      await importRoutes(rooms, deps)
      await listsRoutes(rooms, deps)
      await boardRoutes(rooms, deps)
      await feedRoutes(rooms, deps)
      await brandingRoutes(rooms, deps, (scope) => weighDraft(deps, scope))
      await brandingVersionRoutes(rooms, deps)
      await referenceRoutes(rooms, deps)
      await senderRoutes(rooms, deps)
      await countryRoutes(rooms, deps)
      await hoursRoutes(rooms, deps)
      await limitRoutes(rooms, deps)
      await mailRoutes(rooms, deps)
      await webhookRoutes(rooms, deps)
      await helpRoutes(rooms)
      await journalRoutes(rooms, deps)
      await templateRoutes(rooms, deps)
      await campaignRoutes(rooms, deps)
      await answerRoutes(rooms, deps)
      await conversationRoutes(rooms, deps)
      await previewRoutes(rooms, deps)
      await privacyPages(rooms, deps)
    })
  })
  return app
}

function answerUnreadable(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.status(400).type('text/plain; charset=utf-8').send(translator(languageOf(request))('problems.bad-request.explanation'))
}
