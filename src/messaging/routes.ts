import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { verifyWebhook } from '../sms/webhooks.ts'
import { webhooks as counted } from '../web/metrics.ts'
import { paths } from '../web/paths.ts'
import { createInbox } from './inbox.commands.ts'
import type { EventKind } from './inbox.queries.ts'

/** Real events have a few hundred bytes; a long text with everything around it stays below this. */
const MAX_BODY_BYTES = 64 * 1024

/** What the provider calls. The signature is over the bytes, so here, and only here, bodies are not parsed. */
export async function messagingRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  const inbox = createInbox(deps)
  await app.register(async (webhooks) => {
    webhooks.removeAllContentTypeParsers()
    webhooks.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) => done(null, body))
    // Headers that protect pages in a browser cost a tenth of a receipt, and no browser ever reads it.
    const options = { config: { public: true as const }, bodyLimit: MAX_BODY_BYTES, helmet: false as never }
    webhooks.post(paths.statusWebhook, options, (request, reply) => receive(deps, inbox, 'status', request, reply))
    webhooks.post(paths.inboundWebhook, options, (request, reply) => receive(deps, inbox, 'inbound', request, reply))
  })
}

/** 200 says: it is stored. 503 asks for another try, which the provider makes for a day; any 4xx would lose the event. */
async function receive(deps: Deps, inbox: ReturnType<typeof createInbox>, kind: EventKind, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const { signatureSecret, apiKey, applicationId } = deps.webhookKeys
  const verdict = verifyWebhook({ authorization: request.headers.authorization, rawBody: raw, secret: signatureSecret, apiKey, applicationId, nowSeconds: Date.now() / 1000 })
  if (!verdict.ok) {
    deps.log.warn({ kind, problem: verdict.problem }, 'a webhook was not signed as the provider signs')
    counted.inc({ kind, result: verdict.problem === 'missing' ? 'unsigned' : 'forged' })
    // The provider admits that an event may come unsigned after a fault of its own; sent again, it is signed.
    return reply.status(verdict.problem === 'missing' ? 503 : 401).send({ status: verdict.problem })
  }
  try {
    await inbox(kind, raw)
  } catch (error) {
    counted.inc({ kind, result: 'refused' })
    deps.log.error({ err: error, kind }, 'an event could not be stored')
    return reply.status(503).send({ status: 'unavailable' })
  }
  counted.inc({ kind, result: 'stored' })
  return reply.status(200).send({ status: 'stored' })
}
