import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { makeInvitation } from '../support/factories/landing.ts'
import { links, visit } from '../support/page.ts'
import { plainSpaces } from '../support/plain-spaces.ts'
import { answerWith, at, dayFromNow, startLanding, storedFor, type LandingTest } from './support.ts'

let landing: LandingTest
beforeAll(async () => { landing = await startLanding() })
afterAll(() => landing.close())

describe('an answer', () => {
  it('is confirmed in words, and stays there when the link is opened again (S3, S4)', async () => {
    const invitation = await makeInvitation(landing.db)
    const start = dayFromNow(40)
    const page = await answerWith(landing.visitor, invitation, { answer: 'yes', from: 'other', from_date: start, until: dayFromNow(60), comment: 'plutôt le matin' })
    expect(page.url).toBe(at(invitation))
    expect(page.heading).toBe('Merci, votre réponse est enregistrée')
    expect(page.headers['cache-control']).toBe('no-store')
    expect(page.text).toMatch(/Disponible à partir du (lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) \d+(er)? \S+ 20\d\d/)
    expect(page.text).toContain('plutôt le matin')
    expect(await storedFor(landing.db, invitation)).toMatchObject({ answer: { choice: 'yes', available_from: start }, versions: 1, notes: 1 })

    await landing.db.updateTable('answer').set({ answered_at: new Date('2026-11-21T13:05:00Z') }).where('recipient_id', '=', invitation.recipientId).execute()
    const again = await landing.visitor.get(at(invitation))
    expect(again.heading).toBe('Votre réponse du 21 novembre 2026 à 14:05')
    expect(again.text).toContain('Vous avez répondu OUI')
  })

  it('can be corrected; both versions are kept (S5, S94)', async () => {
    const invitation = await makeInvitation(landing.db)
    const saved = await answerWith(landing.visitor, invitation, { answer: 'yes', from: 'other', from_date: dayFromNow(3), comment: 'permis B' })
    const edit = links(saved).find(({ text }) => text === 'Modifier ma réponse')
    const form = await landing.visitor.get(edit!.href)
    expect(form.headers['cache-control']).toBe('private, no-cache')
    expect(form.html).toMatch(/id="yes" value="yes" checked/)
    expect(form.text).toContain('permis B')
    expect(form.text).toContain('Annuler')
    const changed = await landing.visitor.submit(form, { answer: 'no' }, { form: '/answer', button: 'Enregistrer la modification' })
    expect(changed.text).toContain('Vous avez répondu NON')
    expect(await storedFor(landing.db, invitation)).toMatchObject({ answer: { choice: 'no', version: 2 }, versions: 2, notes: 2 })
  })

  it('from a phone that did not know of a newer one is not written over it', async () => {
    const invitation = await makeInvitation(landing.db)
    const early = await landing.visitor.get(at(invitation))
    await answerWith(landing.visitor, invitation, { answer: 'no' })
    const asked = await landing.visitor.submit(early, { answer: 'yes', from: 'other', from_date: dayFromNow(2), comment: 'finalement oui' }, { form: '/answer' })
    expect(asked.status).toBe(409)
    expect(asked.text).toMatch(/Vous avez déjà répondu NON le .* peut-être depuis un autre appareil/)
    expect(asked.text).toContain('finalement oui')
    expect((await storedFor(landing.db, invitation)).versions).toBe(1)
    expect((await landing.visitor.get(links(asked).find(({ text }) => text === 'Garder ma réponse précédente')!.href)).text).toContain('Vous avez répondu NON')
    const replaced = await landing.visitor.submit(asked, {}, { form: '/answer' })
    expect(replaced.text).toContain('Vous avez répondu OUI')
    expect((await storedFor(landing.db, invitation)).versions).toBe(2)
  })

  it('sent twice by an impatient thumb is one answer (F-42)', async () => {
    const invitation = await makeInvitation(landing.db)
    const form = await landing.visitor.get(at(invitation))
    const pages = await Promise.all([1, 2, 3].map(() => landing.visitor.submit(form, { answer: 'no' }, { form: '/answer' })))
    expect(pages.map((page) => [page.status, page.heading])).toEqual(Array(3).fill([200, 'Merci, votre réponse est enregistrée']))
    expect(await storedFor(landing.db, invitation)).toMatchObject({ versions: 1, notes: 1 })
  })

  it('whose page never came back is not stored again by a retry (F-46)', async () => {
    const invitation = await makeInvitation(landing.db)
    const form = await landing.visitor.get(at(invitation))
    await landing.visitor.submit(form, { answer: 'no' }, { form: '/answer' })
    // A second application: the first one died after its commit.
    const other = await startTestApp(landing)
    try {
      const retried = await plainSpaces(visit(other.app)).submit(form, { answer: 'no' }, { form: '/answer' })
      expect(retried.heading).toBe('Merci, votre réponse est enregistrée')
      expect(await storedFor(landing.db, invitation)).toMatchObject({ versions: 1, notes: 1 })
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
    const invitation = await makeInvitation(landing.db)
    const page = await answerWith(landing.visitor, invitation, values as Record<string, string>)
    expect(page.status).toBe(422)
    expect(page.title).toMatch(/^Erreur : /)
    expect(page.text.split(reason)).toHaveLength(3)
    expect(page.html).toMatch(/class="sum" role="alert" tabindex="-1" autofocus/)
    for (const typed of Object.values(values)) expect(page.html).toContain(typed === 'yes' ? 'value="yes" checked' : typed)
    expect(page.headers['cache-control']).toBe('private, no-cache')
    // The next form posts to yet another address, or a lost connection would lose the answers (B17).
    expect(page.html).toContain(`action="${at(invitation, '/answer?e=1')}"`)
    expect(await storedFor(landing.db, invitation)).toEqual({ answer: undefined, versions: 0, notes: 0 })
    expect((await landing.visitor.submit(page, { answer: 'no', from: undefined, from_date: undefined, until: undefined, comment: undefined }, { form: '/answer' })).text).toContain('Vous avez répondu NON')
  })

  it('without the page before it is shown again, with what was sent kept', async () => {
    const invitation = await makeInvitation(landing.db)
    const form = await landing.visitor.get(at(invitation))
    for (const forged of ['', 'x', '00000000-0000-4000-8000-000000000000.0.abc.AAAAAAAAAAAAAAAAAAAAAA']) {
      const page = await landing.visitor.post(form, at(invitation, '/answer'), { form: forged, answer: 'no', comment: 'gardez ceci' })
      expect(page.status).toBe(422)
      expect(page.text).toContain('Cette page était ouverte depuis trop longtemps')
      expect(page.text).toContain('gardez ceci')
    }
    // The form of another link is no form of this one.
    const other = await makeInvitation(landing.db)
    const borrowed = /name="form" value="([^"]+)"/.exec((await landing.visitor.get(at(other))).html)![1]!
    expect((await landing.visitor.post(form, at(invitation, '/answer'), { form: borrowed, answer: 'no' })).status).toBe(422)
    expect((await storedFor(landing.db, invitation)).versions).toBe(0)
  })

  it('hostile text comes back as text', async () => {
    const invitation = await makeInvitation(landing.db)
    const comment = `</textarea><script>alert(1)</script><img src=x onerror=alert(1)> " ' & 👷🏽 %00 {{7*7}} <%= 1 %>`
    const refused = await answerWith(landing.visitor, invitation, { comment })
    const saved = await landing.visitor.submit(refused, { answer: 'no' }, { form: '/answer' })
    for (const page of [refused, saved]) {
      expect(page.html).not.toMatch(/<script|<img/)
      expect(page.text).toContain('<script>alert(1)</script>')
    }
    expect((await storedFor(landing.db, invitation)).answer?.comment).toBe(comment)
  })

  it('10,000 dates, a comment of 5 MB, JSON or nothing: a sentence and nothing stored', async () => {
    const invitation = await makeInvitation(landing.db)
    const form = await landing.visitor.get(at(invitation))
    const seal = /name="form" value="([^"]+)"/.exec(form.html)![1]!
    const dates = (count: number) => landing.visitor.post(form, at(invitation, '/answer'), { form: seal, answer: 'yes', until: Array<string>(count).fill('2027-01-01') })
    expect([(await dates(3_000)).status, (await dates(10_000)).status]).toEqual([422, 413])
    // Without a socket: a real one is closed on the sender before he has written it all.
    const huge = await landing.app.inject({ method: 'POST', url: at(invitation, '/answer'), headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: `form=${seal}&answer=no&comment=${'x'.repeat(5_000_000)}` })
    expect([huge.statusCode, huge.body.includes('Votre réponse est trop longue')]).toEqual([413, true])
    const json = await landing.visitor.agent.post(at(invitation, '/answer')).send({ form: seal, answer: { $ne: 1 } })
    expect(json.status).toBe(422)
    expect((await landing.visitor.agent.post(at(invitation, '/answer'))).status).toBe(422)
    expect((await landing.visitor.agent.post(at(invitation, '/answer')).set('content-type', 'text/xml').send('<a/>')).status).toBe(415)
    expect((await storedFor(landing.db, invitation)).versions).toBe(0)
  })

  it('opened by itself, the answer address leads to the link', async () => {
    const invitation = await makeInvitation(landing.db)
    const response = await landing.visitor.agent.get(at(invitation, '/answer?lang=en'))
    expect([response.status, response.headers['location']]).toEqual([303, at(invitation, '?lang=en')])
  })

  it('is refused after twenty tries in a minute, for this link only (S9)', async () => {
    const invitation = await makeInvitation(landing.db)
    const form = await landing.visitor.get(at(invitation))
    for (let n = 0; n < 20; n++) await landing.visitor.post(form, at(invitation, '/answer'), {})
    const page = await landing.visitor.post(form, at(invitation, '/answer'), { answer: 'no' })
    expect([page.status, page.heading]).toEqual([429, 'Trop d’essais'])
    expect(Number(page.headers['retry-after'])).toBeGreaterThan(0)
    expect((await answerWith(landing.visitor, await makeInvitation(landing.db), { answer: 'no' })).status).toBe(200)
  })
})

describe('a closed campaign (S6)', () => {
  it('says so, shows the last answer, and still lets people opt out', async () => {
    const invitation = await makeInvitation(landing.db)
    const form = await landing.visitor.get(at(invitation))
    await answerWith(landing.visitor, invitation, { answer: 'no', comment: 'pas avant mars' })
    await landing.db.updateTable('campaign').set({ closed_at: new Date('2026-11-21T08:00:00Z') }).where('id', '=', invitation.campaignId).execute()
    const page = await landing.visitor.get(at(invitation))
    expect([page.status, page.heading]).toEqual([200, 'Cette campagne est terminée'])
    expect(page.text).toContain('21 novembre 2026 à 09:00')
    expect(page.text).toContain('pas avant mars')
    expect(page.html).not.toContain('<form')
    const late = await landing.visitor.submit(form, { answer: 'yes', from: 'other', from_date: dayFromNow(2) }, { form: '/answer' })
    expect([late.status, late.heading]).toEqual([200, 'Cette campagne est terminée'])
    expect((await storedFor(landing.db, invitation)).versions).toBe(1)
    expect((await landing.visitor.get(at(invitation, '/stop'))).text).toContain('Oui, ne plus recevoir de SMS')
  })
})
