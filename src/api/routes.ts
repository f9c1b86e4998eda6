import type { FastifyError, FastifyInstance } from 'fastify'
import type { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { admit, answer, showApiProblem } from './answering.ts'
import { answerRoutes } from './answers.routes.ts'
import { availabilityRoutes } from './availability.routes.ts'
import { campaignMoveRoutes } from './campaign-moves.routes.ts'
import { campaignRoutes } from './campaigns.routes.ts'
import { launchRoutes } from './launches.routes.ts'
import { recipientRoutes } from './recipients.routes.ts'
import { candidateRoutes, contactRoutes } from './people.routes.ts'
import type { ApiRoute } from './endpoint.ts'
import { listRoutes } from './lists.routes.ts'
import { noteRoutes } from './notes.routes.ts'
import { optOutRoutes } from './opt-outs.routes.ts'
import { ApiProblem } from './problem.ts'
import { syncRoutes } from './sync.routes.ts'
import { templateRoutes } from './templates.routes.ts'

/** Every operation of the API, in the order of the documentation. */
export const API_ROUTES: readonly ApiRoute[] = [
  ...candidateRoutes,
  ...syncRoutes,
  ...contactRoutes,
  ...listRoutes,
  ...noteRoutes,
  ...templateRoutes,
  ...campaignRoutes,
  ...launchRoutes,
  ...campaignMoveRoutes,
  ...recipientRoutes,
  ...answerRoutes,
  ...availabilityRoutes,
  ...optOutRoutes,
]

const MOST_BYTES = 256 * 1024

/** The API for other programs: a key instead of a session, no cookie, no form; problems as RFC 9457 tells them. */
export async function apiRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  await app.register(async (api) => {
    api.decorateRequest('caller', undefined)
    readJsonAlone(api)
    api.setErrorHandler((error: FastifyError | Problem, request, reply) => showApiProblem(deps, request, reply, error))
    api.setNotFoundHandler((request, reply) => {
      const methods = methodsAt(request.url)
      const problem = methods.length > 0 ? new ApiProblem('method_not_allowed', { headers: { allow: methods.join(', ') } }) : new ApiProblem('not_found')
      return showApiProblem(deps, request, reply, problem)
    })
    api.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })
    for (const route of API_ROUTES) {
      api.route({
        method: route.method, url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'), bodyLimit: route.bodyLimit ?? MOST_BYTES, config: { public: true, apiOperation: route.id },
        onRequest: (request, reply) => admit(deps, route, request, reply),
        handler: (request, reply) => answer(deps, route, request, reply),
      })
    }
  }, { prefix: paths.api })
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The operation of the API that a route answers. */
    apiOperation?: string
  }
}

/** Nothing but JSON is read; names that would reach into objects are refused. */
function readJsonAlone(api: FastifyInstance): void {
  api.removeAllContentTypeParsers()
  const parse = api.getDefaultJsonParser('error', 'error')
  api.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text === '') return done(null, undefined)
    return parse(request, text as string, done)
  })
}

const PATTERNS = [...new Set(API_ROUTES.map(({ path }) => path))].map((path) => ({
  matches: new RegExp(`^${paths.api}${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`), methods: API_ROUTES.filter((route) => route.path === path).map(({ method }) => method),
}))

function methodsAt(url: string): string[] {
  const [path = ''] = url.split('?')
  return PATTERNS.filter(({ matches }) => matches.test(path)).flatMap(({ methods }) => methods)
}
