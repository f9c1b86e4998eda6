import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mintCodes } from '../../src/links/codes.ts'
import { insertLinks } from '../../src/links/queries.ts'
import { keepTargets } from '../../src/links/targets.queries.ts'
import { makeBranding, makeInvitation, makeTestLink, drawnBanner, type Invitation } from '../support/factories/landing.ts'
import { makeCodePage } from '../support/factories/references.ts'
import { plainSpaces } from '../support/plain-spaces.ts'
import { at, startLanding, storedFor, type LandingTest } from './support.ts'

let landing: LandingTest
beforeAll(async () => { landing = await startLanding() })
afterAll(() => landing.close())

const URL = 'https://agence.example.com/emplois?a=1&b=%7Blien%7D#haut'
const PHONE = 'Mozilla/5.0 (Linux; Android 14; SM-A245F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36'
const until = new Date(Date.now() + 86_400_000)

async function target(invitation: Invitation, given: { url: string } | { campaignCodeId: number }): Promise<string> {
  const one = { field: 'url' in given ? 'job_url' : 'campaign_page', url: null, campaignCodeId: null, ...given } as const
  const codes = await landing.db.transaction().execute((trx) => keepTargets(trx, invitation.scope, invitation.campaignId, [one], until))
  return [...codes.values()][0]!
}
const use = (invitation: Invitation, codeId: number) => landing.db.updateTable('campaign').set({ campaign_code_id: codeId }).where('id', '=', invitation.campaignId).execute()
const ask = (code: string, method: 'GET' | 'HEAD' | 'POST' = 'GET', suffix = '', headers: Record<string, string> = {}) => landing.app.inject({ method, url: `/r/${code}${suffix}`, headers: { 'user-agent': PHONE, ...headers } })

describe('a link that leads elsewhere', () => {
  it('goes to the stored address and to nothing that was asked for, without a trace in caches or referrers', async () => {
    const code = await target(await makeInvitation(landing.db), { url: URL })
    for (const suffix of ['', '?url=https://evil.example', '?next=//evil.example&lang=en']) {
      const answer = await ask(code, 'GET', suffix, { referer: 'https://evil.example', 'x-forwarded-host': 'evil.example' })
      expect([answer.statusCode, answer.headers.location, answer.body]).toEqual([302, URL, ''])
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex, nofollow, noarchive', 'x-content-type-options': 'nosniff' })
      expect(answer.headers['set-cookie']).toBeUndefined()
    }
    expect((await ask(code, 'HEAD')).headers.location).toBe(URL)
    expect((await ask(code.toUpperCase())).statusCode).toBe(302)
  })

  it('counts people and robots apart', async () => {
    const code = await target(await makeInvitation(landing.db), { url: URL })
    await ask(code)
    await ask(code, 'HEAD')
    await ask(code, 'GET', '', { 'sec-purpose': 'prefetch' })
    await ask(code, 'GET', '', { 'user-agent': 'WhatsApp/2.23' })
    await expect.poll(() => landing.db.selectFrom('short_link').select(['fetch_count', 'robot_fetch_count']).where('code', '=', code).executeTakeFirst()).toEqual({ fetch_count: 1, robot_fetch_count: 3 })
  })

  it('takes no answer and no opt-out, and is unknown there, expired or revoked: the same bytes', async () => {
    const invitation = await makeInvitation(landing.db)
    const code = await target(invitation, { url: URL })
    const [expired, revoked] = mintCodes(2) as [string, string]
    await insertLinks(landing.db, invitation.scope, [expired, revoked], new Date('2026-01-01'))
    await landing.db.updateTable('short_link').set({ revoked_at: new Date(), expires_at: null }).where('code', '=', revoked).execute()
    await landing.db.insertInto('link_target').values({ company_id: invitation.scope.companyId, code: expired, campaign_id: invitation.campaignId, field: 'career_page', url: URL }).execute()
    await landing.db.insertInto('link_target').values({ company_id: invitation.scope.companyId, code: revoked, campaign_id: invitation.campaignId, field: 'join_network', url: URL }).execute()
    const visitor = plainSpaces(landing.visit())
    const pages = await Promise.all(['zzzzzzzzzzzz', expired, revoked, `${code}/answer`, `${code}/stop`].map((path) => visitor.get(`/r/${path}`)))
    expect(pages.map(({ status }) => status)).toEqual(Array(5).fill(404))
    expect(new Set(pages.map(({ html }) => html))).toHaveLength(1)
    for (const suffix of ['/answer', '/stop']) expect((await ask(code, 'POST', suffix)).statusCode).toBe(404)
    expect(await storedFor(landing.db, invitation)).toMatchObject({ versions: 0, notes: 0 })
  })

  it('has no address but https', async () => {
    const invitation = await makeInvitation(landing.db)
    for (const url of ['http://agence.example.com', 'javascript:alert(1)', '//evil.example']) await expect(target(invitation, { url })).rejects.toThrow(/link_target_url_check/)
  })
})

describe('the page of a campaign code', () => {
  it('is branded, knows nobody, asks nothing, and says whom to call', async () => {
    const invitation = await makeInvitation(landing.db, { firstName: 'Karim', question: 'Avez-vous vos chaussures ?' })
    await landing.db.updateTable('company').set({ phone: '04 65 71 00 12', town: 'Lyon 7e' }).where('id', '=', invitation.company.id).execute()
    const codeId = await makeCodePage(landing.db, invitation, { texts: { fr: { heading: 'Forum <b>de décembre</b>', body: 'Venez **tous**.\n\nÀ Lyon.' } } })
    const code = await target(invitation, { campaignCodeId: codeId })
    const page = await plainSpaces(landing.visit()).get(`/r/${code}`, { 'accept-language': 'fr' })
    expect([page.status, page.heading]).toEqual([200, 'Forum <b>de décembre</b>'])
    expect(page.html).toContain('Venez <strong>tous</strong>.')
    expect(page.html).toMatch(/href="tel:\+33465710012"/)
    expect(page.html).not.toMatch(/<form|<script|Karim|\/stop|\/answer|Aperçu|chaussures|Vous recevez|Sophie/)
    expect(page.headers['cache-control']).toBe('no-store')
    // In a language that has no text of its own, the text says which it is in.
    const english = await plainSpaces(landing.visit()).get(`/r/${code}?lang=en`)
    expect(english.html).toMatch(/<html lang="en">[^]*<h1 lang="fr">/)
  })

  it('is unknown until it is published, and again once it is withdrawn', async () => {
    const invitation = await makeInvitation(landing.db)
    const codeId = await makeCodePage(landing.db, invitation, { isPublished: false })
    const code = await target(invitation, { campaignCodeId: codeId })
    const publish = (at: Date | null) => landing.db.updateTable('campaign_code').set({ published_at: at }).where('id', '=', codeId).execute()
    expect((await ask(code)).statusCode).toBe(404)
    await publish(new Date())
    expect((await ask(code)).statusCode).toBe(200)
    await publish(null)
    const withdrawn = await ask(code)
    expect([withdrawn.statusCode, withdrawn.body]).toEqual([404, (await ask('zzzzzzzzzzzz')).body])
  })

  it('weighs as little as the others', async () => {
    const invitation = await makeInvitation(landing.db)
    const code = await target(invitation, { campaignCodeId: await makeCodePage(landing.db, invitation, { texts: { fr: { heading: 'x'.repeat(120), body: 'Nous cherchons des personnes disponibles. '.repeat(9) } } }) })
    const answer = await ask(code, 'GET', '', { 'accept-encoding': 'br', 'save-data': 'on' })
    expect(answer.rawPayload.length).toBeLessThanOrEqual(4_000)
    expect(answer.body.toString()).not.toMatch(/<script|<link rel="stylesheet"/)
  })
})

describe('a personal page of a campaign with a code', () => {
  it.each(['simple', 'availability'] as const)('of kind %s shows the words and pictures of the code, and the company’s for what is missing', async (kind) => {
    const invitation = await makeInvitation(landing.db, { kind })
    await makeBranding(landing.db, invitation.scope, { header: await drawnBanner('Agence', '#0b5d4e'), footer: await drawnBanner('Pied', '#333333'), body: 'Le texte de l’agence.' })
    const own = plainSpaces(landing.visit())
    const before = await own.get(at(invitation))
    const images = await landing.db.selectFrom('branding_version').select(['header_image_id', 'footer_image_id']).where('company_id', '=', invitation.company.id).executeTakeFirstOrThrow()
    const codeId = await makeCodePage(landing.db, invitation, { texts: { fr: { heading: 'Forum de décembre', body: '' } } })
    await use(invitation, codeId)
    const page = await own.get(at(invitation))
    expect([page.heading, before.heading === page.heading]).toEqual(['Forum de décembre', false])
    expect(page.text).toContain('Le texte de l’agence.')
    expect(page.html).toContain(images.header_image_id)
    // The footer's picture stands in for the header's, to see another one there.
    await landing.db.updateTable('campaign_code').set({ header_image_id: images.footer_image_id, version: 2 }).where('id', '=', codeId).execute()
    const pictured = await own.get(at(invitation))
    expect(pictured.html).not.toContain(images.header_image_id)
    expect((await own.get(at(invitation, '?lang=en'))).heading).not.toBe('Forum de décembre')
    await landing.db.updateTable('campaign_code').set({ published_at: null, version: 3 }).where('id', '=', codeId).execute()
    expect((await own.get(at(invitation))).heading).toBe(before.heading)
    // Another campaign of the same company has the company's page.
    const other = await makeInvitation(landing.db, { kind, company: invitation.company })
    expect((await own.get(at(other))).heading).toBe(before.heading)
  })

  it('takes its answer, and a test link shows the same', async () => {
    const invitation = await makeInvitation(landing.db, { kind: 'simple' })
    await use(invitation, await makeCodePage(landing.db, invitation))
    const page = await landing.visitor.get(at(invitation))
    expect(page.heading).toBe('Forum de décembre')
    await landing.visitor.submit(page, { answer: 'yes' }, { form: '/answer' })
    expect(await storedFor(landing.db, invitation)).toMatchObject({ versions: 1 })
    const test = await landing.visitor.get(`/r/${await makeTestLink(landing.db, invitation)}`)
    expect([test.heading, test.text]).toEqual(['Forum de décembre', expect.stringContaining('Aperçu')])
  })
})
