/** GET /account/get-balance as the provider answers it: a thousand euros, less what was handed over. https://developer.vonage.com/en/api/account */
import type { FastifyInstance } from 'fastify'
import { EUROS_PER_SEGMENT } from './domain.ts'
import type { Store } from './queries.ts'
import { isAccountHolder } from './tokens.ts'

const OPENING_EUROS = 1_000

export function registerAccount(app: FastifyInstance, { store, account }: { store: Store; account: { apiKey: string; apiSecret: string } }): void {
  app.get('/account/get-balance', (request, reply) => {
    if (!isAccountHolder(request.headers.authorization, account)) return reply.code(401).send({ 'error-code': '401', 'error-code-label': 'authentication failed' })
    return reply.send({ value: OPENING_EUROS - store.countSegments() * EUROS_PER_SEGMENT, autoReload: false })
  })
}
