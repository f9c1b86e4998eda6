import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/pool.ts'
import { linkFor } from '../../src/links/codes.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeInvitation, makeTestLink, type Invitation } from '../support/factories/landing.ts'
import { links, visit, type Page, type Visitor } from '../support/page.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

let test: TestDatabase
let app: TestApp
let visitor: Visitor
beforeAll(async () => {
  test = await createTestDatabase()
  app = await startTestApp(test)
  visitor = plainSpaces(app.visit())
})
afterAll(async () => {
  await app.close()
  await test.close()
})

const at = (invitation: Pick<Invitation, 'code'>, suffix = '') => `/r/${invitation.code}${suffix}`
const dayFromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
const signIn = async (user: { email: string; password: string }) => plainSpaces(await app.signIn(user))
const storedFor = async (invitation: Invitation) => ({
  answer: await test.db.selectFrom('answer').selectAll().where('recipient_id', '=', invitation.recipientId).executeTakeFirst(),
  versions: (await test.db.selectFrom('answer_version').select('id').where('recipient_id', '=', invitation.recipientId).execute()).length,
  notes: (await test.db.selectFrom('follow_up_note').select('id').where('recipient_id', '=', invitation.recipientId).execute()).length,
})
const answerWith = async (invitation: Invitation, values: Record<string, string>, who = visitor): Promise<Page> =>
  who.submit(await who.get(at(invitation)), values, { form: '/answer' })

describe('the form (S1)', () => {
  it('asks OUI or NON, offers days in words, and says who asks and why', async () => {
    const invitation = await makeInvitation(test.db)
    await test.db.updateTable('company').set({ town: 'Lyon', phone: '01 99 00 12 34', opening_hours: '8 h – 18 h' }).where('id', '=', invitation.company.id).execute()
    const page = await visitor.get(at(invitation))
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
    const page = await visitor.get(at(await makeInvitation(test.db, { kind: 'simple', question: 'Avez-vous vos chaussures de sécurité ?' })))
    expect(page.text).toContain('Avez-vous vos chaussures de sécurité ?')
    expect(page.text).not.toContain('À partir de quand')
  })

  it('begins with the day the record already has', async () => {
    const page = await visitor.get(at(await makeInvitation(test.db, { availability: 'available', availableFrom: '2027-03-03' })))
    expect(page.text).toContain('Comme prévu : mercredi 3 mars 2027')
    const past = await visitor.get(at(await makeInvitation(test.db, { availability: 'available', availableFrom: '2026-01-05' })))
    expect(past.text).not.toContain('Comme prévu')
  })

  it('is kept by the browser but by no cache, shown in no index or frame, and sets no cookie (§1.10)', async () => {
    const { headers } = await visitor.get(at(await makeInvitation(test.db)))
    expect(headers['cache-control']).toBe('private, no-cache')
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect(headers['x-robots-tag']).toContain('noindex')
    expect(headers['vary']).toBe('Accept, Accept-Encoding, Accept-Language, Save-Data')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; img-src 'self' data:; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/)
    expect(headers['set-cookie']).toBeUndefined()
  })

  it('is found however the code was typed, and HEAD is answered too', async () => {
    const invitation = await makeInvitation(test.db, { code: '0a1b2c3d4e5f' })
    expect((await visitor.get('/r/OAlB-2C3D-4E5F')).status).toBe(200)
    const head = await visitor.agent.head(at(invitation))
    expect([head.status, head.text]).toEqual([200, undefined])
  })
})

describe('the language (§1.8)', () => {
  it('is that of the record, and the choice made on the page before it; it sticks', async () => {
    const invitation = await makeInvitation(test.db, { candidateLanguage: 'en' })
    const english = await visitor.get(at(invitation))
    expect(english.html).toContain('<html lang="en">')
    const french = await visitor.get(at(invitation, '?lang=fr'))
    expect(french.html).toContain('<html lang="fr">')
    const refused = await visitor.submit(french, {}, { form: '/answer' })
    expect(refused.text).toContain('Choisissez OUI ou NON')
    const saved = await visitor.submit(refused, { answer: 'no' }, { form: '/answer' })
    expect(saved.url).toBe(at(invitation, '?lang=fr'))
    expect(saved.heading).toBe('Merci, votre réponse est enregistrée')
  })

  it.each([['en-GB,en;q=0.9,fr;q=0.2', 'en'], ['de,fr;q=0.5,en;q=0.4', 'fr'], ['ar', 'fr'], ['en;q=0, fr;q=0.1', 'fr'], ['', 'fr'], ['x'.repeat(9000), 'fr']])('without a record follows the browser: %s', async (accepted, language) => {
    const page = await visitor.get(at(await makeInvitation(test.db)), { 'accept-language': accepted })
    expect(page.html).toContain(`<html lang="${language}">`)
  })
})

describe('an answer', () => {
  it('is confirmed in words, and stays there when the link is opened again (S3, S4)', async () => {
    const invitation = await makeInvitation(test.db)
    const start = dayFromNow(40)
    const page = await answerWith(invitation, { answer: 'yes', from: 'other', from_date: start, until: dayFromNow(60), comment: 'plutôt le matin' })
    expect(page.url).toBe(at(invitation))
    expect(page.heading).toBe('Merci, votre réponse est enregistrée')
    expect(page.headers['cache-control']).toBe('no-store')
    expect(page.text).toMatch(/Disponible à partir du (lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) \d+ \S+ 20\d\d/)
    expect(page.text).toContain('plutôt le matin')
    expect(await storedFor(invitation)).toMatchObject({ answer: { choice: 'yes', available_from: start }, versions: 1, notes: 1 })

    await test.db.updateTable('answer').set({ answered_at: new Date('2026-11-21T13:05:00Z') }).where('recipient_id', '=', invitation.recipientId).execute()
    const again = await visitor.get(at(invitation))
    expect(again.heading).toBe('Votre réponse du 21 novembre 2026 à 14:05')
    expect(again.text).toContain('Vous avez répondu OUI')
  })

  it('can be corrected; both versions are kept (S5, S94)', async () => {
    const invitation = await makeInvitation(test.db)
    const saved = await answerWith(invitation, { answer: 'yes', from: 'other', from_date: dayFromNow(3), comment: 'permis B' })
    const edit = links(saved).find(({ text }) => text === 'Modifier ma réponse')
    const form = await visitor.get(edit!.href)
    expect(form.headers['cache-control']).toBe('private, no-cache')
    expect(form.html).toMatch(/id="yes" value="yes" checked/)
    expect(form.text).toContain('permis B')
    expect(form.text).toContain('Annuler')
    const changed = await visitor.submit(form, { answer: 'no' }, { form: '/answer', button: 'Enregistrer la modification' })
    expect(changed.text).toContain('Vous avez répondu NON')
    expect(await storedFor(invitation)).toMatchObject({ answer: { choice: 'no', version: 2 }, versions: 2, notes: 2 })
  })

  it('from a phone that did not know of a newer one is not written over it', async () => {
    const invitation = await makeInvitation(test.db)
    const early = await visitor.get(at(invitation))
    await answerWith(invitation, { answer: 'no' })
    const asked = await visitor.submit(early, { answer: 'yes', from: 'other', from_date: dayFromNow(2), comment: 'finalement oui' }, { form: '/answer' })
    expect(asked.status).toBe(409)
    expect(asked.text).toMatch(/Vous avez déjà répondu NON le .* peut-être depuis un autre appareil/)
    expect(asked.text).toContain('finalement oui')
    expect((await storedFor(invitation)).versions).toBe(1)
    expect((await visitor.get(links(asked).find(({ text }) => text === 'Garder ma réponse précédente')!.href)).text).toContain('Vous avez répondu NON')
    const replaced = await visitor.submit(asked, {}, { form: '/answer' })
    expect(replaced.text).toContain('Vous avez répondu OUI')
    expect((await storedFor(invitation)).versions).toBe(2)
  })

  it('sent twice by an impatient thumb is one answer (F-42)', async () => {
    const invitation = await makeInvitation(test.db)
    const form = await visitor.get(at(invitation))
    const pages = await Promise.all([1, 2, 3].map(() => visitor.submit(form, { answer: 'no' }, { form: '/answer' })))
    expect(pages.map((page) => [page.status, page.heading])).toEqual(Array(3).fill([200, 'Merci, votre réponse est enregistrée']))
    expect(await storedFor(invitation)).toMatchObject({ versions: 1, notes: 1 })
  })

  it('whose page never came back is not stored again by a retry (F-46)', async () => {
    const invitation = await makeInvitation(test.db)
    const form = await visitor.get(at(invitation))
    await visitor.submit(form, { answer: 'no' }, { form: '/answer' })
    // A second application: the first one died after its commit.
    const other = await startTestApp(test)
    try {
      const retried = await plainSpaces(visit(other.app)).submit(form, { answer: 'no' }, { form: '/answer' })
      expect(retried.heading).toBe('Merci, votre réponse est enregistrée')
      expect(await storedFor(invitation)).toMatchObject({ versions: 1, notes: 1 })
    } finally {
      await other.close()
    }
  })
})

describe('an answer that cannot be taken (S2, F-47)', () => {
  it.each([
    ['nothing at all', {}, 'Choisissez OUI ou NON'],
    ['no start', { answer: 'yes' }, 'Indiquez à partir de quelle date vous êtes disponible'],
    ['a day of the past', { answer: 'yes', from: 'other', from_date: '2026-01-05' }, 'La date de début doit être aujourd’hui ou après'],
    ['a day that does not exist', { answer: 'yes', from: 'other', from_date: '31 février' }, 'Cette date n’existe pas : 31 février'],
    ['the month first', { answer: 'yes', from: 'other', from_date: '12/24/2027' }, 'Vouliez-vous dire vendredi 24 décembre 2027 ?'],
    ['an end before the start', { answer: 'yes', from: 'other', from_date: '24/12/2027', until: '23.12.27' }, 'La date de fin doit être le vendredi 24 décembre 2027 ou après'],
    ['words for a date', { answer: 'yes', from: 'other', from_date: 'bientôt' }, 'Écrivez la date avec le jour, le mois et l’année, par exemple : 23/11/2026'],
    ['a far future', { answer: 'yes', from: 'other', from_date: '9999-12-31' }, 'La date de début doit être le'],
    ['a long comment', { answer: 'no', comment: 'é'.repeat(501) }, 'Le commentaire doit tenir en 500 caractères : il en compte 501'],
  ])('%s: the same page, the same values, the reason twice', async (_, values, reason) => {
    const invitation = await makeInvitation(test.db)
    const page = await answerWith(invitation, values as Record<string, string>)
    expect(page.status).toBe(422)
    expect(page.title).toMatch(/^Erreur : /)
    expect(page.text.split(reason)).toHaveLength(3)
    expect(page.html).toMatch(/class="sum" role="alert" tabindex="-1" autofocus/)
    for (const typed of Object.values(values)) expect(page.html).toContain(typed === 'yes' ? 'value="yes" checked' : typed)
    expect(page.headers['cache-control']).toBe('private, no-cache')
    // The next form posts to yet another address, or a lost connection would lose the answers (B17).
    expect(page.html).toContain(`action="${at(invitation, '/answer?e=1')}"`)
    expect(await storedFor(invitation)).toEqual({ answer: undefined, versions: 0, notes: 0 })
    expect((await visitor.submit(page, { answer: 'no', from: undefined, from_date: undefined, until: undefined, comment: undefined }, { form: '/answer' })).text).toContain('Vous avez répondu NON')
  })

  it('without the page before it is shown again, with what was sent kept', async () => {
    const invitation = await makeInvitation(test.db)
    const form = await visitor.get(at(invitation))
    for (const forged of ['', 'x', '00000000-0000-4000-8000-000000000000.0.abc.AAAAAAAAAAAAAAAAAAAAAA']) {
      const page = await visitor.post(form, at(invitation, '/answer'), { form: forged, answer: 'no', comment: 'gardez ceci' })
      expect(page.status).toBe(422)
      expect(page.text).toContain('Cette page était ouverte depuis trop longtemps')
      expect(page.text).toContain('gardez ceci')
    }
    // The form of another link is no form of this one.
    const other = await makeInvitation(test.db)
    const borrowed = /name="form" value="([^"]+)"/.exec((await visitor.get(at(other))).html)![1]!
    expect((await visitor.post(form, at(invitation, '/answer'), { form: borrowed, answer: 'no' })).status).toBe(422)
    expect((await storedFor(invitation)).versions).toBe(0)
  })

  it('hostile text comes back as text', async () => {
    const invitation = await makeInvitation(test.db)
    const comment = `</textarea><script>alert(1)</script><img src=x onerror=alert(1)> " ' & 👷🏽 %00 {{7*7}} <%= 1 %>`
    const refused = await answerWith(invitation, { comment })
    const saved = await visitor.submit(refused, { answer: 'no' }, { form: '/answer' })
    for (const page of [refused, saved]) {
      expect(page.html).not.toMatch(/<script|<img/)
      expect(page.text).toContain('<script>alert(1)</script>')
    }
    expect((await storedFor(invitation)).answer?.comment).toBe(comment)
  })

  it('10,000 dates, a comment of 5 MB, JSON or nothing: a sentence and nothing stored', async () => {
    const invitation = await makeInvitation(test.db)
    const form = await visitor.get(at(invitation))
    const seal = /name="form" value="([^"]+)"/.exec(form.html)![1]!
    const dates = (count: number) => visitor.post(form, at(invitation, '/answer'), { form: seal, answer: 'yes', until: Array<string>(count).fill('2027-01-01') })
    expect([(await dates(3_000)).status, (await dates(10_000)).status]).toEqual([422, 413])
    // Without a socket: a real one is closed on the sender before he has written it all.
    const huge = await app.app.inject({ method: 'POST', url: at(invitation, '/answer'), headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: `form=${seal}&answer=no&comment=${'x'.repeat(5_000_000)}` })
    expect([huge.statusCode, huge.body.includes('Votre réponse est trop longue')]).toEqual([413, true])
    const json = await visitor.agent.post(at(invitation, '/answer')).send({ form: seal, answer: { $ne: 1 } })
    expect(json.status).toBe(422)
    expect((await visitor.agent.post(at(invitation, '/answer'))).status).toBe(422)
    expect((await visitor.agent.post(at(invitation, '/answer')).set('content-type', 'text/xml').send('<a/>')).status).toBe(415)
    expect((await storedFor(invitation)).versions).toBe(0)
  })

  it('opened by itself, the answer address leads to the link', async () => {
    const invitation = await makeInvitation(test.db)
    const response = await visitor.agent.get(at(invitation, '/answer?lang=en'))
    expect([response.status, response.headers['location']]).toEqual([303, at(invitation, '?lang=en')])
  })

  it('is refused after twenty tries in a minute, for this link only (S9)', async () => {
    const invitation = await makeInvitation(test.db)
    const form = await visitor.get(at(invitation))
    for (let n = 0; n < 20; n++) await visitor.post(form, at(invitation, '/answer'), {})
    const page = await visitor.post(form, at(invitation, '/answer'), { answer: 'no' })
    expect([page.status, page.heading]).toEqual([429, 'Trop d’essais'])
    expect(Number(page.headers['retry-after'])).toBeGreaterThan(0)
    expect((await answerWith(await makeInvitation(test.db), { answer: 'no' })).status).toBe(200)
  })
})

describe('a closed campaign (S6)', () => {
  it('says so, shows the last answer, and still lets people opt out', async () => {
    const invitation = await makeInvitation(test.db)
    const form = await visitor.get(at(invitation))
    await answerWith(invitation, { answer: 'no', comment: 'pas avant mars' })
    await test.db.updateTable('campaign').set({ closed_at: new Date('2026-11-21T08:00:00Z') }).where('id', '=', invitation.campaignId).execute()
    const page = await visitor.get(at(invitation))
    expect([page.status, page.heading]).toEqual([200, 'Cette campagne est terminée'])
    expect(page.text).toContain('21 novembre 2026 à 09:00')
    expect(page.text).toContain('pas avant mars')
    expect(page.html).not.toContain('<form')
    const late = await visitor.submit(form, { answer: 'yes', from: 'other', from_date: dayFromNow(2) }, { form: '/answer' })
    expect([late.status, late.heading]).toEqual([200, 'Cette campagne est terminée'])
    expect((await storedFor(invitation)).versions).toBe(1)
    expect((await visitor.get(at(invitation, '/stop'))).text).toContain('Oui, ne plus recevoir de SMS')
  })
})

describe('what is no link (S7, S9)', () => {
  it('unknown, expired and revoked get the same bytes, without any company', async () => {
    const expired = await makeInvitation(test.db)
    const revoked = await makeInvitation(test.db)
    await test.db.updateTable('short_link').set({ expires_at: new Date('2026-01-01') }).where('code', '=', expired.code).execute()
    await test.db.updateTable('short_link').set({ revoked_at: new Date('2026-01-01') }).where('code', '=', revoked.code).execute()
    const guest = plainSpaces(app.visit())
    const pages = [await guest.get(at(expired)), await guest.get(at(revoked)), await guest.get('/r/zzzzzzzzzzzz'), await guest.get('/r/a.b'), await guest.get(at(expired, '/stop')), await guest.get('/r/%F0%9F%91%B7')]
    expect(new Set(pages.map((page) => page.html))).toHaveLength(1)
    expect(pages.map((page) => page.status)).toEqual(Array(6).fill(404))
    expect(pages[0]!.heading).toBe('Ce lien n’est pas valable')
    expect(pages[0]!.text).not.toMatch(/Intérim|Agence \d/)
  })

  it('guessing is stopped, people behind the same address are not', async () => {
    // A proxy we trust tells who asks.
    const proxied = await startTestApp(test, { env: { TRUST_PROXY: '127.0.0.1' } })
    try {
      const hut = proxied.visit({ 'x-forwarded-for': '203.0.113.7' })
      const guess = () => hut.get(`/r/${Math.random().toString(32).slice(2, 12).replaceAll(/[ilou]/g, '0').padEnd(12, '0')}`)
      const statuses: number[] = []
      for (let n = 0; n < 12; n++) statuses.push((await guess()).status)
      expect(statuses).toEqual([...Array<number>(10).fill(404), 429, 429])
      const invitations = await Promise.all(Array.from({ length: 30 }, () => makeInvitation(test.db)))
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
    const invitation = await makeInvitation(test.db)
    const ask = await visitor.get(at(invitation, '/stop'))
    const phone = () => test.db.selectFrom('phone').select(['opted_out_at', 'opt_out_source']).where('company_id', '=', invitation.company.id).where('e164', '=', invitation.e164).executeTakeFirst()
    expect(ask.text).toContain(`se terminant par ${invitation.e164.slice(-2)} `)
    expect(ask.text).not.toContain(invitation.e164.slice(-4))
    expect(await phone()).toBeUndefined()
    const done = await visitor.submit(ask, {}, { form: '/stop' })
    expect(done.heading).toBe('Vous ne recevrez plus ces SMS')
    expect(await phone()).toMatchObject({ opt_out_source: 'page' })
    expect(await test.db.selectFrom('opt_out_event').select(['kind', 'source', 'campaign_id']).where('e164', '=', invitation.e164).where('company_id', '=', invitation.company.id).execute()).toEqual([{ kind: 'opt_out', source: 'page', campaign_id: invitation.campaignId }])

    const back = await visitor.submit(done, {}, { form: '/stop', button: 'Je me suis trompé' })
    expect(back.url).toBe(at(invitation))
    expect(await phone()).toMatchObject({ opted_out_at: null })
  })

  it('cannot be taken back after a day, nor when STOP was texted', async () => {
    for (const change of [{ opted_out_at: new Date(Date.now() - 25 * 3_600_000), opt_out_source: 'page' }, { opted_out_at: new Date(), opt_out_source: 'sms' }]) {
      const invitation = await makeInvitation(test.db)
      const ask = await visitor.submit(await visitor.get(at(invitation, '/stop')), {}, { form: '/stop' })
      await test.db.updateTable('phone').set(change).where('company_id', '=', invitation.company.id).where('e164', '=', invitation.e164).execute()
      const later = await visitor.get(at(invitation, '/stop'))
      expect(later.text).not.toContain('Je me suis trompé')
      await visitor.submit(ask, {}, { form: '/stop' })
      expect((await test.db.selectFrom('phone').select('opted_out_at').where('e164', '=', invitation.e164).where('company_id', '=', invitation.company.id).executeTakeFirst())?.opted_out_at).not.toBeNull()
    }
  })

  it('does nothing without the page before it', async () => {
    const invitation = await makeInvitation(test.db)
    const ask = await visitor.get(at(invitation, '/stop'))
    const page = await visitor.post(ask, at(invitation, '/stop'), {})
    expect([page.status, page.heading]).toEqual([422, 'Ne plus recevoir ces SMS ?'])
    expect(await test.db.selectFrom('phone').select('e164').where('company_id', '=', invitation.company.id).execute()).toEqual([])
  })
})

describe('a preview (S11)', () => {
  it('of a test SMS looks like the page, carries a ribbon, and keeps nothing', async () => {
    const invitation = await makeInvitation(test.db, { kind: 'simple' })
    const code = await makeTestLink(test.db, invitation)
    const page = await visitor.get(`/r/${code}`)
    expect(page.text).toContain('Aperçu : rien n’est enregistré')
    const sent = await visitor.submit(page, { answer: 'yes', comment: 'essai' }, { form: '/answer' })
    expect(sent.heading).toBe('Merci, votre réponse est enregistrée')
    expect((await visitor.submit(page, {}, { form: '/answer' })).status).toBe(422)
    const stopped = await visitor.submit(await visitor.get(`/r/${code}/stop`), {}, { form: '/stop' })
    expect(stopped.heading).toBe('Vous ne recevrez plus ces SMS')
    expect(await storedFor(invitation)).toMatchObject({ versions: 0, notes: 0 })
    expect(await test.db.selectFrom('phone').select('e164').where('company_id', '=', invitation.company.id).execute()).toEqual([])
  })

  it('of a campaign is for its company, in every state, in a frame of ours', async () => {
    const invitation = await makeInvitation(test.db)
    const recruiter = await signIn(await makeUser(test.db, invitation.scope))
    const url = `/campaigns/${invitation.campaignId}/page`
    const page = await recruiter.get(url)
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'self'")
    expect(page.text).toContain('Aperçu : rien n’est enregistré')
    const refused = await recruiter.submit(page, { answer: 'yes' }, { form: '/page' })
    expect([refused.status, refused.text.includes('Indiquez à partir de quelle date')]).toEqual([422, true])
    expect((await recruiter.submit(refused, { from: 'other', from_date: dayFromNow(4) }, { form: '/page' })).heading).toBe('Merci, votre réponse est enregistrée')
    for (const state of ['answered', 'closed', 'stop', 'stopped', 'nonsense']) expect((await recruiter.get(`${url}?state=${state}&lang=en`)).html).toContain('<html lang="en">')
    expect(await storedFor(invitation)).toMatchObject({ versions: 0, notes: 0 })

    const stranger = await signIn(await makeUser(test.db, (await makeCompany(test.db)).scope))
    expect((await stranger.get(url)).status).toBe(404)
    for (const bad of ['0', 'x', '99999999999999999999']) expect((await stranger.get(`/campaigns/${bad}/page`)).status).toBe(404)
  })

  it('of the branding shows both kinds, to those who may edit it', async () => {
    const company = await makeCompany(test.db, { name: 'Agence du Port' })
    const admin = await signIn(await makeUser(test.db, company.scope, { role: 'administrator' }))
    expect((await admin.get('/admin/branding/preview?kind=availability')).text).toContain('À partir de quand')
    const simple = await admin.get('/admin/branding/preview?kind=simple&lang=en')
    expect(simple.text).toContain('Agence du Port')
    expect(simple.text).not.toContain('From when?')
    const recruiter = await signIn(await makeUser(test.db, company.scope))
    expect((await recruiter.get('/admin/branding/preview')).status).toBe(403)
  })
})

describe('visits', () => {
  it('are counted apart for people and robots, and change nothing else', async () => {
    const invitation = await makeInvitation(test.db)
    const phone = 'Mozilla/5.0 (Linux; Android 14; SM-A245F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36'
    await visitor.get(at(invitation), { 'user-agent': phone })
    await visitor.get(at(invitation), { 'user-agent': phone, 'sec-purpose': 'prefetch' })
    await visitor.get(at(invitation), { 'user-agent': 'WhatsApp/2.23' })
    await visitor.agent.head(at(invitation)).set('user-agent', phone)
    await expect.poll(async () => test.db.selectFrom('short_link').select(['fetch_count', 'robot_fetch_count']).where('code', '=', invitation.code).executeTakeFirst(), { timeout: 5000 }).toEqual({ fetch_count: 1, robot_fetch_count: 3 })
    expect(await storedFor(invitation)).toMatchObject({ versions: 0, notes: 0 })
  })

  it('held in memory are written when the application closes', async () => {
    const other = await startTestApp(test)
    const invitation = await makeInvitation(test.db)
    await other.visit().get(at(invitation), { 'user-agent': 'curl/8' })
    await other.close()
    expect(await test.db.selectFrom('short_link').select('robot_fetch_count').where('code', '=', invitation.code).executeTakeFirst()).toEqual({ robot_fetch_count: 1 })
  })
})

describe('links on a host of their own', () => {
  it('serve the page at the root, and nothing else of the application', async () => {
    const own = await startTestApp(test, { env: { LINK_URL: 'http://sms.example.test' } })
    try {
      const invitation = await makeInvitation(test.db)
      expect(linkFor(own.deps.config, invitation.code)).toBe(`http://sms.example.test/${invitation.code}`)
      const phone = plainSpaces(own.visit({ host: 'sms.example.test' }))
      const page = await phone.get(`/${invitation.code}`)
      expect([page.status, page.heading]).toEqual([200, 'Vos disponibilités'])
      expect((await phone.submit(page, { answer: 'no' }, { form: '/answer', headers: { host: 'sms.example.test' } })).status).toBeLessThan(400)
      expect((await storedFor(invitation)).versions).toBe(1)
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
