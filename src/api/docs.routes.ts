import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { languageOf, render } from '../web/render.ts'
import { isLanguage, type Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { docsModel } from './docs.views.ts'
import { API_RESOURCES, type ApiResource } from './domain.ts'
import { describeApi, type OpenApi } from './openapi.ts'
import { API_ROUTES } from './routes.ts'

const PUBLIC = { config: { public: true } } as const

/** Its own policy: nothing but our files, and questions to our own API. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The documentation of the API, for people and for programs. It holds nothing of any company. */
export async function apiDocsRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  const { appUrl } = deps.config
  const described = new Map<Language, OpenApi>()
  const describe = (language: Language): OpenApi => {
    const known = described.get(language) ?? describeApi(API_ROUTES, appUrl, language)
    described.set(language, known)
    return known
  }

  app.get(paths.apiDescription, PUBLIC, (request, reply) => reply.header('cache-control', 'no-cache').send(describe(asked(request) ?? 'en')))

  app.get(paths.apiDocs, PUBLIC, (request, reply) => show(request, reply, undefined))

  app.get<{ Params: { resource: string } }>(paths.apiDocsOf(':resource'), PUBLIC, (request, reply) => {
    const resource = API_RESOURCES.find((one) => one === request.params.resource)
    if (!resource) throw notFound('resource')
    return show(request, reply, resource)
  })

  function show(request: FastifyRequest, reply: FastifyReply, resource: ApiResource | undefined): Promise<FastifyReply> {
    const language = asked(request) ?? languageOf(request)
    const t = translator(language)
    reply.header('content-security-policy', POLICY)
    const title = resource === undefined ? t('api.docs.title') : t('api.docs.titleOf', { resource: t(`api.resource.${resource}`) })
    return render(reply, 'api/docs', docsModel(describe(language), language, appUrl, resource), { title, language })
  }
}

function asked(request: FastifyRequest): Language | undefined {
  const { lang } = request.query as Record<string, unknown>
  return isLanguage(lang) ? lang : undefined
}
