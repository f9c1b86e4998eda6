import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CAMPAIGN_EVENTS } from '../../src/campaigns/queries.ts'
import { getProgress } from '../../src/campaigns/progress.queries.ts'
import { STOP_REASONS } from '../../src/campaigns/domain.ts'
import { suspendAccount } from '../../src/messaging/account.queries.ts'
import { UNANSWERED, MESSAGE_MOVES, type MessageState } from '../../src/messaging/domain.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeUser } from '../support/factories/accounts.ts'
import { makePlanned, moveMessages, SENT } from '../support/factories/batches.ts'
import { makeFollowed } from '../support/factories/followed.ts'
import { elements, textOf } from '../support/html.ts'
import type { Page } from '../support/page.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const pollOf = (page: Page) => /id="campaign-live"[^>]* hx-get="([^"]+)" hx-trigger="every (\w+)/.exec(page.html)?.slice(1).map((part) => part.replaceAll('&amp;', '&')) as [string, string] | undefined
const batchesOn = (page: Page) => elements(page.root).filter(({ attributes }) => attributes['id']?.startsWith('batch-')).map((row) => plain(textOf(row)))

/** A campaign with its batches, seen by a recruiter. */
async function planned(given: Omit<Parameters<typeof makePlanned>[1], 'company'>, language: 'fr' | 'en' = 'fr') {
  const made = await makePlanned(database, given)
  const visitor = await app.signIn(await makeUser(database.db, made.scope, { name: 'Claire Bernard', language }))
  return { ...made, visitor, page: () => visitor.get(`/campaigns/${made.campaignId}`) }
}

describe('the batches', () => {
  test('tell date, size, what was sent, and who waits for which hour', async () => {
    const { visitor, campaignId } = await makeFollowed(database, app)
    const [first, second] = batchesOn(await visitor.get(`/campaigns/${campaignId}`))
    expect(first).toMatch(/^Lot 1 \w+\. \d+ [\wéû]+\.? \d\d:\d\d 14 11 En cours 1 en attente d’horaire à partir du lun\. 11 janv\. 2027 08:00$/)
    expect(second).toMatch(/^Lot 2 .* 6 0 Prévu$/)
  })

  test.each([['paused', ['Interrompu', 'À reprogrammer']], ['suspended', ['Interrompu', 'À reprogrammer']], ['in_process', ['En cours', 'Prévu']]])('have the state that a %s campaign leaves them (S78)', async (status, states) => {
    const { page } = await planned({ status, batches: [{ recipients: 2, due: '-1 hour', state: 'running' }, { recipients: 2, due: '1 day' }] })
    expect(batchesOn(await page()).map((text) => text.replace(/^.* \d+ \d+ /, ''))).toEqual(states)
  })
})

describe('the line of progress', () => {
  test('says about how long it takes, and when the next batch leaves', async () => {
    const running = await planned({ status: 'in_process', batches: [{ recipients: 6, due: '-1 minute', state: 'running' }, { recipients: 6, due: '1 day' }] })
    await moveMessages(database, running.campaignId, SENT, { limit: 2 })
    expect(plain((await running.page()).text)).toContain('2 sur 12 envoyés · moins d’une minute')
    await moveMessages(database, running.campaignId, SENT, { limit: 4 })
    expect(plain((await running.page()).text)).toMatch(/6 sur 12 envoyés · lot 2 : départ \w+\. \d/)
    const scheduled = await planned({ batches: [{ recipients: 3, due: '1 day' }] })
    expect(plain((await scheduled.page()).text)).toMatch(/0 sur 3 envoyés · départ \w+\. \d/)
  })

  test('counts what is in the way: a slow sender, a provider that asked for patience', async () => {
    const { page, scope } = await planned({ status: 'in_process', batches: [{ recipients: 240, due: '-1 minute', state: 'running' }] })
    await database.pool.query('update sms_sender set per_second = 1 where company_id = $1', [scope.companyId])
    expect(plain((await page()).text)).toContain('environ 4 min')
  })

  test('says that everybody waits for the hours', async () => {
    const { page, campaignId } = await planned({ status: 'in_process', batches: [{ recipients: 3, due: '-1 minute', state: 'running' }] })
    await database.pool.query("update message set wait_reason = 'window', next_attempt_at = '2027-01-11T07:00:00Z' where campaign_id = $1", [campaignId])
    expect(plain((await page()).text)).toContain('en attente d’horaire, reprise lun. 11 janv. 2027 08:00')
  })
})

describe('the history', () => {
  const DETAIL: Record<string, Record<string, string | number>> = {
    launched: { recipients: 20, batches: 2 }, undone: { recipients: 20 }, rescheduled: { on: '2027-01-11', time: '09:30' }, batch_sent: { no: 2, messages: 17 }, batch_held: { no: 3, on: '2027-01-12' }, paused: { out: 5 },
    resumed: { on: '2027-01-13', time: '10:15' }, suspended: { reason: 'drop_rate', failed: 30, finals: 100, percent: 30 }, released: { on: '2027-01-14', time: '11:45' }, resent: { messages: 4 }, cancelled: { taken: 9 },
  }
  const WORDS: Record<'fr' | 'en', Record<string, string>> = {
    fr: {
      launched: 'Claire Bernard a lancé la campagne pour 20 destinataires, en 2 lots', rescheduled: 'lundi 11 janvier à 09:30', batch_sent: 'Le lot 2 est parti : 17 SMS', batch_held: 'Le lot 3, prévu mardi 12 janvier',
      paused: '5 SMS déjà partis', resumed: 'mercredi 13 janvier à 10:15', suspended: '30 % d’échecs', released: 'jeudi 14 janvier à 11:45', resent: '4 SMS incertains', cancelled: '9 SMS ne partiront pas',
    },
    en: {
      launched: 'Claire Bernard launched the campaign for 20 recipients, in 2 batches', rescheduled: 'Monday 11 January at 09:30', batch_sent: 'Batch 2 was sent: 17 SMS', batch_held: 'Batch 3, due Tuesday 12 January',
      paused: '5 SMS already sent', resumed: 'Wednesday 13 January at 10:15', suspended: '30% failures', released: 'Thursday 14 January at 11:45', resent: '4 uncertain SMS', cancelled: '9 SMS will not be sent',
    },
  }

  test.each(['fr', 'en'] as const)('tells every event in a sentence with its figures (%s)', async (language) => {
    const { page, campaignId, scope, visitor } = await planned({ batches: [{ recipients: 2, due: '1 day' }] }, language)
    const { rows: [person] } = await database.pool.query<{ id: number }>("select id from app_user where company_id = $1 and name = 'Claire Bernard'", [scope.companyId])
    for (const kind of CAMPAIGN_EVENTS) {
      await database.pool.query('insert into campaign_event (company_id, campaign_id, user_id, kind, detail) values ($1, $2, $3, $4, $5)', [scope.companyId, campaignId, person!.id, kind, JSON.stringify(DETAIL[kind] ?? {})])
    }
    const lines = elements((await page()).root).filter(({ tag, attributes }) => tag === 'p' && attributes['class'] === 'head').map((line) => plain(textOf(line)))
    expect(lines).toHaveLength(CAMPAIGN_EVENTS.length)
    for (const kind of CAMPAIGN_EVENTS) expect(lines.join('\n')).not.toMatch(new RegExp(`\\b${kind}\\b.*_|campaigns\\.event`))
    for (const [kind, words] of Object.entries(WORDS[language])) expect(lines.some((line) => line.includes(words)), `${kind}: ${lines.join('\n')}`).toBe(true)
    expect((await visitor.get('/campaigns')).status).toBe(200)
  })

  test('names every reason for a suspension', async () => {
    const { page, campaignId, scope } = await planned({ batches: [{ recipients: 1, due: '1 day' }] })
    for (const reason of STOP_REASONS.slice(3)) await database.pool.query("insert into campaign_event (company_id, campaign_id, kind, detail) values ($1, $2, 'suspended', $3)", [scope.companyId, campaignId, JSON.stringify({ reason, failed: 3, finals: 10, refused: 20, budget: 5, spent: 5, on: '2027-01-11' })])
    const text = (await page()).text
    expect(plain(text).match(/Campagne suspendue automatiquement : \S+/g)).toHaveLength(4)
  })
})

test('whoever looks is told when the provider gives no clear answer', async () => {
  const { page } = await planned({ batches: [{ recipients: 1, due: '1 day' }] })
  await suspendAccount(database.db, UNANSWERED)
  const text = plain((await page()).text)
  await database.pool.query('update provider_account set suspended_at = null, suspended_reason = null')
  expect(text).toContain('le prestataire ne répond plus clairement')
  expect(text).toContain('Prévenez votre administrateur.')
})

describe('while somebody watches', () => {
  test('sent, delivered and answered never fall, whatever becomes of the texts', async () => {
    const { campaignId, scope, e164 } = await planned({ status: 'in_process', batches: [{ recipients: 8, due: '-1 minute', state: 'running' }] })
    const { rows } = await database.pool.query<{ id: number }>('select id from message where campaign_id = $1 order by id', [campaignId])
    let before = await getProgress(database.db, scope, campaignId)
    await fc.assert(fc.asyncProperty(fc.nat(e164.length - 1), fc.nat(4), async (which, choice) => {
      const { rows: [message] } = await database.pool.query<{ state: MessageState }>('select state from message where id = $1', [rows[which]!.id])
      const moves: readonly MessageState[] = MESSAGE_MOVES[message!.state]
      if (moves.length === 0) return
      await database.pool.query("update message set state = $2, lease_until = case when $2 = 'leased' then now() end where id = $1", [rows[which]!.id, moves[choice % moves.length]])
      const now = await getProgress(database.db, scope, campaignId)
      expect(now.sent).toBeGreaterThanOrEqual(before.sent)
      expect(now.delivered).toBeGreaterThanOrEqual(before.delivered)
      expect(now.total).toBe(now.sent + now.remaining + now.doubtful + now.blocked + now.cancelled)
      expect(now.sent).toBe(now.underway + now.delivered + now.undelivered)
      before = now
    }), { numRuns: 120 })
  })

  test('the page asks quickly while something moves, slowly while an answer may come, and not at all once closed', async () => {
    const { page, campaignId, visitor } = await planned({ status: 'in_process', batches: [{ recipients: 2, due: '-1 minute', state: 'running' }] })
    const [url, every] = pollOf(await page())!
    expect(every).toBe('3s')
    expect((await visitor.agent.get(url).set({ 'hx-request': 'true', 'hx-request-type': 'partial' })).status).toBe(204)
    await moveMessages(database, campaignId, [...SENT, 'delivered'])
    await database.pool.query("update batch set state = 'done', started_at = now() - interval '3 days', finished_at = now() - interval '3 days' where campaign_id = $1", [campaignId])
    await database.pool.query("update campaign set status = 'completed', finished_at = now() where id = $1", [campaignId])
    expect(pollOf(await visitor.fragment(url))![1]).toBe('30s')
    await database.pool.query('update campaign set closed_at = now() where id = $1', [campaignId])
    expect(pollOf(await page())).toBeUndefined()
  })
})

test.each(['?show=__proto__&reason=%27&batch=1e9', '?batch=0&show[]=all', `?q=${'%25_'.repeat(300)}`, '?after=WzEsMSwxXQ&show=yes', '?after=%00&reason[]=x', '?show=held&batch=999999&q=%00'])('any question of a campaign is answered: %s', async (query) => {
  const { visitor, campaignId } = await makeFollowed(database, app)
  for (const step of ['', '/export']) expect((await visitor.agent.get(`/campaigns/${campaignId}${step}${query}`)).status).toBe(200)
})
