import { sql } from 'kysely'
import { pino } from 'pino'
import { findPhone } from '../../src/consent/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { receiveEvent } from '../../src/messaging/inbox.commands.ts'
import type { TestDatabase } from './database.ts'
import type { makeCompany } from './factories/accounts.ts'
import { makeSending } from './factories/messaging.ts'
import { settings } from './sending.ts'

export const inboxConfig = settings()
export const inboxLog = pino({ level: 'silent' })

/** Texts of one person at a time, as the provider hands them on, and what became of them. `number` is whose turn it is. */
export function textsOf(database: TestDatabase) {
  const { db } = database
  let last = 0
  let number = ''
  const deps = { db, config: inboxConfig, log: inboxLog }
  return {
    get number(): string { return number },
    set number(e164: string) { number = e164 },
    deps,
    /** Somebody new, whose company has the shared number for itself. */
    async next(): Promise<void> {
      number = `+336399850${String(last++).padStart(2, '0')}`
      await sql`update sms_sender set address = id || '0000' where address = '38047'`.execute(db)
    },
    /** Sent `daysAgo` to the person whose turn it is. */
    async texted(given: { company?: Awaited<ReturnType<typeof makeCompany>>; daysAgo?: number } = {}) {
      const sending = await makeSending(db, { ...given, e164: [number] })
      await sql`update message set state = 'leased', lease_until = app_now() where campaign_id = ${sending.campaignId}`.execute(db)
      await sql`update message set state = 'submitting', lease_until = null, submitted_at = app_now() - make_interval(days => ${given.daysAgo ?? 0}) where campaign_id = ${sending.campaignId}`.execute(db)
      return sending
    },
    text(body: string, { uuid = crypto.randomUUID() as string, to = '38047', from = number.slice(1), at = new Date() } = {}) {
      return receiveEvent(deps, 'inbound', Buffer.from(JSON.stringify({ channel: 'sms', message_uuid: uuid, to, from, timestamp: at.toISOString(), message_type: 'text', text: body })))
    },
    repliesOf: ({ companyId }: CompanyScope) => db.selectFrom('reply').select(['body', 'keyword', 'campaign_id', 'candidate_id', 'message_id']).where('company_id', '=', companyId).orderBy('id').execute(),
    newestReply: ({ companyId }: CompanyScope) => db.selectFrom('reply').selectAll().where('company_id', '=', companyId).orderBy('id', 'desc').executeTakeFirstOrThrow(),
    newsOf: ({ companyId }: CompanyScope) => db.selectFrom('notification').select(['user_id', 'kind', 'campaign_id', 'candidate_id', 'params']).where('company_id', '=', companyId).orderBy('id').execute(),
    messagesOf: ({ companyId }: CompanyScope, purpose: string) => db.selectFrom('message').select(['id', 'state', 'body', 'sender', 'e164', 'failure_reason', 'segments']).where('company_id', '=', companyId).where('purpose', '=', purpose).orderBy('id').execute(),
    eventsOf: (scope: CompanyScope) => db.selectFrom('opt_out_event').select(['kind', 'source', 'campaign_id']).where('company_id', '=', scope.companyId).orderBy('id').execute(),
    phone: (scope: CompanyScope) => findPhone(db, scope, number),
    isOptedOut: async (scope: CompanyScope) => (await findPhone(db, scope, number))?.opted_out_at instanceof Date,
    lastResult: async () => (await db.selectFrom('provider_event').select('result').orderBy('id', 'desc').executeTakeFirstOrThrow()).result,
  }
}
