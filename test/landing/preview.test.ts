import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findDraft, writeDraft } from '../../src/companies/branding.queries.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeBranding, makeInvitation, makeTestLink } from '../support/factories/landing.ts'
import { dayFromNow, startLanding, storedFor, type LandingTest } from './support.ts'

let landing: LandingTest
beforeAll(async () => { landing = await startLanding() })
afterAll(() => landing.close())

describe('a preview (S11)', () => {
  it('of a test SMS looks like the page, carries a ribbon, and keeps nothing', async () => {
    const invitation = await makeInvitation(landing.db, { kind: 'simple' })
    const code = await makeTestLink(landing.db, invitation)
    const page = await landing.visitor.get(`/r/${code}`)
    expect(page.text).toContain('Aperçu : rien n’est enregistré')
    const sent = await landing.visitor.submit(page, { answer: 'yes', comment: 'essai' }, { form: '/answer' })
    expect(sent.heading).toBe('Merci, votre réponse est enregistrée')
    expect((await landing.visitor.submit(page, {}, { form: '/answer' })).status).toBe(422)
    const stopped = await landing.visitor.submit(await landing.visitor.get(`/r/${code}/stop`), {}, { form: '/stop' })
    expect(stopped.heading).toBe('Vous ne recevrez plus ces SMS')
    expect(await storedFor(landing.db, invitation)).toMatchObject({ versions: 0, notes: 0 })
    expect(await landing.db.selectFrom('phone').select('e164').where('company_id', '=', invitation.company.id).execute()).toEqual([])
  })

  it('of a campaign is for its company, in every state, in a frame of ours', async () => {
    const invitation = await makeInvitation(landing.db)
    const recruiter = await landing.signInAs(await makeUser(landing.db, invitation.scope))
    const url = `/campaigns/${invitation.campaignId}/page`
    const page = await recruiter.get(url)
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'self'")
    expect(page.text).toContain('Aperçu : rien n’est enregistré')
    const refused = await recruiter.submit(page, { answer: 'yes' }, { form: '/page' })
    expect([refused.status, refused.text.includes('Indiquez à partir de quelle date')]).toEqual([422, true])
    expect((await recruiter.submit(refused, { from: 'other', from_date: dayFromNow(4) }, { form: '/page' })).heading).toBe('Merci, votre réponse est enregistrée')
    for (const state of ['answered', 'closed', 'stop', 'stopped', 'nonsense']) expect((await recruiter.get(`${url}?state=${state}&lang=en`)).html).toContain('<html lang="en">')
    expect(await storedFor(landing.db, invitation)).toMatchObject({ versions: 0, notes: 0 })

    const stranger = await landing.signInAs(await makeUser(landing.db, (await makeCompany(landing.db)).scope))
    expect((await stranger.get(url)).status).toBe(404)
    for (const bad of ['0', 'x', '99999999999999999999']) expect((await stranger.get(`/campaigns/${bad}/page`)).status).toBe(404)
  })

  it('of the branding shows both kinds, to those who may edit it', async () => {
    const company = await makeCompany(landing.db, { name: 'Agence du Port' })
    const admin = await landing.signInAs(await makeUser(landing.db, company.scope, { role: 'administrator' }))
    expect((await admin.get('/admin/branding/preview?kind=availability')).text).toContain('À partir de quand')
    const simple = await admin.get('/admin/branding/preview?kind=simple&lang=en')
    expect(simple.text).toContain('Agence du Port')
    expect(simple.text).not.toContain('From when?')
    const recruiter = await landing.signInAs(await makeUser(landing.db, company.scope))
    expect((await recruiter.get('/admin/branding/preview')).status).toBe(403)
  })

  it('of the branding shows each page that a candidate can meet, in light and dark, from the very same templates', async () => {
    const invitation = await makeInvitation(landing.db)
    const admin = await landing.signInAs(await makeUser(landing.db, invitation.scope, { role: 'administrator' }))
    const see = (query: string) => admin.get(`/admin/branding/preview?${query}`)
    const pages: [view: string, status: number, heading: string][] = [
      ['simple', 200, 'Une question pour vous'], ['availability', 200, 'Vos disponibilités'], ['thanks', 200, 'Merci, votre réponse est enregistrée'], ['answered', 200, 'Votre réponse du'],
      ['closed', 200, 'Cette campagne est terminée'], ['error', 422, 'Vos disponibilités'], ['stop', 200, 'Ne plus recevoir ces SMS ?'],
    ]
    for (const [view, status, heading] of pages) {
      const page = await see(`view=${view}`)
      expect([view, page.status, page.heading.startsWith(heading)]).toEqual([view, status, true])
      expect(page.text).toContain('Aperçu : rien n’est enregistré')
    }
    expect((await see('view=error')).text).toContain('Il y a un problème')
    // But for its ribbon and its links it is the page itself.
    const real = (await landing.visitor.get(`/r/${invitation.code}`)).html
    const shown = (await see('view=availability')).html
    const styleOf = (html: string) => /<style>(.*?)<\/style>/s.exec(html)?.[1]
    expect(styleOf(shown)).toBe(styleOf(real))
    const bare = (html: string) => html.replace(/<p class="rib">.*?<\/p>/s, '').replace(/<input type="hidden"[^>]*>/g, '').replace(/ (href|action|method|content)="[^"]*"/g, '').replace(/Vous recevez ce message[^<]*/, '').replace(/Appelez [^<]*/, '')
    expect(bare(shown)).toBe(bare(real))

    const dark = await see('view=simple&scheme=dark')
    expect(styleOf(dark.html)).toContain('color-scheme:dark;')
    expect(styleOf(dark.html)).not.toContain('prefers-color-scheme')
    expect(styleOf((await see('view=simple&scheme=light')).html)).toContain('@media not all')
    // The look goes along from page to page.
    expect(dark.html).toMatch(/href="[^"]*scheme=dark/)
  })

  it('of the branding is its draft, while candidates see what is published', async () => {
    const invitation = await makeInvitation(landing.db)
    await makeBranding(landing.db, invitation.scope, { displayName: 'En ligne', quickDates: ['month_start'], phone: '3949', openingHours: 'le matin', privacyTexts: { fr: 'Rien **que** nous.', en: '' } })
    await landing.db.transaction().execute(async (trx) => writeDraft(trx, invitation.scope, { ...(await findDraft(trx, invitation.scope)), displayName: 'Brouillon', publishedVersion: null, restoredFrom: null, userId: null }))
    const admin = await landing.signInAs(await makeUser(landing.db, invitation.scope, { role: 'administrator' }))
    expect((await admin.get('/admin/branding/preview')).text).toContain('Brouillon')
    const page = await landing.visitor.get(`/r/${invitation.code}`)
    expect(page.text).toContain('En ligne')
    expect(page.text).not.toContain('Brouillon')
    // A number that is no number of the country is shown without a link; a company decides which dates are offered.
    expect(page.text).toContain('3949 Horaires : le matin')
    expect(page.html.match(/name="from"/g)).toHaveLength(2)
    expect(page.html).toMatch(/value="\d{4}-\d\d-01">\p{L}+ 1er \p{L}+/u)
    expect(page.html).toMatch(/<details><summary>Confidentialité<\/summary><p>Rien <strong>que<\/strong> nous\.<\/p>/)
    // What the company wrote in no other language stands there in its own.
    expect((await landing.visitor.get(`/r/${invitation.code}?lang=en`)).html).toMatch(/<details lang="fr"><summary>Privacy<\/summary><p>Rien /)
  })
})
