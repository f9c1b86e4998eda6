import type { FastifyInstance } from 'fastify'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { viewerOf } from '../web/viewer.ts'
import { createFeed } from './feed.ts'
import { newsQuery } from './input.ts'
import type { Topic } from './news.domain.ts'
import { listOwn } from './news.queries.ts'

/** Seconds until a page that was refused asks again. */
const LATER = 60

/** What happens, as it happens, for pages that are in view: names of things that changed, never what is in them. */
export async function newsRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  const feed = createFeed(deps)
  // Before the server waits for its open answers: these would never end.
  app.addHook('preClose', () => feed.end())

  app.get(paths.news, { config: { privilege: 'signed-in', isBackground: true }, compress: false, exposeHeadRoute: false }, async (request, reply) => {
    // Whoever is not an open page would wait for an end that never comes.
    if (!request.headers.accept?.includes('text/event-stream')) throw new Problem('bad-request')
    const { scope, userId, privileges } = viewerOf(request)
    const { topics: asked, again } = newsQuery.parse(request.query)
    const own = await listOwn(deps.db, scope, {
      campaigns: privileges.has('campaigns.view') ? asked.campaigns : [],
      candidates: privileges.has('candidates.view') ? asked.candidates : [],
    })
    const topics = new Set<Topic>([`user:${userId}`, ...(asked.withReplies && privileges.has('campaigns.view') ? [`replies:${scope.companyId}` as const] : []), ...own.campaigns.map((id): Topic => `campaign:${id}`), ...own.candidates.map((id): Topic => `candidate:${id}`)])
    const body = feed.open({ userId, sessionId: request.session.userSessionId as number, topics, isAgain: again === '1' })
    if (!body) throw new Problem('too-many', { seconds: LATER })
    // Proxies that gather answers before they pass them on are told not to.
    reply.type('text/event-stream; charset=utf-8').header('cache-control', 'no-store, no-transform').header('x-accel-buffering', 'no')
    return reply.send(body)
  })
}
