import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pauseCampaign } from '../../src/campaigns/commands.ts'
import { findViewer } from '../../src/auth/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { announce } from '../../src/notifications/commands.ts'
import type { NewsKind } from '../../src/notifications/domain.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'
import { elements } from '../support/html.ts'
import type { Page } from '../support/page.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let senderId: number
let user: Awaited<ReturnType<typeof makeUser>>
let visitor: SignedIn
let colleague: SignedIn
let candidateId: number
let campaignId: number
let made = 0

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  ;({ scope, senderId } = await makeCompany(database.db))
  user = await makeUser(database.db, scope)
  visitor = await app.signIn(user)
  colleague = await app.signIn(await makeUser(database.db, scope))
  const candidate = await makeCandidate(database.db, scope, { firstName: 'Léa', lastName: 'Morel' })
  candidateId = candidate.id
  campaignId = (await makeContact(database.db, scope, candidate, { userId: user.id, senderId, campaignName: 'Coffreurs S48' })).campaignId
})
afterAll(async () => {
  await app.close()
  await database.close()
})
beforeEach(async () => {
  await database.pool.query('delete from notification')
})

const say = (kind: NewsKind, more: Partial<Parameters<typeof announce>[2]> = {}) => announce(database.db, scope, { kind, userIds: [user.id], dedupeKey: `test ${++made}`, ...more })
const bell = (page: Page) => elements(page.root).find(({ attributes }) => attributes['id'] === 'bell-top')?.attributes['aria-label']
const unread = async () => (await database.pool.query('select id from notification where read_at is null')).rowCount

describe('The bell', () => {
  it('counts on every page what is not read, and leads to the list without script', async () => {
    expect(bell(await visitor.get('/candidates'))).toBe('Notifications\u00a0: aucune non lue')
    await say('batch_sent', { campaignId, params: { no: 1, messages: 12 } })
    const page = await visitor.get('/campaigns')
    expect([bell(page), bell(await colleague.get('/campaigns'))]).toEqual(['Notifications\u00a0: 1 non lue', 'Notifications\u00a0: aucune non lue'])
    expect(elements(page.root).filter(({ attributes }) => attributes['id']?.startsWith('bell-') && attributes['href'] === '/notifications')).toHaveLength(2)
    await database.pool.query("insert into notification (company_id, user_id, kind, dedupe_key) select $1, $2, 'batch_sent', 'many ' || g from generate_series(1, 120) g", [scope.companyId, user.id])
    expect(bell(await visitor.get('/campaigns'))).toBe('Notifications\u00a0: plus de 99 non lues')
    expect((await visitor.fragment('/notifications/bell?id=bell-rail')).html).toMatch(/id="bell-rail".*99\+/s)
  })
})

describe('The list', () => {
  it('is grouped by campaign with a severity in words, and nobody sees another’s', async () => {
    await say('campaign_completed', { campaignId })
    await say('import_finished', { params: { importId: 7, count: 3 } })
    await say('campaign_error', { campaignId, params: { reason: 'account' } })
    await say('campaign_paused', { campaignId })
    await say('reply_received', { candidateId })
    const page = await visitor.get('/notifications')
    expect(page.text).toMatch(/Hors campagne.*Info SMS reçu de Léa Morel.*Info Import terminé\s: 3 fiches écrites.*Coffreurs S48.*Attention Mise en pause.*Erreur Le fournisseur refuse.*Info Envoi terminé/)
    expect((await colleague.get('/notifications')).text).toContain('Rien à signaler')
    const { rows: [line] } = await database.pool.query('select id from notification limit 1')
    for (const step of ['opening', 'reading']) expect((await colleague.post(colleague.home, `/notifications/${line.id}/${step}`)).status).toBe(404)
    expect([(await visitor.post(page, '/notifications/0/opening')).status, await unread()]).toEqual([404, 5])
  })

  it('leads to the thing and marks that read, one by one or all that was seen', async () => {
    await say('campaign_paused', { campaignId })
    await say('reply_received', { candidateId })
    let page = await visitor.get('/notifications?show=unread')
    const { rows } = await database.pool.query('select id, kind from notification order by id')
    expect((await visitor.submit(page, {}, { form: `/notifications/${rows[0].id}/opening` })).url).toBe(`/campaigns/${campaignId}`)
    expect((await visitor.submit(page, {}, { form: `/notifications/${rows[1].id}/opening` })).url).toBe(`/candidates/${candidateId}`)
    expect((await visitor.get('/notifications?show=unread')).text).toContain('Tout est lu')
    expect((await visitor.get('/notifications')).text).toContain('Mise en pause')
    for (let n = 0; n < 3; n++) await say('batch_sent', { campaignId, params: { no: n } })
    page = await visitor.get('/notifications?show=unread')
    const { rows: [newest] } = await database.pool.query('select max(id) as id from notification')
    page = await visitor.submit(page, {}, { form: `/notifications/${newest.id}/reading` })
    expect([page.url, await unread()]).toEqual(['/notifications?show=unread', 2])
    // What comes in meanwhile was not seen.
    await say('campaign_suspended', { campaignId })
    page = await visitor.submit(page, {}, { form: '/notifications/reading' })
    expect([page.url, await unread()]).toEqual(['/notifications?show=unread', 1])
    expect(page.text).toContain('Suspendue automatiquement')
  })

  it('goes on page by page, whatever arrives meanwhile, and is a fragment for the page itself', async () => {
    await database.pool.query("insert into notification (company_id, user_id, kind, dedupe_key, params, at) select $1, $2, 'batch_sent', 'page ' || g, jsonb_build_object('no', g), '2026-11-20T08:00:00.000001Z'::timestamptz + (g / 3) * interval '1 microsecond' from generate_series(1, 70) g", [scope.companyId, user.id])
    const seen: string[] = []
    let page = await visitor.get('/notifications')
    for (;;) {
      seen.push(...[...page.text.matchAll(/Info Lot (\d+) envoyé\s: 0 SMS/g)].map(([, no]) => no!))
      await say('campaign_completed')
      const next = elements(page.root).find(({ attributes }) => attributes['rel'] === 'next')?.attributes['href']
      if (!next) break
      page = await visitor.get(next)
    }
    expect([...new Set(seen)]).toEqual(Array.from({ length: 70 }, (_, n) => String(70 - n)))
    for (const query of ['?before=nonsense', '?show=other', '?before=WzEsMl0', '?before[]=1']) expect((await visitor.get(`/notifications${query}`)).status).toBe(200)
    expect((await visitor.fragment('/notifications')).html).toMatch(/^\s*<div id="notifications"/)
    expect((await visitor.fragment('/notifications/panel')).html).toContain('Voir toutes les notifications')
  })
})

it('the sender hears of a campaign’s events as they happen, and of their own without a mail; an event taken back was none (S37, S113)', async () => {
  const manager = await makeUser(database.db, scope, { role: 'manager' })
  await pauseCampaign(app.deps, (await findViewer(database.db, manager.id))!, campaignId)
  const lines = async () => (await database.db.selectFrom('notification').select(['user_id', 'kind', 'campaign_id', 'mail_at']).execute()).map((row) => [row.user_id, row.kind, row.campaign_id, row.mail_at !== null])
  expect(await lines()).toEqual([[user.id, 'campaign_paused', campaignId, true]])
  await database.pool.query("delete from notification; update campaign set status = 'in_process'")
  await pauseCampaign(app.deps, (await findViewer(database.db, user.id))!, campaignId)
  expect(await lines()).toEqual([[user.id, 'campaign_paused', campaignId, false]])
  await expect(database.db.transaction().execute(async (trx) => {
    await announce(trx, scope, { kind: 'campaign_error', userIds: [user.id], dedupeKey: 'taken back' })
    throw new Error('back')
  })).rejects.toThrow('back')
  expect(await lines()).toHaveLength(1)
})

describe('What one chooses', () => {
  it('is shown as it is for everybody, saved, and kept when it cannot be', async () => {
    let page = await visitor.get((await visitor.get('/account')).html.includes('href="/account/notifications"') ? '/account/notifications' : '/missing')
    expect(page.html).toMatch(/id="channel_campaign_error-1"[^>]* checked/)
    page = await visitor.submit(page, { digest1: '9', digest2: '9', workDays: [], workFrom: '18', workUntil: '8', channel_answers: 'mail' })
    expect(page.status).toBe(422)
    for (const text of ['Choisissez une autre heure que celle du premier résumé', 'Cochez au moins un jour', 'La fin doit venir après le début']) expect(page.text).toContain(text)
    expect(page.html).toMatch(/id="channel_answers-1"[^>]* checked/)
    page = await visitor.submit(page, { digest1: '9', digest2: '', workDays: ['6'], workFrom: '0', workUntil: '24', quiet: 'on', channel_answers: 'mail' })
    expect([page.url, page.text.includes('Vos notifications sont réglées')]).toEqual(['/account/notifications', true])
    expect(page.html).toMatch(/id="channel_answers-1"[^>]* checked/)
    expect(await database.db.selectFrom('notification_setting').select(['digest_hours', 'work_days', 'work_from', 'work_until', 'version']).where('user_id', '=', user.id).executeTakeFirst()).toEqual({ digest_hours: [9], work_days: [6], work_from: 0, work_until: 24, version: 1 })
  })

  it('is not overwritten by an older window, nor by what no form sends', async () => {
    const [one, two] = [await visitor.get('/account/notifications'), await visitor.get('/account/notifications')]
    await visitor.submit(one, { digest1: '7' })
    const late = await visitor.submit(two, { digest1: '6' })
    expect([late.status, late.text.includes('modifiés dans une autre fenêtre')]).toEqual([409, true])
    expect((await visitor.submit(late, {})).status).toBe(200)
    for (const values of [{ digest1: 'x' }, { digest1: '24' }, { channel_answers: 'pigeon' }, { 'channel_answers[a]': 'b' }, { workDays: ['8', '-1', '1.5'] }, { version: '-4' }]) {
      expect([values, (await visitor.post(one, '/account/notifications', values as Record<string, string>)).status]).toEqual([values, 422])
    }
    const { digest_hours } = await database.db.selectFrom('notification_setting').select('digest_hours').where('user_id', '=', user.id).executeTakeFirstOrThrow()
    expect(digest_hours).toContain(6)
  })
})
