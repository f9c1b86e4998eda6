import type { Transaction } from 'kysely'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { queueMail } from '../mail/commands.ts'
import { MINUTES_BETWEEN_MAILS, SEVERITY } from './domain.ts'
import { digestLetter, newsLetter } from './letters.ts'
import { getReceiver, listDueUsers, listFigures, listJustMailed, lockDue, postponeLines, settleLines, takeUser, type DueRow, type Receiver } from './mailing.queries.ts'
import { findChoices } from './settings.queries.ts'
import { verdictOn, type Verdict } from './timing.domain.ts'

type MailingDeps = Pick<Deps, 'db' | 'queue' | 'config' | 'log'>

/** Users per round, and lines of one user per mail; the next round is seconds away. */
const USERS_PER_ROUND = 100
const LINES_PER_USER = 500
const COMMENTS_PER_CAMPAIGN = 10

/**
 * Mails what is to be mailed, to each as they chose (S114). A line is settled in the transaction that queues its mail, so it is
 * mailed once, whatever is repeated, killed or done by two workers at once; a digest that was missed goes when somebody is at work again.
 */
export async function mailNews(deps: MailingDeps): Promise<void> {
  for (const { user_id, company_id } of await listDueUsers(deps.db, USERS_PER_ROUND)) {
    // One whose mail cannot be written must not keep the others' from leaving.
    await mailUser(deps, companyScope(company_id), user_id).catch((err: unknown) => deps.log.error({ err, userId: user_id }, 'news were not mailed'))
  }
}

function mailUser(deps: MailingDeps, scope: CompanyScope, userId: number): Promise<void> {
  return deps.db.transaction().execute(async (trx) => {
    if (!(await takeUser(trx, userId))) return
    const receiver = await getReceiver(trx, scope, userId)
    const lines = await lockDue(trx, scope, userId, LINES_PER_USER)
    // What was read needs no mail, and whoever has gone gets none.
    const over = lines.filter(({ read_at }) => receiver.isGone || read_at !== null)
    const open = lines.filter((line) => !over.includes(line))
    const sorted = await holdBack(trx, scope, userId, await sortLines(trx, scope, userId, receiver, open))
    await settleLines(trx, scope, [...over, ...sorted.none].map(({ id }) => id), false)
    for (const { at, waitsFor, ids } of sorted.waiting) await postponeLines(trx, scope, ids, at, waitsFor)
    for (const group of byCampaign(sorted.mail)) await queueMail(trx, deps, newsLetter(scope, receiver, group, deps.config.appUrl))
    if (sorted.digest.length > 0) await queueMail(trx, deps, await writeDigest(trx, scope, receiver, sorted.digest, deps.config.appUrl))
    await settleLines(trx, scope, [...sorted.mail, ...sorted.digest].map(({ id }) => id), true)
  })
}

type Sorted = Record<'mail' | 'digest' | 'none', DueRow[]> & { waiting: (Extract<Verdict, { act: 'wait' }> & { ids: number[] })[] }

async function sortLines(trx: Transaction<DB>, scope: CompanyScope, userId: number, { now, zone }: Receiver, lines: readonly DueRow[]): Promise<Sorted> {
  const choices = await findChoices(trx, scope, userId)
  const sorted: Sorted = { mail: [], digest: [], none: [], waiting: [] }
  for (const line of lines) {
    const verdict = verdictOn({ channel: choices.channels[line.kind] ?? 'product', waitsFor: line.waits_for, at: line.at }, choices, now, zone)
    if (verdict.act !== 'wait') sorted[verdict.act].push(line)
    else addTo(sorted.waiting, verdict, line.id)
  }
  return sorted
}

function addTo(waiting: Sorted['waiting'], verdict: Extract<Verdict, { act: 'wait' }>, id: number): void {
  const same = waiting.find(({ at, waitsFor }) => at.getTime() === verdict.at.getTime() && waitsFor === verdict.waitsFor)
  if (same) same.ids.push(id)
  else waiting.push({ ...verdict, ids: [id] })
}

/** Nobody's mailbox fills up one reply at a time: what is only good to know waits a while for more of its campaign. */
async function holdBack(trx: Transaction<DB>, scope: CompanyScope, userId: number, sorted: Sorted): Promise<Sorted> {
  const patient = sorted.mail.filter(({ kind, campaign_id }) => campaign_id !== null && SEVERITY[kind] === 'info')
  if (patient.length === 0) return sorted
  const justMailed = await listJustMailed(trx, scope, userId, patient.map(({ campaign_id }) => campaign_id!), MINUTES_BETWEEN_MAILS)
  for (const { id, campaign_id } of patient) {
    const at = justMailed.get(campaign_id!)
    if (at) addTo(sorted.waiting, { act: 'wait', at, waitsFor: 'hours' }, id)
  }
  return { ...sorted, mail: sorted.mail.filter((line) => !(patient.includes(line) && justMailed.has(line.campaign_id!))) }
}

/** What came at once about one campaign is one mail. */
function byCampaign(lines: readonly DueRow[]): DueRow[][] {
  return [...Map.groupBy(lines, ({ campaign_id, id }) => (campaign_id === null ? `line ${id}` : `campaign ${campaign_id}`)).values()]
}

async function writeDigest(trx: Transaction<DB>, scope: CompanyScope, receiver: Receiver, lines: readonly DueRow[], appUrl: string) {
  const since = new Map<number, number>()
  for (const line of lines) {
    if (line.campaign_id === null) continue
    since.set(line.campaign_id, Math.min(since.get(line.campaign_id) ?? Infinity, sinceOf(line)))
  }
  const figures = await listFigures(trx, scope, [...since].map(([campaignId, at]) => ({ campaignId, since: at })), COMMENTS_PER_CAMPAIGN)
  return digestLetter(scope, receiver, lines, figures, appUrl)
}

/** From when on something is new: since the last mail about it, else since its beginning. */
function sinceOf({ kind, params, position, mailed_at }: DueRow): number {
  if (mailed_at) return mailed_at.getTime() * 1000
  return kind === 'answers' ? Number(params['since'] ?? position) : position
}
