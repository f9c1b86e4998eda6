import { sql } from 'kysely'
import { mintCodes } from '../../../src/links/codes.ts'
import { insertLinks } from '../../../src/links/queries.ts'
import { queueMessages } from '../../../src/messaging/queries.ts'
import type { NewMessage } from '../../../src/messaging/queries.ts'
import type { CompanyScope } from '../../../src/core/scope.ts'
import type { Db } from '../../../src/db/pool.ts'
import { makeCompany, makeUser } from './accounts.ts'

let numbers = 0

type Given = {
  company?: { id: number; scope: CompanyScope; senderId: number }
  recipients?: number
  /** Default: numbers of their own. */
  e164?: string[]
  status?: string
  batchState?: string
  closesAt?: Date
  /** Of each number in turn, and of every one when there is only one. */
  countries?: readonly (string | null)[]
  segments?: readonly number[]
}

export type Sending = Awaited<ReturnType<typeof makeSending>>

/** A running campaign whose messages are queued, to candidates who agreed; inserted by sets, because tests want hundreds. */
export async function makeSending(db: Db, given: Given = {}) {
  const company = given.company ?? (await makeCompany(db))
  const { scope, id: companyId, senderId } = company
  const e164 = given.e164 ?? Array.from({ length: given.recipients ?? 1 }, () => `+336399${String(80_000 + (numbers++ % 10_000)).padStart(5, '0')}`)
  const user = await makeUser(db, scope)
  const candidateIds = await insertCandidates(db, scope, e164)
  const launchedAt = new Date(Date.now() - 60_000)
  const campaign = await db
    .insertInto('campaign')
    .values({
      company_id: companyId, name: 'Chantier de décembre', kind: 'availability', status: given.status ?? 'in_process', created_by: user.id, sender_id: senderId,
      audience: JSON.stringify({ mode: 'selected', ids: candidateIds }), launched_at: launchedAt, launched_by: user.id, time_zone: 'Europe/Paris',
      closes_at: given.closesAt ?? new Date(Date.now() + 14 * 86_400_000),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const batch = await db
    .insertInto('batch')
    .values({ company_id: companyId, campaign_id: campaign.id, no: 1, local_date: '2026-11-21', due_at: launchedAt, state: given.batchState ?? 'running', started_at: launchedAt })
    .returning('id')
    .executeTakeFirstOrThrow()
  const codes = mintCodes(e164.length)
  await insertLinks(db, scope, codes, null)
  const recipients = await db
    .insertInto('recipient')
    .values(e164.map((number, i) => ({ company_id: companyId, campaign_id: campaign.id, batch_id: batch.id, candidate_id: candidateIds[i]!, e164: number, rank: i + 1, language: 'fr', code: codes[i]! })))
    .returning('id')
    .execute()
  await db.transaction().execute((trx) => queueMessages(trx, scope, e164.map((number, i) => aMessage({
    purpose: 'campaign', campaignId: campaign.id, batchId: batch.id, recipientId: recipients[i]!.id, candidateId: candidateIds[i]!, requestedBy: user.id, e164: number, body: `Bonjour ${i + 1}`,
    country: inTurn(given.countries ?? ['FR'], i), segments: inTurn(given.segments ?? [1], i),
  }))))
  const messages = await db.selectFrom('message').select(['id', 'e164']).where('campaign_id', '=', campaign.id).orderBy('id').execute()
  return { company, scope, userId: user.id, campaignId: campaign.id, batchId: batch.id, candidateIds, e164, messageIds: messages.map(({ id }) => id) }
}

function inTurn<Value>(values: readonly Value[], i: number): Value {
  return values[i % values.length]!
}

/** A text to nobody's campaign, unless told otherwise. */
export function aMessage(given: Partial<NewMessage> = {}): NewMessage {
  return {
    purpose: 'single', campaignId: null, batchId: null, recipientId: null, candidateId: null, requestedBy: null, step: 1,
    e164: '+33639980001', sender: '38047', body: 'Bonjour', encoding: 'gsm7', segments: 1, ...given,
  }
}

async function insertCandidates(db: Db, scope: CompanyScope, e164: readonly string[]): Promise<number[]> {
  const rows = await db
    .insertInto('candidate')
    .values(e164.map((_number, i) => ({ company_id: scope.companyId, first_name: 'Camille', last_name: `Martin ${i}`, consent_given: true, consent_source: 'formulaire' })))
    .returning('id')
    .execute()
  const ids = rows.map(({ id }) => id)
  await db
    .insertInto('candidate_phone')
    .values(e164.map((number, i) => ({ company_id: scope.companyId, candidate_id: ids[i]!, kind: 'mobile', raw: number, e164: number, country: 'FR', is_textable: true })))
    .execute()
  return ids
}

export type Doubt = { code?: string | null; minutesAgo?: number; checks?: number; finding?: string; isTaken?: boolean }

/** Hands every message of the campaign over without an answer; `doubts` tells, one by one, why and what is known since. */
export async function putInDoubt(db: Db, { campaignId, messageIds, scope }: Pick<Sending, 'campaignId' | 'messageIds' | 'scope'>, doubts: readonly Doubt[] = []): Promise<void> {
  for (const state of ['leased', 'submitting', 'in_doubt']) {
    await sql`update message set state = ${state}, lease_until = case when ${state} = 'leased' then app_now() end, submitted_at = app_now() where campaign_id = ${campaignId}`.execute(db)
  }
  for (const [i, id] of messageIds.entries()) {
    const { code = 'timeout', minutesAgo = 1, checks = 0, finding = null, isTaken = false } = doubts[i] ?? {}
    await sql`
      insert into send_attempt (company_id, id, message_id, n, outcome, started_at, ended_at, error_code, checks, finding, provider_id)
      select ${scope.companyId}, gen_random_uuid(), ${id}, 1 + coalesce(max(n), 0), 'in_doubt', app_now() - make_interval(mins => ${minutesAgo}), app_now(), ${code}, ${checks}, ${finding}, ${isTaken ? 'uuid' : null}
      from send_attempt where message_id = ${id}`.execute(db)
  }
}

/** How many messages are in each state. */
export async function countStates(db: Db, campaignId: number): Promise<Record<string, number>> {
  const rows = await db.selectFrom('message').select(['state', (eb) => eb.fn.countAll<number>().as('count')]).where('campaign_id', '=', campaignId).groupBy('state').execute()
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]))
}

export async function getMessage(db: Db, id: number) {
  return db
    .selectFrom('message')
    .select(['state', 'provider_id', 'failure_code', 'failure_reason', 'lease_token', 'lease_until', 'next_attempt_at', 'wait_reason', 'submitted_at', 'settled_at'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}
