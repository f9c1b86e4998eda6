import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeInvitation, makeTestLink } from '../support/factories/landing.ts'
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
})
