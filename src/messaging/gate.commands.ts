import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { SendingRules } from '../companies/sending-rules.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { judge } from './gate.domain.ts'
import { holdGroup, settleGroup, type Fate, type Ruling } from './gate.queries.ts'
import { returnToDoubt } from './resend.queries.ts'
import { rulesOf } from './rules.ts'
import type { LeasedMessage } from './sending.queries.ts'
import { lockSpending, type Spending } from './spend.queries.ts'
import { suspendCampaign } from './suspension.queries.ts'
import { settleClosed, type Closed } from './waiting.queries.ts'

/** `isHeard`: another program was to be told of this company's texts when the gate was passed. */
export type Attempt = { id: string; message: LeasedMessage; isHeard: boolean }

type GateDeps = Pick<Deps, 'db'> & Partial<Pick<Deps, 'log'>>
type Exhausted = { companyId: number; campaignId: number; reason: 'campaign_budget' | 'day_budget'; detail: Record<string, string | number> }
/** What one gate found out about messages that are not in its group. */
type Aftermath = { closed: Closed[]; exhausted: Exhausted[] }

/**
 * The last look before a hand-over, in one short transaction for a small group: phones, then messages, then what counts
 * against a budget, then a plain read of the campaigns. What passes is `submitting` with an open attempt when this returns,
 * and must be handed over or given back.
 */
export async function passGate(deps: GateDeps, token: string, group: readonly LeasedMessage[]): Promise<Attempt[]> {
  const rules = await rulesOf(deps.db, new Set(group.flatMap(({ purpose, companyId }) => (purpose === 'campaign' ? [companyId] : []))))
  const { attempts, ...aftermath } = await deps.db.transaction().execute((trx) => look(trx, token, group, rules))
  const settled = settleOthers(deps, aftermath).catch((error: unknown) => deps.log?.warn({ err: error }, 'what the gate found could not be applied to others; they come to it one by one'))
  // What has passed must leave while it is fresh.
  if (attempts.length === 0) await settled
  return attempts
}

async function look(trx: Transaction<DB>, token: string, group: readonly LeasedMessage[], rules: ReadonlyMap<number, SendingRules>): Promise<Aftermath & { attempts: Attempt[] }> {
  const held = await holdGroup(trx, token, group)
  if (held.length === 0) return { attempts: [], closed: [], exhausted: [] }
  const rulings = held.map((message): Ruling => ({ message, verdict: judge(message, rules.get(message.companyId)), attemptId: randomUUID() }))
  const spending = await lockSpending(trx, rulings.filter(({ verdict }) => verdict.pass === 'go').map(({ message }) => message), rules)
  const fates = new Map((await settleGroup(trx, rulings, spending)).map((fate) => [fate.id, fate]))
  const doubtful = held.filter(({ id }) => fates.get(id)?.fate === 'doubt')
  if (doubtful.length > 0) await returnToDoubt(trx, doubtful.map(({ id }) => id))
  const leased = new Map(group.map((message) => [message.id, message]))
  return {
    attempts: rulings.flatMap(({ message: { id, isHeard }, attemptId }) => (fates.get(id)?.fate === 'go' ? [{ id: attemptId, message: leased.get(id)!, isHeard }] : [])),
    closed: closedBy(rulings.filter(({ message }) => ['wait', 'skip'].includes(fates.get(message.id)?.fate ?? ''))),
    exhausted: spending ? exhaustedBy(rulings, fates, spending) : [],
  }
}

/** Hours and countries are the same for everybody in the batch whose number is of that country. */
function closedBy(rulings: readonly Ruling[]): Closed[] {
  const closed = new Map<string, Closed>()
  for (const { message: { batchId, country }, verdict } of rulings) {
    if (batchId === null) continue
    const [opensAt, reason] = verdict.pass === 'wait' && verdict.why === 'window' ? [verdict.opensAt, null] : [null, verdict.pass === 'skip' && ['no_window', 'country_blocked', 'destination_blocked'].includes(verdict.reason) ? verdict.reason : null]
    if (opensAt !== null || reason !== null) closed.set(`${batchId} ${country}`, { batchId, country, opensAt, reason })
  }
  return [...closed.values()]
}

/** Campaigns whose next text no budget has room for, with the figures at this moment. */
function exhaustedBy(rulings: readonly Ruling[], fates: ReadonlyMap<number, Fate>, { campaigns, days }: Spending): Exhausted[] {
  const gone = rulings.flatMap(({ message }) => (message.purpose === 'campaign' && fates.get(message.id)?.fate === 'go' ? [{ ...message, segments: fates.get(message.id)!.segments }] : []))
  const exhausted = new Map<number, Exhausted>()
  for (const { message: { id, companyId, campaignId } } of rulings) {
    const reason = fates.get(id)?.fate
    if (campaignId === null || exhausted.has(campaignId) || (reason !== 'campaign_budget' && reason !== 'day_budget')) continue
    const day = reason === 'day_budget' ? days.find((one) => one.companyId === companyId) : undefined
    const { budget, spent } = day ?? campaigns.find((one) => one.campaignId === campaignId)!
    const more = gone.filter((one) => (day ? one.companyId === companyId : one.campaignId === campaignId)).reduce((sum, { segments }) => sum + segments, 0)
    exhausted.set(campaignId, { companyId, campaignId, reason, detail: { budget: budget ?? 0, spent: spent + more, ...(day && { on: day.on }) } })
  }
  return [...exhausted.values()]
}

async function settleOthers({ db, log }: GateDeps, { closed, exhausted }: Aftermath): Promise<void> {
  for (const { companyId, campaignId, reason, detail } of exhausted) {
    if (await suspendCampaign(db, { companyId, campaignId }, reason, detail)) log?.warn({ campaign: campaignId, reason, ...detail }, 'a budget is used up: the campaign is suspended')
  }
  if (closed.length === 0) return
  const messages = await settleClosed(db, closed)
  if (messages > 0) log?.info({ messages }, 'outside the hours or countries of sending')
}
