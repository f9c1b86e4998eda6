import { statfs } from 'node:fs/promises'
import type pg from 'pg'
import { Gauge, Registry } from 'prom-client'
import { ACCOUNT_REFUSED, COPIED, RESTORED, UNANSWERED } from '../messaging/domain.ts'
import type { FiguresNow } from './figures.ts'

type Sample = number | null | readonly (readonly [labels: Record<string, string>, value: number])[]
type Described<Source> = readonly (readonly [name: string, help: string, value: (source: Source) => Sample])[]

/** Why all sending may be suspended; anything else is told as `other`. */
const REASONS = [ACCOUNT_REFUSED, RESTORED, COPIED, UNANSWERED] as const

/** Every process tells the same: they are the database's, not the process's. */
const OF_THE_DATABASE: Described<FiguresNow> = [
  ['dispo_queue_messages', 'SMS that may leave now; counted up to 100000', (f) => f.due],
  ['dispo_queue_oldest_seconds', 'Since when the oldest of them may leave', (f) => f.dueSeconds],
  ['dispo_in_doubt_messages', 'SMS of which nobody knows whether the provider took them', (f) => f.doubts],
  ['dispo_in_doubt_oldest_seconds', 'Age of the oldest of them that a receipt may still settle', (f) => f.doubtSeconds],
  ['dispo_held_batches', 'Daily batches that wait for a decision', (f) => f.heldBatches],
  ['dispo_stopped_campaigns', 'Campaigns that were suspended or ended in an error', (f) => f.stoppedCampaigns],
  ['dispo_provider_events_waiting', 'Stored events of the provider that are not applied yet', (f) => f.waitingEvents],
  ['dispo_provider_events_oldest_seconds', 'Age of the oldest of them', (f) => f.waitingEventSeconds],
  ['dispo_orphan_receipts', 'Receipts about hand-overs that nobody here made', (f) => f.orphans],
  ['dispo_breaker_open', '1 while the provider gives no clear answers and one SMS at a time tries it', (f) => Number(f.isBreakerOpen)],
  ['dispo_sending_suspended', '1 while nothing leaves until a person decides, by reason', (f) => suspensions(f.suspendedReason)],
  ['dispo_pace', 'Share of the sending rate that is used since the provider asked for patience', (f) => f.pace],
  ['dispo_provider_balance_euros', 'What the account at the provider held within the last hours, where the provider tells', (f) => f.balance],
  ['dispo_worker_heartbeat_seconds', 'Since when no worker has been at work', (f) => f.workerSeconds],
  ['dispo_mail_oldest_seconds', 'Since when the oldest e-mail should have left', (f) => f.mailSeconds],
  ['dispo_outgoing_webhooks_waiting', 'Webhooks that are due at addresses which take them; of each counted up to 10000', (f) => f.webhooks.waiting],
  ['dispo_outgoing_webhooks_oldest_seconds', 'Since when the oldest of them is due', (f) => f.webhooks.oldestSeconds],
  ['dispo_tasks', 'Background tasks, by state', (f) => [[{ state: 'ready' }, f.readyTasks], [{ state: 'active' }, f.activeTasks], [{ state: 'failed' }, f.failedTasks]]],
  ['dispo_budget_used_ratio', 'Share used of the budget that is nearest to its end', (f) => f.budgetUsed],
  ['dispo_backup_age_seconds', 'Since the last backup by npm run backup', (f) => f.backupSeconds],
  ['dispo_database_bytes', 'Size of the database', (f) => f.databaseBytes],
  ['dispo_clock_skew_seconds', 'How far this machine’s clock is ahead of the database’s', (f) => f.skewSeconds],
]

export type OwnFigures = { pools: ReadonlyMap<string, pg.Pool>; disk: { free: number; size: number } }

const OF_THE_PROCESS: Described<OwnFigures> = [
  ['dispo_database_connections', 'Connections of this process to the database', ({ pools }) => [...pools].flatMap(([pool, { totalCount, idleCount }]) => [
    [{ pool, state: 'busy' }, totalCount - idleCount] as const, [{ pool, state: 'idle' }, idleCount] as const,
  ])],
  ['dispo_database_connections_most', 'How many connections a pool may have', ({ pools }) => [...pools].map(([pool, { options }]) => [{ pool }, options.max] as const)],
  ['dispo_database_waiting', 'Callers that wait for a free connection', ({ pools }) => [...pools].map(([pool, { waitingCount }]) => [{ pool }, waitingCount] as const)],
  ['dispo_data_disk_free_ratio', 'Share of the disk under DATA_DIR that is free', ({ disk }) => disk.free / disk.size],
]

export const GAUGES: readonly string[] = ['dispo_database_up', ...OF_THE_DATABASE.map(([name]) => name), ...OF_THE_PROCESS.map(([name]) => name)]

/** `figures` undefined: the database cannot be asked, and what it would say is left out rather than old. */
export function gaugesOf(own: OwnFigures, figures: FiguresNow | undefined): Registry {
  const registry = new Registry()
  add(registry, [['dispo_database_up', '1 while the database answers', () => (figures ? 1 : 0)]], undefined)
  add(registry, OF_THE_PROCESS, own)
  if (figures) add(registry, OF_THE_DATABASE, figures)
  return registry
}

function add<Source>(registry: Registry, described: Described<Source>, source: Source): void {
  for (const [name, help, valueOf] of described) {
    const value = valueOf(source)
    // What has never happened has no age.
    if (value === null) continue
    const samples = typeof value === 'number' ? [[{}, value] as const] : value
    const gauge = new Gauge({ name, help, registers: [registry], labelNames: [...new Set(samples.flatMap(([labels]) => Object.keys(labels)))] })
    for (const [labels, number] of samples) gauge.set(labels, number)
  }
}

function suspensions(reason: string | null): (readonly [{ reason: string }, number])[] {
  const given = reason === null ? undefined : (REASONS.find((known) => reason.startsWith(known)) ?? 'other')
  return [...REASONS, 'other'].map((known) => [{ reason: known }, Number(known === given)] as const)
}

export async function diskOf(folder: string): Promise<{ free: number; size: number }> {
  const { bavail, bsize, blocks } = await statfs(folder).catch(() => ({ bavail: 1, bsize: 1, blocks: 1 })) // not made yet: nothing is on it
  return { free: bavail * bsize, size: blocks * bsize }
}
