import { readFileSync } from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noteBackup } from '../../src/db/installation.ts'
import { openDatabase } from '../../src/db/pool.ts'
import { keepBalance, resumeAccount, suspendAccount } from '../../src/messaging/account.queries.ts'
import { readBalance } from '../../src/messaging/balance.commands.ts'
import { COPIED } from '../../src/messaging/domain.ts'
import { createFigures } from '../../src/monitoring/figures.ts'
import { diskOf, gaugesOf, GAUGES } from '../../src/monitoring/gauges.ts'
import { startMetrics } from '../../src/monitoring/server.ts'
import { createVonageBalance } from '../../src/sms/balance.ts'
import { counted, countDatabaseError } from '../../src/web/metrics.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { makeSending, putInDoubt, type Sending } from '../support/factories/messaging.ts'
import { makeEndpoint } from '../support/factories/webhooks.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { renewAccount, startLine, type Line } from '../support/sending.ts'

const docs = path.resolve(import.meta.dirname, '../../docs')
const read = (file: string) => readFileSync(path.join(docs, file), 'utf8')
const ALARMS = [...read('deploy/alerts.yml').matchAll(/- alert: (\w+)\n\s+expr: (.+)\n/g)].map(([, name = '', expr = '']) => ({ name, expr }))

let database: TestDatabase
let line: Line
let sending: Sending
beforeAll(async () => {
  database = await createTestDatabase()
  line = await startLine(database)
  await renewAccount(database.db)
  sending = await makeSending(database.db, { e164: ['+33639980701', '+33639980702'], batchState: 'planned' })
})
afterAll(async () => {
  await line.close()
  await database.close()
})

const own = async () => ({ pools: new Map([['main', database.pool]]), disk: await diskOf(import.meta.dirname) })

/** What is told at this moment; nothing of it is kept from before. */
async function told(change: Partial<Awaited<ReturnType<ReturnType<typeof createFigures>>>> = {}): Promise<string> {
  return Registry.merge([counted, gaugesOf(await own(), { ...(await createFigures(database)()), ...change })]).metrics()
}

/** Alarms of the plain kind, a figure beside a limit; the others are about time, which is Prometheus's. */
const PLAIN = /^(max|min)(?: by \(\w+\))? ?\((abs\()?(dispo_\w+)\)+ ([<>]) ([\d.]+)(?: or absent.*)?$/

function rings({ expr }: { expr: string }, text: string): boolean {
  const [, most, , name, sign, limit] = PLAIN.exec(expr) ?? []
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].map(([, value]) => Math.abs(Number(value)))
  const value = most === 'max' ? Math.max(...values) : Math.min(...values)
  return values.length > 0 && (sign === '>' ? value > Number(limit) : value < Number(limit))
}

function valueOf(text: string, name: string, labels = ''): number {
  return Number(new RegExp(`^${name}${labels.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1] ?? 0)
}

describe('what operators are told', () => {
  it('holds every figure that an alarm, the dashboard or the guide names, and nothing about people', async () => {
    await noteBackup(database.db)
    await keepBalance(database.db, 1_000)
    await database.db.updateTable('provider_account').set({ worked_at: sql`app_now()` }).execute()
    await sql`update batch set state = 'running' where id = ${sending.batchId}`.execute(database.db)
    await line.dispatcher().runOnce()
    await line.simulator.settled()
    const metrics = await startMetrics({ ...line.app.deps, config: { ...line.app.deps.config, host: '127.0.0.1' } }, new Map([['main', database.pool]]), 0)
    try {
      const base = `http://127.0.0.1:${metrics.port}`
      const answer = await fetch(`${base}/metrics`)
      expect(answer.headers.get('content-type')).toContain('text/plain')
      const text = await answer.text()
      const named = [...[read('deploy/alerts.yml'), read('deploy/grafana-dashboard.json'), read('operator.md')].join('\n').matchAll(/\b(?:dispo|nodejs|process)_[a-z0-9_]+\b/g)].map(([name]) => name)
      expect(named.length).toBeGreaterThan(50)
      const exposed = new Set([...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].flatMap(([, name = '', kind]) => (kind === 'histogram' ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`] : [name])))
      expect([...new Set(named)].filter((name) => !exposed.has(name))).toEqual([])
      expect(GAUGES.filter((name) => !exposed.has(name))).toEqual([])
      expect(sending.e164.filter((number) => text.includes(number.slice(1)))).toEqual([])
      expect([...text.matchAll(/\{([^}]*)\}/g)].map(([, labels]) => labels!).filter((labels) => /@|\d{6}|company|campaign_id|phone/.test(labels))).toEqual([])
      expect(valueOf(text, 'dispo_hand_overs_total', '{outcome="accepted"}')).toBeGreaterThanOrEqual(2)
      expect(valueOf(text, 'dispo_receipts_total', '{state="delivered"}')).toBeGreaterThanOrEqual(2)
      expect(await (await fetch(`${base}/health/live`)).json()).toEqual({ status: 'live' })
      expect(await (await fetch(`${base}/health/ready`)).json()).toMatchObject({ status: 'ready', queue_seconds: 0 })
      expect((await fetch(`${base}/`)).status).toBe(404)
    } finally {
      await metrics.stop()
    }
  })

  it('is a dashboard that Grafana can read, whose every question is about a figure', () => {
    const dashboard = JSON.parse(read('deploy/grafana-dashboard.json')) as { panels: { id: number; title: string; targets: { expr: string }[] }[] }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    for (const { title, targets } of dashboard.panels) for (const { expr } of targets) expect(expr, title).toMatch(/\b(dispo|process|nodejs)_/)
  })
})

/** What makes an alarm ring, and what ends it. */
const TROUBLES: Record<string, { begin: () => Promise<unknown>; end: () => Promise<unknown> }> = {
  DispoNoWorker: { begin: () => worked('61 seconds'), end: () => worked('1 second') },
  DispoSendingSuspended: { begin: () => suspendAccount(database.db, COPIED), end: () => resumeAccount(database.db) },
  DispoBreakerOpen: { begin: () => sql`update provider_account set open_until = app_now() + interval '1 minute'`.execute(database.db), end: () => renewAccount(database.db) },
  DispoQueueOld: {
    begin: () => makeSending(database.db, { e164: ['+33639980710'] }).then(({ messageIds }) => sql`update message set next_attempt_at = app_now() - interval '11 minutes' where id = any(${messageIds})`.execute(database.db)),
    end: () => sql`update message set state = 'cancelled' where state = 'queued'`.execute(database.db),
  },
  DispoDoubts: {
    begin: () => makeSending(database.db, { e164: ['+33639980711'] }).then(async (one) => {
      await putInDoubt(database.db, one)
      await sql`update message set submitted_at = app_now() - interval '61 minutes' where state = 'in_doubt'`.execute(database.db)
    }),
    end: () => sql`update message set state = 'delivered' where state = 'in_doubt'`.execute(database.db),
  },
  DispoBatchHeld: { begin: () => sql`update batch set state = 'held' where id = ${sending.batchId}`.execute(database.db), end: () => sql`update batch set state = 'running' where id = ${sending.batchId}`.execute(database.db) },
  DispoCampaignStopped: { begin: () => sql`update campaign set status = 'suspended' where id = ${sending.campaignId}`.execute(database.db), end: () => sql`update campaign set status = 'in_process' where id = ${sending.campaignId}`.execute(database.db) },
  DispoOrphanReceipts: { begin: () => events(11, 'orphan', '1 minute'), end: () => sql`update provider_event set applied_at = app_now()`.execute(database.db) },
  DispoEventsWaiting: { begin: () => events(1, 'failed', '6 minutes'), end: () => sql`update provider_event set applied_at = app_now()`.execute(database.db) },
  DispoMailWaits: {
    begin: () => sql`
      insert into mail (kind, language, to_address, to_name, sender_name, subject, sealed_letter, status, next_attempt_at)
      values ('invitation', 'fr', 'anne@agence.test', 'Anne', 'Dispo', 'Bienvenue', 'x', 'waiting', app_now() - interval '61 minutes')`.execute(database.db),
    end: () => sql`delete from mail`.execute(database.db),
  },
  DispoBudget: {
    begin: async () => {
      const { id } = await makeCompany(database.db)
      await sql`insert into company_setting (company_id, name, value) values (${id}, 'budget.day_segments', '100')`.execute(database.db)
      await sql`insert into day_spend (company_id, local_date, segments) select id, (app_now() at time zone time_zone)::date, 81 from company where id = ${id}`.execute(database.db)
    },
    end: () => sql`delete from day_spend`.execute(database.db),
  },
  DispoBalanceLow: {
    begin: () => keepBalance(database.db, 49),
    // As a worker asks, through the provider's SDK.
    end: () => readBalance({ ...line.app.deps, balance: createVonageBalance({ ...line.account, restHost: line.simulator.apiHost, timeoutMs: 5_000 }) }),
  },
  DispoOutgoingWebhooksOld: {
    begin: async () => {
      const { id, scope } = await makeCompany(database.db)
      const endpoint = await makeEndpoint(database.db, scope)
      await sql`insert into webhook_delivery (company_id, endpoint_id, event_id, type, body, next_attempt_at) values (${id}, ${endpoint.id}, 'msg_late', 'answer.created', '{}', app_now() - interval '16 minutes')`.execute(database.db)
    },
    end: () => sql`delete from webhook_delivery`.execute(database.db),
  },
  DispoBackupOld: { begin: () => sql`update installation set backed_up_at = app_now() - interval '27 hours'`.execute(database.db), end: () => noteBackup(database.db) },
}

const worked = (ago: string) => sql`update provider_account set worked_at = app_now() - ${ago}::interval`.execute(database.db)
const events = (count: number, result: string, ago: string) => sql`
  insert into provider_event (dedupe_key, kind, body, result, received_at) select ${result} || n, 'status', '{}', ${result}, app_now() - ${ago}::interval from generate_series(1, ${count}::integer) n`.execute(database.db)
const alarm = (name: string) => ALARMS.find((one) => one.name === name)!

describe('alarms', () => {
  it.each(Object.entries(TROUBLES))('%s rings in trouble, and not before or after', async (name, { begin, end }) => {
    const seen = [rings(alarm(name), await told())]
    await begin()
    seen.push(rings(alarm(name), await told()))
    await end()
    seen.push(rings(alarm(name), await told()))
    expect(seen).toEqual([false, true, false])
  })

  it('about the machine ring by its clock and its disk', async () => {
    expect([rings(alarm('DispoClockSkew'), await told()), rings(alarm('DispoClockSkew'), await told({ skewSeconds: -6 }))]).toEqual([false, true])
    const full = await gaugesOf({ ...(await own()), disk: { free: 15, size: 100 } }, undefined).metrics()
    expect([rings(alarm('DispoDataDisk'), full), rings(alarm('DispoDataDiskFull'), full)]).toEqual([true, false])
  })

  it('about a database that is away: the figures are not there, rather than old', async () => {
    const text = await gaugesOf(await own(), undefined).metrics()
    expect([valueOf(text, 'dispo_database_up'), text.includes('dispo_queue_messages')]).toEqual([0, false])
  })

  it('about a fault of the program count what the database refused', async () => {
    const { db, close } = await openDatabase({ databaseUrl: database.url, dataDir: '', onError: countDatabaseError })
    const before = valueOf(await told(), 'dispo_refused_moves_total')
    await expect(sql`update message set state = 'queued' where campaign_id = ${sending.campaignId}`.execute(db)).rejects.toThrow('may not move from delivered to queued')
    await close()
    expect(valueOf(await told(), 'dispo_refused_moves_total')).toBe(before + 1)
  })

  it('about webhooks count those that prove nothing', async () => {
    const before = valueOf(await told(), 'dispo_webhooks_total', '{kind="status",result="unsigned"}')
    await fetch(`${line.app.url}/webhooks/vonage/status`, { method: 'POST', body: '{}' })
    expect(valueOf(await told(), 'dispo_webhooks_total', '{kind="status",result="unsigned"}')).toBe(before + 1)
  })

  it('are all of one kind or about time', () => {
    const timed = ALARMS.filter(({ expr }) => !PLAIN.test(expr)).map(({ expr }) => expr)
    expect(timed.filter((expr) => !/rate\(|increase\(|^up\{|^dispo_database_up == 0$|^sum\(max by/.test(expr))).toEqual([])
  })
})
