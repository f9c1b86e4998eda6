import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linkFor } from '../../src/links/codes.ts'
import { openDatabase } from '../../src/db/pool.ts'
import { startTestApp } from '../support/app.ts'
import { makeInvitation } from '../support/factories/landing.ts'
import { plainSpaces } from '../support/plain-spaces.ts'
import { at, startLanding, storedFor, type LandingTest } from './support.ts'

let landing: LandingTest
beforeAll(async () => { landing = await startLanding() })
afterAll(() => landing.close())

describe('what is no link (S7, S9)', () => {
  it('unknown, expired and revoked get the same bytes, without any company', async () => {
    const expired = await makeInvitation(landing.db)
    const revoked = await makeInvitation(landing.db)
    await landing.db.updateTable('short_link').set({ expires_at: new Date('2026-01-01') }).where('code', '=', expired.code).execute()
    await landing.db.updateTable('short_link').set({ revoked_at: new Date('2026-01-01') }).where('code', '=', revoked.code).execute()
    const guest = plainSpaces(landing.visit())
    const pages = [await guest.get(at(expired)), await guest.get(at(revoked)), await guest.get('/r/zzzzzzzzzzzz'), await guest.get('/r/a.b'), await guest.get(at(expired, '/stop')), await guest.get('/r/%F0%9F%91%B7'), await guest.get('/r/'), await guest.get(`/r/${'a'.repeat(300)}`), await guest.get(at(expired, '/nothing/here'))]
    expect(new Set(pages.map((page) => page.html))).toHaveLength(1)
    expect(pages.map((page) => page.status)).toEqual(Array(9).fill(404))
    expect(pages[0]!.heading).toBe('Ce lien n’est pas valable')
    expect(pages[0]!.text).not.toMatch(/Intérim|Agence \d/)
  })

  it('guessing is stopped, people behind the same address are not', async () => {
    // A proxy we trust tells who asks.
    const proxied = await startTestApp(landing, { env: { TRUST_PROXY: '127.0.0.1' } })
    try {
      const hut = proxied.visit({ 'x-forwarded-for': '203.0.113.7' })
      const guess = () => hut.get(`/r/${Math.random().toString(32).slice(2, 12).replaceAll(/[ilou]/g, '0').padEnd(12, '0')}`)
      const statuses: number[] = []
      for (let n = 0; n < 12; n++) statuses.push((await guess()).status)
      expect(statuses).toEqual([...Array<number>(10).fill(404), 429, 429])
      const invitations = await Promise.all(Array.from({ length: 30 }, () => makeInvitation(landing.db)))
      for (const invitation of invitations) expect((await hut.get(at(invitation))).status).toBe(200)
      // Who keeps on is not looked up any more, not even for a real link.
      for (let n = 0; n < 50; n++) await guess()
      const stopped = await hut.get(at(invitations[0]!))
      expect(stopped.status).toBe(429)
      expect(Number(stopped.headers['retry-after'])).toBeGreaterThan(0)
      expect((await proxied.visit({ 'x-forwarded-for': '203.0.113.8' }).get(at(invitations[0]!))).status).toBe(200)
    } finally {
      await proxied.close()
    }
  })
})

describe('opting out on the page (S8)', () => {
  it('takes the button, shows two digits only, and can be taken back for a day', async () => {
    const invitation = await makeInvitation(landing.db)
    const ask = await landing.visitor.get(at(invitation, '/stop'))
    const phone = () => landing.db.selectFrom('phone').select(['opted_out_at', 'opt_out_source']).where('company_id', '=', invitation.company.id).where('e164', '=', invitation.e164).executeTakeFirst()
    expect(ask.text).toContain(`se terminant par ${invitation.e164.slice(-2)} `)
    expect(ask.text).not.toContain(invitation.e164.slice(-4))
    expect(await phone()).toBeUndefined()
    const done = await landing.visitor.submit(ask, {}, { form: '/stop' })
    expect(done.heading).toBe('Vous ne recevrez plus ces SMS')
    expect(await phone()).toMatchObject({ opt_out_source: 'page' })
    expect(await landing.db.selectFrom('opt_out_event').select(['kind', 'source', 'campaign_id']).where('e164', '=', invitation.e164).where('company_id', '=', invitation.company.id).execute()).toEqual([{ kind: 'opt_out', source: 'page', campaign_id: invitation.campaignId }])

    const back = await landing.visitor.submit(done, {}, { form: '/stop', button: 'Je me suis trompé' })
    expect(back.url).toBe(at(invitation))
    expect(await phone()).toMatchObject({ opted_out_at: null })
  })

  it('cannot be taken back after a day, nor when STOP was texted', async () => {
    for (const change of [{ opted_out_at: new Date(Date.now() - 25 * 3_600_000), opt_out_source: 'page' }, { opted_out_at: new Date(), opt_out_source: 'sms' }]) {
      const invitation = await makeInvitation(landing.db)
      const ask = await landing.visitor.submit(await landing.visitor.get(at(invitation, '/stop')), {}, { form: '/stop' })
      await landing.db.updateTable('phone').set(change).where('company_id', '=', invitation.company.id).where('e164', '=', invitation.e164).execute()
      const later = await landing.visitor.get(at(invitation, '/stop'))
      expect(later.text).not.toContain('Je me suis trompé')
      await landing.visitor.submit(ask, {}, { form: '/stop' })
      expect((await landing.db.selectFrom('phone').select('opted_out_at').where('e164', '=', invitation.e164).where('company_id', '=', invitation.company.id).executeTakeFirst())?.opted_out_at).not.toBeNull()
    }
  })

  it('does nothing without the page before it', async () => {
    const invitation = await makeInvitation(landing.db)
    const ask = await landing.visitor.get(at(invitation, '/stop'))
    const page = await landing.visitor.post(ask, at(invitation, '/stop'), {})
    expect([page.status, page.heading]).toEqual([422, 'Ne plus recevoir ces SMS ?'])
    expect(await landing.db.selectFrom('phone').select('e164').where('company_id', '=', invitation.company.id).execute()).toEqual([])
  })
})

describe('visits', () => {
  it('are counted apart for people and robots, and change nothing else', async () => {
    const invitation = await makeInvitation(landing.db)
    const phone = 'Mozilla/5.0 (Linux; Android 14; SM-A245F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36'
    await landing.visitor.get(at(invitation), { 'user-agent': phone })
    await landing.visitor.get(at(invitation), { 'user-agent': phone, 'sec-purpose': 'prefetch' })
    await landing.visitor.get(at(invitation), { 'user-agent': 'WhatsApp/2.23' })
    await landing.visitor.agent.head(at(invitation)).set('user-agent', phone)
    await expect.poll(async () => landing.db.selectFrom('short_link').select(['fetch_count', 'robot_fetch_count']).where('code', '=', invitation.code).executeTakeFirst()).toEqual({ fetch_count: 1, robot_fetch_count: 3 })
    expect(await storedFor(landing.db, invitation)).toMatchObject({ versions: 0, notes: 0 })
  })

  it('held in memory are written when the application closes', async () => {
    const other = await startTestApp(landing)
    const invitation = await makeInvitation(landing.db)
    await other.visit().get(at(invitation), { 'user-agent': 'curl/8' })
    await other.close()
    expect(await landing.db.selectFrom('short_link').select('robot_fetch_count').where('code', '=', invitation.code).executeTakeFirst()).toEqual({ robot_fetch_count: 1 })
  })
})

describe('links on a host of their own', () => {
  it('serve the page at the root, and nothing else of the application', async () => {
    const own = await startTestApp(landing, { env: { LINK_URL: 'http://sms.example.test' } })
    try {
      const invitation = await makeInvitation(landing.db)
      expect(linkFor(own.deps.config, invitation.code)).toBe(`http://sms.example.test/${invitation.code}`)
      const phone = plainSpaces(own.visit({ host: 'sms.example.test' }))
      const page = await phone.get(`/${invitation.code}`)
      expect([page.status, page.heading]).toEqual([200, 'Vos disponibilités'])
      expect((await phone.submit(page, { answer: 'no' }, { form: '/answer', headers: { host: 'sms.example.test' } })).status).toBeLessThan(400)
      expect((await storedFor(landing.db, invitation)).versions).toBe(1)
      for (const path of ['/', '/login', '/candidates', '/assets/app.css', '/favicon.ico', '/robots.txt']) {
        const other = await phone.get(path)
        expect([path, other.status, other.heading]).toEqual([path, 404, 'Ce lien n’est pas valable'])
      }
      const recruiter = own.visit()
      expect((await recruiter.get('/login')).status).toBe(200)
      expect((await recruiter.get(`/${invitation.code}`)).status).toBe(404)
    } finally {
      await own.close()
    }
  })
})

describe('when the database is away (S10)', () => {
  it('the page says to come back, and how soon', async () => {
    const nowhere = await openDatabase({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none', dataDir: 'unused' })
    const down = await startTestApp(nowhere)
    const page = await plainSpaces(down.visit()).get('/r/zzzzzzzzzzzz')
    expect([page.status, page.heading]).toEqual([503, 'Service momentanément indisponible'])
    expect(page.headers['retry-after']).toBe('30')
    await down.close()
    await nowhere.close()
  })
})
