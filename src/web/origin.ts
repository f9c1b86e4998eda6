import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'
import { Problem } from '../core/problem.ts'

/**
 * A form of another site is refused before anything is read, cookie or not. Browsers say where a request comes from
 * in Sec-Fetch-Site; older ones only in Origin. Programs say neither and are stopped by the form token.
 */
export function refuseForeignOrigins(app: FastifyInstance, config: Config): void {
  const own = new URL(config.appUrl).origin
  app.addHook('onRequest', async (request) => {
    if (request.method === 'GET' || request.method === 'HEAD') return
    const site = request.headers['sec-fetch-site']
    const { origin } = request.headers
    const isForeign = site === undefined ? origin !== undefined && origin !== own : site !== 'same-origin'
    if (isForeign) throw new Problem('forbidden', { what: 'origin' })
  })
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Served on the host of short links; every other route is not. */
    onLinkHost?: true
  }
}

/**
 * Where links have a host of their own, that host serves links only, and in production no third host is served.
 * `showUnknown` answers on the links' host: what stands there must not tell whose application it is.
 */
export function refuseForeignHosts(app: FastifyInstance, config: Config, showUnknown: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>): void {
  const appHost = new URL(config.appUrl).host
  const linkHost = new URL(config.linkUrl).host
  if (appHost === linkHost && !config.production) return
  app.addHook('onRequest', async (request, reply) => {
    const { onLinkHost } = request.routeOptions.config
    const isHealth = request.url.startsWith('/health/')
    if (linkHost !== appHost && request.host === linkHost && !onLinkHost && !isHealth) return showUnknown(request, reply)
    if (config.production && request.host !== appHost && request.host !== linkHost && !isHealth) throw new Problem('not-found')
  })
}
