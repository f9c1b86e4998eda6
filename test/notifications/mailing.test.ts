import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { registerMailTasks } from '../../src/mail/tasks.ts'
import { announce } from '../../src/notifications/commands.ts'
import { DEFAULT_CHOICES, NEWS_KINDS, type Channel, type Choices, type NewsKind } from '../../src/notifications/domain.ts'
import { gatherNews } from '../../src/notifications/gathering.commands.ts'
import { mailNews } from '../../src/notifications/mailing.commands.ts'
import { chooseNotifications } from '../../src/notifications/settings.commands.ts'
import { findChoices } from '../../src/notifications/settings.queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { stopClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'
import { startMailServer, type MailServer } from '../support/mail-server.ts'

/** What leaves by mail, read back from a mail server: to each as they chose, and once (S113, S114). */

let database: TestDatabase
let server: MailServer
let app: TestApp
let scope: CompanyScope
let senderId: number
let user: Awaited<ReturnType<typeof makeUser>>
let made = 0

/** A Monday at work in Paris: winter, UTC+1. */
const MONDAY_10 = '2026-11-23T09:00:00Z'

beforeAll(async () => {
  database = await createTestDatabase()
  server = await startMailServer()
  app = await startTestApp(database, { env: { SMTP_URL: server.url, MAIL_FROM: 'Dispo <dispo@agence.test>' }, registerTasks: registerMailTasks })
  ;({ scope, senderId } = await makeCompany(database.db, { name: 'Agence Martin' }))
})
afterAll(async () => {
  await app.close()
  await server.close()
  await database.close()
})
beforeEach(async () => {
  await stopClock(database, MONDAY_10)
  user = await makeUser(database.db, scope)
  server.mails.length = 0
})

async function contact(given: { campaignName?: string; firstName?: string; lastName?: string } = {}) {
  const candidate = await makeCandidate(database.db, scope, { firstName: given.firstName ?? 'Léa', lastName: given.lastName ?? 'Morel' })
  return { candidate, ...(await makeContact(database.db, scope, candidate, { userId: user.id, senderId, campaignName: given.campaignName ?? 'Coffreurs S48' })) }
}
const answer = (recipientId: number, choice: 'yes' | 'no', comment = '') =>
  recordAnswer(app.deps, scope, recipientId, { choice, availableFrom: null, availableUntil: null, comment, formId: randomUUID(), baseVersion: 0, source: 'link' })
const say = (kind: NewsKind, more: { campaignId?: number; candidateId?: number; params?: Record<string, string | number>; userIds?: number[]; byUserId?: number; dedupeKey?: string } = {}) =>
  announce(database.db, scope, { kind, userIds: [user.id], dedupeKey: `test ${++made}`, ...more })
async function choose(more: Partial<Omit<Choices, 'channels'>> & { channels?: Partial<Record<NewsKind, Channel>> }): Promise<void> {
  const { version, ...now } = await findChoices(database.db, scope, user.id)
  expect(await chooseNotifications(app.deps, { scope, userId: user.id }, { ...now, ...more, channels: { ...now.channels, ...more.channels } }, version)).toMatchObject({ ok: true })
}
/** What the worker does every few seconds, and the mails that came of it for this user. */
async function work(): Promise<MailServer['mails']> {
  await gatherNews(app.deps)
  await mailNews(app.deps)
  await app.deps.queue.drain()
  return server.mails.filter(({ to }) => to.includes(user.email))
}
const bodies = ({ email }: MailServer['mails'][number]) => [email.text!, email.html!.replaceAll('&nbsp;', ' ')]

describe('A mail of its own', () => {
  it('says at once what is wrong, in the language of the person, with a link to it', async () => {
    const { campaignId } = await contact({ campaignName: 'Maçons <Lyon>' })
    await say('campaign_suspended', { campaignId, params: { reason: 'drop_rate' } })
    const [mail] = await work()
    expect(mail!.email.subject).toBe('Attention – Maçons <Lyon>\u00a0: Suspendue automatiquement\u00a0: trop de SMS échouent')
    for (const body of bodies(mail!)) {
      expect(body).toContain(`${app.url}/campaigns/${campaignId}`)
      expect(body).toContain('Suspendue automatiquement')
    }
    await database.pool.query("update app_user set language = 'en' where id = $1", [user.id])
    await say('campaign_error', { campaignId, params: { reason: 'account' } })
    expect((await work())[1]!.email.subject).toBe('Error – Maçons <Lyon>: The provider refuses the SMS: sending waits')
  })

  it('goes out once, whatever is told again, done by two workers at once, or broken off', async () => {
    const { campaignId } = await contact()
    await Promise.all([1, 2, 3].map(() => say('campaign_paused', { campaignId, dedupeKey: 'the same' })))
    const broken = { ...app.deps, queue: { ...app.deps.queue, enqueue: async () => { throw new Error('killed between queueing and commit') } } }
    await mailNews(broken)
    expect(await database.db.selectFrom('mail').select('id').where('to_address', '=', user.email).execute()).toEqual([])
    await Promise.all([mailNews(app.deps), mailNews(app.deps), mailNews(app.deps)])
    for (let again = 0; again < 3; again++) await work()
    await say('campaign_paused', { campaignId, dedupeKey: 'the same' })
    expect(await work()).toHaveLength(1)
  })

  it('gathers what came at once of one campaign, quotes a reply without its numbers, and leaves out what was read or done by oneself', async () => {
    const { campaignId, candidate } = await contact()
    const { id } = await database.db.insertInto('reply').values({ company_id: scope.companyId, e164: candidate.e164!, sender: '38047', body: 'Rappelez-moi au 06 39 98 12 34', provider_id: randomUUID(), candidate_id: candidate.id, campaign_id: campaignId }).returning('id').executeTakeFirstOrThrow()
    await say('reply_received', { campaignId, candidateId: candidate.id, params: { reply: id } })
    await say('stop_to_review', { campaignId, candidateId: candidate.id })
    await say('campaign_paused', { campaignId, byUserId: user.id })
    await say('yes_reached', { campaignId, params: { count: 7 }, dedupeKey: 'read' })
    await database.pool.query("update notification set read_at = now() where user_id = $1 and dedupe_key = 'read'", [user.id])
    const mails = await work()
    expect(mails.map(({ email }) => email.subject)).toEqual(['Attention – Coffreurs S48\u00a0: 2 nouveautés'])
    for (const body of bodies(mails[0]!)) {
      expect(body).toContain('SMS reçu de Léa Morel')
      expect(body).toContain('Rappelez-moi au …')
      expect(body).not.toMatch(/Mise en pause|7 OUI|98 12/)
    }
  })

  it('waits until work begins again, and not for who wants no quiet', async () => {
    await stopClock(database, '2026-11-21T20:00:00Z') // a Saturday evening
    await say('campaign_error')
    expect(await work()).toHaveLength(0)
    await stopClock(database, '2026-11-23T06:59:00Z')
    expect(await work()).toHaveLength(0)
    await stopClock(database, '2026-11-23T07:00:30Z')
    expect(await work()).toHaveLength(1)
    await stopClock(database, '2026-11-28T20:00:00Z')
    await say('campaign_error')
    expect(await work()).toHaveLength(1)
    // A choice made later counts for what waits.
    await choose({ isQuiet: false })
    expect(await work()).toHaveLength(2)
  })

  it('never reaches whoever was deactivated, or belongs to a company that was', async () => {
    await say('campaign_error')
    await database.pool.query('update app_user set disabled_at = now() where id = $1', [user.id])
    await say('campaign_error')
    expect(await work()).toHaveLength(0)
    await database.pool.query('update app_user set disabled_at = null where id = $1', [user.id])
    expect(await work()).toHaveLength(0)
  })
})

it('replies that come one by one are a mail at once and then one for all of ten minutes; a warning waits for nothing', async () => {
  const { campaignId, candidate } = await contact()
  const reply = () => say('reply_received', { campaignId, candidateId: candidate.id })
  await reply()
  expect(await work()).toHaveLength(1)
  for (const at of ['09:01', '09:05', '09:09']) {
    await stopClock(database, `2026-11-23T${at}:00Z`)
    await reply()
    expect(await work()).toHaveLength(1)
  }
  await say('campaign_paused', { campaignId })
  expect((await work()).map(({ email }) => email.subject)[1]).toBe('Attention – Coffreurs S48\u00a0: Mise en pause')
  // Counted from the last mail about the campaign.
  await stopClock(database, '2026-11-23T09:20:00Z')
  const mails = await work()
  expect(mails.map(({ email }) => email.subject)[2]).toBe('Coffreurs S48\u00a0: 3 nouveautés')
  expect(mails).toHaveLength(3)
})

describe('Each kind', () => {
  it('is mailed, gathered or neither, as everybody has it until they choose', async () => {
    const { campaignId } = await contact()
    for (const kind of NEWS_KINDS) if (kind !== 'answers') await say(kind, { campaignId })
    await work()
    await stopClock(database, '2026-11-23T13:00:30Z')
    await work()
    const { rows } = await database.pool.query<{ kind: NewsKind; at: string | null }>('select kind, mailed_at::text as at from notification where user_id = $1', [user.id])
    for (const { kind, at } of rows) expect([kind, at === null ? 'product' : at.startsWith('2026-11-23 09') ? 'mail' : 'digest']).toEqual([kind, DEFAULT_CHOICES.channels[kind]])
    expect(rows).toHaveLength(NEWS_KINDS.length - 1)
  })

  it('obeys what a person chose for it', async () => {
    await choose({ channels: { campaign_error: 'product', batch_sent: 'mail', campaign_paused: 'digest' } })
    await say('campaign_error')
    await say('batch_sent', { params: { no: 2, messages: 40 } })
    await say('campaign_paused')
    expect((await work()).map(({ email }) => email.subject)).toEqual(['Lot 2 envoyé\u00a0: 40 SMS'])
    await stopClock(database, '2026-11-23T13:00:30Z')
    const [, digest, ...more] = await work()
    expect([digest!.email.subject, more]).toEqual(['Votre résumé', []])
    expect(digest!.email.text).toContain('Mise en pause')
  })
})

describe('The digest', () => {
  it('says how each campaign stands and what people wrote, with one link each and no number, and comes once', async () => {
    const one = await contact({ campaignName: 'Coffreurs & Co', firstName: 'Léa', lastName: 'Morel' })
    const two = await contact({ campaignName: 'Peintres' })
    await answer(one.recipientId, 'yes', 'Dispo lundi, 06 39 98 00 01 <b>')
    await work()
    expect(server.mails).toHaveLength(0)
    await answer(two.recipientId, 'no')
    await say('campaign_completed', { campaignId: two.campaignId })
    await stopClock(database, '2026-11-23T13:00:10Z')
    await gatherNews(app.deps)
    await Promise.all([mailNews(app.deps), mailNews(app.deps)])
    const mails = await work()
    expect(mails.map(({ email }) => email.subject)).toEqual(['Votre résumé\u00a0: 2 campagnes'])
    const [{ email }] = mails as [MailServer['mails'][number]]
    expect(email.text).toContain('1 OUI, 0 NON, 0 en attente (1 nouvelle réponse)')
    expect(email.text).toContain('0 OUI, 1 NON, 0 en attente')
    expect(email.text).toContain('> «\u00a0Dispo lundi, … <b>\u00a0» – Léa M., OUI')
    expect(email.text).toContain('Envoi terminé')
    for (const body of bodies(mails[0]!)) {
      for (const { campaignId } of [one, two]) expect(body.split(`${app.url}/campaigns/${campaignId}`)).toHaveLength(2)
      expect(body).not.toMatch(/39 ?98|Morel/)
    }
    expect(email.html).toContain('&lt;b&gt;')
    await stopClock(database, '2026-11-24T07:00:10Z')
    expect(await work()).toHaveLength(1)
  })

  it('forgets in its stored copy where it led and what people wrote', async () => {
    const { recipientId } = await contact()
    await answer(recipientId, 'yes', 'parole de Léa')
    await work()
    await stopClock(database, '2026-11-23T13:00:10Z')
    expect(bodies((await work())[0]!)[0]).toContain('parole de Léa')
    const admin = await app.signIn(await makeUser(database.db, scope, { role: 'administrator' }))
    const { id } = await database.db.selectFrom('mail').select('id').where('to_address', '=', user.email).executeTakeFirstOrThrow()
    const page = await admin.get(`/admin/mail/${id}`)
    expect(page.text).toContain('1 OUI, 0 NON')
    expect(page.text).not.toContain('parole de Léa')
  })

  it('that was missed while nobody was at work comes once; what came since it waits for the next', async () => {
    const { campaignId, recipientId } = await contact()
    await answer(recipientId, 'yes')
    await work()
    // Both digests of the day went by.
    await stopClock(database, '2026-11-23T16:00:00Z')
    expect(await work()).toHaveLength(1)
    await say('campaign_completed', { campaignId })
    expect(await work()).toHaveLength(1)
    await stopClock(database, '2026-11-24T07:00:05Z')
    const mails = await work()
    expect(mails).toHaveLength(2)
    // What the first one told is not new any more.
    expect(mails[1]!.email.text).not.toContain('nouvelle réponse')
  })

  it('comes at the chosen hour on the company’s clock, also when the clock changes', async () => {
    await choose({ digestHours: [7] })
    await stopClock(database, '2026-10-23T15:00:00Z') // the last Friday of summer time
    await say('campaign_completed')
    await work()
    await stopClock(database, '2026-10-26T05:59:00Z')
    expect(await work()).toHaveLength(0)
    await stopClock(database, '2026-10-26T06:00:30Z') // 07:00, winter time
    expect(await work()).toHaveLength(1)
  })
})

describe('Answers', () => {
  it('are one unread line per campaign that counts, and begin anew once it is read', async () => {
    const first = await contact()
    const second = await makeCandidate(database.db, scope)
    const { rows: [{ id: other }] } = await database.pool.query(
      `with link as (insert into short_link (company_id, code) values ($1, '1123456789123456') returning code)
       insert into recipient (company_id, campaign_id, batch_id, candidate_id, e164, rank, language, code)
       select $1, b.campaign_id, b.id, $3, $4, 2, 'fr', link.code from link, batch b where b.campaign_id = $2 returning id`, [scope.companyId, first.campaignId, second.id, second.e164])
    await answer(first.recipientId, 'yes')
    await Promise.all([gatherNews(app.deps), gatherNews(app.deps)])
    await gatherNews(app.deps)
    const lines = async () => (await database.db.selectFrom('notification').select(['params', 'read_at']).where('user_id', '=', user.id).where('kind', '=', 'answers').orderBy('id').execute()).map(({ params, read_at }) => [(params as { count: number }).count, (params as { yes: number }).yes, read_at !== null])
    expect(await lines()).toEqual([[1, 1, false]])
    await stopClock(database, '2026-11-23T09:00:01Z')
    await answer(other, 'no')
    await gatherNews(app.deps)
    expect(await lines()).toEqual([[2, 1, false]])
    await database.pool.query('update notification set read_at = now() where user_id = $1', [user.id])
    await gatherNews(app.deps)
    expect(await lines()).toEqual([[2, 1, true]])
    await stopClock(database, '2026-11-23T09:00:02Z')
    await recordAnswer(app.deps, scope, other, { choice: 'yes', availableFrom: null, availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 1, source: 'link' })
    await gatherNews(app.deps)
    expect(await lines()).toEqual([[2, 1, true], [1, 1, false]])
  })

  it('are mailed at once to who wants that, and then not again for ten minutes', async () => {
    await choose({ channels: { answers: 'mail' } })
    const { recipientId } = await contact()
    await answer(recipientId, 'yes')
    expect((await work())[0]!.email.subject).toBe('Coffreurs S48\u00a0: 1 nouvelle réponse\u00a0: 1 OUI, 0 NON')
    await stopClock(database, '2026-11-23T09:02:00Z')
    await recordAnswer(app.deps, scope, recipientId, { choice: 'no', availableFrom: null, availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 1, source: 'link' })
    expect(await work()).toHaveLength(1)
    await stopClock(database, '2026-11-23T09:10:01Z')
    expect((await work())[1]!.email.subject).toBe('Coffreurs S48\u00a0: 1 nouvelle réponse\u00a0: 0 OUI, 1 NON')
  })
})

it('trouble with the provider’s account reaches whoever has a campaign under way, once', async () => {
  await contact()
  await database.pool.query("update provider_account set suspended_at = app_now(), suspended_reason = 'credit'")
  await work()
  expect((await work()).map(({ email }) => email.subject)).toEqual(['Erreur – Coffreurs S48\u00a0: Le fournisseur refuse les SMS\u00a0: l’envoi attend'])
  await database.pool.query('update provider_account set suspended_at = null, suspended_reason = null')
})
