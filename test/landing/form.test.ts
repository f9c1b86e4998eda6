import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeInvitation } from '../support/factories/landing.ts'
import { at, startLanding, type LandingTest } from './support.ts'

let landing: LandingTest
beforeAll(async () => { landing = await startLanding() })
afterAll(() => landing.close())

describe('the form (S1)', () => {
  it('asks OUI or NON, offers days in words, and says who asks and why', async () => {
    const invitation = await makeInvitation(landing.db)
    await landing.db.updateTable('company').set({ town: 'Lyon', phone: '01 99 00 12 34', opening_hours: '8 h – 18 h' }).where('id', '=', invitation.company.id).execute()
    const page = await landing.visitor.get(at(invitation))
    expect(page.status).toBe(200)
    expect(page.text).toContain('OUI, je suis disponible')
    expect(page.text).toContain('NON, pas en ce moment')
    expect(page.text).toContain('À partir de quand ?')
    expect(page.text).toContain('Lundi ')
    expect(page.text).toMatch(/Appelez Sophie au 01 99 00 12 34/)
    expect(page.html).toContain('href="tel:+33199001234"')
    expect(page.text).toContain('à Lyon')
    expect(page.text).not.toContain('Karim')
    expect(page.html).not.toMatch(/ checked>/)
  })

  it('leaves the dates out of a simple campaign and asks its question (S82, S84)', async () => {
    const page = await landing.visitor.get(at(await makeInvitation(landing.db, { kind: 'simple', question: 'Avez-vous vos chaussures de sécurité ?' })))
    expect(page.text).toContain('Avez-vous vos chaussures de sécurité ?')
    expect(page.text).not.toContain('À partir de quand')
  })

  it('begins with the day the record already has', async () => {
    const page = await landing.visitor.get(at(await makeInvitation(landing.db, { availability: 'available', availableFrom: '2027-03-03' })))
    expect(page.text).toContain('Comme prévu : mercredi 3 mars 2027')
    const past = await landing.visitor.get(at(await makeInvitation(landing.db, { availability: 'available', availableFrom: '2026-01-05' })))
    expect(past.text).not.toContain('Comme prévu')
  })

  it('is kept by the browser but by no cache, shown in no index or frame, and sets no cookie (§1.10)', async () => {
    const { headers } = await landing.visitor.get(at(await makeInvitation(landing.db)))
    expect(headers['cache-control']).toBe('private, no-cache')
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect(headers['x-robots-tag']).toContain('noindex')
    expect(headers['vary']).toBe('Accept, Accept-Encoding, Accept-Language, Save-Data')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; img-src 'self' data:; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/)
    expect(headers['set-cookie']).toBeUndefined()
  })

  it('is found however the code was typed, and HEAD is answered too', async () => {
    const invitation = await makeInvitation(landing.db, { code: '0a1b2c3d4e5f' })
    expect((await landing.visitor.get('/r/OAlB-2C3D-4E5F')).status).toBe(200)
    const head = await landing.visitor.agent.head(at(invitation))
    expect([head.status, head.text]).toEqual([200, undefined])
  })
})

describe('the language (§1.8)', () => {
  it('is that of the record, and the choice made on the page before it; it sticks', async () => {
    const invitation = await makeInvitation(landing.db, { candidateLanguage: 'en' })
    const english = await landing.visitor.get(at(invitation))
    expect(english.html).toContain('<html lang="en">')
    const french = await landing.visitor.get(at(invitation, '?lang=fr'))
    expect(french.html).toContain('<html lang="fr">')
    const refused = await landing.visitor.submit(french, {}, { form: '/answer' })
    expect(refused.text).toContain('Choisissez OUI ou NON')
    const saved = await landing.visitor.submit(refused, { answer: 'no' }, { form: '/answer' })
    expect(saved.url).toBe(at(invitation, '?lang=fr'))
    expect(saved.heading).toBe('Merci, votre réponse est enregistrée')
    for (const place of ['/stop?lang=fr', '?edit=1&lang=fr']) {
      const page = await landing.visitor.get(at(invitation, place))
      expect(page.html).toContain(`href="${at(invitation, place.replace('lang=fr', 'lang=en').replace('&', '&amp;'))}"`)
    }
  })

  it.each([['en-GB,en;q=0.9,fr;q=0.2', 'en'], ['de,fr;q=0.5,en;q=0.4', 'fr'], ['ar', 'fr'], ['en;q=0, fr;q=0.1', 'fr'], ['', 'fr'], ['x'.repeat(9000), 'fr']])('without a record follows the browser: %s', async (accepted, language) => {
    const page = await landing.visitor.get(at(await makeInvitation(landing.db)), { 'accept-language': accepted })
    expect(page.html).toContain(`<html lang="${language}">`)
  })
})
