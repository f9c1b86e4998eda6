import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp } from '../support/app.ts'
import type { SignedIn, TestApp } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'
import { links } from '../support/page.ts'
import type { Page } from '../support/page.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let recruiter: SignedIn
let reader: SignedIn

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const company = await makeCompany(database.db, { name: 'Intérim du Rhône' })
  scope = company.scope
  const user = await makeUser(database.db, scope, { name: 'Nadia Benali' })
  recruiter = await app.signIn(user)
  reader = await app.signIn(await makeUser(database.db, scope, { role: 'reader' }))
  const other = await makeCompany(database.db)
  await makeCandidate(database.db, other.scope, { firstName: 'Autre', lastName: 'Agence' })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

/** A signed-in recruiter of a new company, with candidates that no other test touches. */
async function newcomer(given: { people?: Parameters<typeof makeCandidate>[2][]; user?: Parameters<typeof makeUser>[2]; company?: Parameters<typeof makeCompany>[1] }) {
  const company = await makeCompany(database.db, given.company)
  for (const person of given.people ?? []) await makeCandidate(database.db, company.scope, person)
  return { scope: company.scope, visitor: await app.signIn(await makeUser(database.db, company.scope, given.user)) }
}

/** No-break spaces as plain ones. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const names = (page: Page) => links(page).filter(({ href }) => /^\/candidates\/\d+$/.test(href)).map(({ text }) => text)

describe('the list', () => {
  test('says of each candidate what a recruiter needs', async () => {
    const { scope: own, visitor } = await newcomer({
      people: [
        { firstName: 'Amadou', lastName: 'Traoré', trade: 'Coffreur', town: 'Lyon', mobile: '06 39 98 00 01', availability: 'available', availableFrom: '2099-11-23', availableUntil: '2099-12-04' },
        { firstName: 'Zoé', lastName: 'Zola', trade: null, town: null, mobile: '06 39', consent: false, availability: 'unavailable' },
      ],
    })
    const amadou = await database.db.selectFrom('candidate').select('id').where('company_id', '=', own.companyId).where('first_name', '=', 'Amadou').executeTakeFirstOrThrow()
    const sender = await database.db.selectFrom('sms_sender').select('id').where('company_id', '=', own.companyId).executeTakeFirstOrThrow()
    const author = await makeUser(database.db, own)
    await makeContact(database.db, own, { id: amadou.id, e164: '+33639980001' }, { userId: author.id, senderId: sender.id, at: '2026-01-12T08:00:00Z', answer: { choice: 'yes' } })
    const page = await visitor.get('/candidates')
    expect(page.heading).toBe('Candidats')
    expect(names(page)).toEqual(['Amadou Traoré', 'Zoé Zola'])
    expect(plain(page.text)).toContain('2 candidats')
    expect(plain(page.text)).toMatch(/Amadou Traoré Coffreur Lyon 06.39.98.00.01 SMS possible Disponible du lun\. 23 nov\. 2099 au ven\. 4 déc\. 2099 OUI lun\. 12 janv\.( 2026)? lun\. 12 janv\.( 2026)? Remis/)
    expect(plain(page.text)).toMatch(/Zoé Zola 06 39 Numéro invalide Indisponible/)
    expect(plain(page.text)).not.toContain('Autre Agence')
  })

  test('searches without regard to case and accents, alone or as the part htmx swaps', async () => {
    const { visitor } = await newcomer({ people: [{ firstName: 'Élodie', lastName: 'Noël', town: 'Nîmes' }, { firstName: 'Bo', lastName: 'Diallo' }] })
    expect(names(await visitor.get('/candidates?q=ELODIE+nimes'))).toEqual(['Élodie Noël'])
    const part = await visitor.fragment('/candidates?q=noel&trade=&town=')
    expect(part.heading).toBe('')
    expect(names(part)).toEqual(['Élodie Noël'])
    expect(part.headers['hx-push-url']).toBe('/candidates?q=noel')
    expect(part.headers['vary']).toContain('HX-Request')
  })

  test('keeps one address per search: a form without script is sent on to it', async () => {
    const page = await recruiter.submit(await recruiter.get('/candidates'), { town: 'Lyon', q: ' coffreur ' }, { form: '/candidates' })
    expect(page.url).toBe('/candidates?q=coffreur&town=Lyon')
    expect((await recruiter.get('/candidates?textable=perhaps&availability=1&unknown=2')).url).toBe('/candidates')
  })

  test('says the search in words, each part removable', async () => {
    const page = await recruiter.get('/candidates?q=bo&town=Lyon&availability=unknown&textable=no')
    const removals = links(page).filter(({ text }) => text.startsWith('Retirer le filtre'))
    expect(removals.map(({ href }) => href)).toEqual([
      '/candidates?town=Lyon&availability=unknown&textable=no',
      '/candidates?q=bo&availability=unknown&textable=no',
      '/candidates?q=bo&town=Lyon&textable=no',
      '/candidates?q=bo&town=Lyon&availability=unknown',
    ])
    expect(plain(page.text)).toContain('Non précisé')
    expect(plain(page.text)).toContain('SMS impossible')
  })

  test('tells what to do when nothing matches, and when there is nobody yet', async () => {
    const { visitor } = await newcomer({ people: [{}] })
    expect((await visitor.get('/candidates?q=zzzz')).text).toContain('Aucun candidat ne correspond')
    const empty = await newcomer({})
    const page = await empty.visitor.get('/candidates')
    expect(links(page).map(({ href }) => href)).toContain('/candidates/import')
    expect(plain(page.text)).toContain('Pas encore de candidats')
    const looking = await newcomer({ user: { role: 'reader' } })
    expect(links(await looking.visitor.get('/candidates')).map(({ href }) => href)).not.toContain('/candidates/import')
  })

  test('a mistyped word finds the likest people, and the page says so', async () => {
    const { visitor } = await newcomer({ people: [{ firstName: 'Paul', lastName: 'Dupont', trade: 'Coffreur' }, { firstName: 'Jean', lastName: 'Dupond', trade: 'Maçon' }, { firstName: 'Zoé', lastName: 'Roux', trade: 'Grutier' }] })
    let page = await visitor.get('/candidates?q=Dupnot')
    expect(plain(page.text)).toContain('Aucun résultat exact pour « Dupnot ». Résultats proches, pour « dupont ».')
    expect(names(page)).toEqual(['Paul Dupont'])
    expect(links(page)).toContainEqual({ href: '/candidates?q=dupond', text: 'dupond' })
    // What is selected is what is shown.
    expect(page.html).toMatch(/data-select="q=dupont"/)
    page = await visitor.get('/candidates?q=cofreur+duponnt')
    expect(names(page)).toEqual(['Paul Dupont'])
    // Words that only do not go together are not put right, and neither is what resembles nothing.
    for (const q of ['dupont+grutier', 'xylophone', 'dupont+xylophone', 'rou']) expect((await visitor.get(`/candidates?q=${q}`)).text, q).not.toContain('Résultats proches')
    // A record that changes teaches its new words.
    await database.db.updateTable('candidate').set({ trade: 'Tailleur de pierre' }).where('last_name', '=', 'Roux').execute()
    expect(names(await visitor.get('/candidates?q=tailluer'))).toEqual(['Zoé Roux'])
  })

  test('a telephone number or an e-mail address finds its record, however it is typed', async () => {
    const { visitor } = await newcomer({ people: [{ firstName: 'Bo', lastName: 'Diallo', mobile: '06 39 98 77 01', email: 'Bo.Diallo@exemple.fr' }, { firstName: 'Al', lastName: 'Roux', mobile: '06 39 98 77 02' }] })
    for (const q of ['0639987701', '06.39.98.77.01', '+33 6 39 98 77 01', '+33639987701', 'bo.diallo@EXEMPLE.fr']) expect(names(await visitor.get(`/candidates?${new URLSearchParams({ q })}`)), q).toEqual(['Bo Diallo'])
    expect((await visitor.get('/candidates?q=06+39+98+77+01')).url).toBe('/candidates?q=%2B33639987701')
    expect(names(await visitor.get('/candidates?q=0639987799'))).toEqual([])
  })

  test('contacts are the same list of other people', async () => {
    const { visitor, scope: own } = await newcomer({ people: [{ firstName: 'Ana', lastName: 'Abel' }, { firstName: 'Claire', lastName: 'Client' }] })
    await database.db.updateTable('candidate').set({ kind: 'contact', organisation: 'Bâti Sud' }).where('company_id', '=', own.companyId).where('last_name', '=', 'Client').execute()
    const page = await visitor.get('/contacts?q=bati')
    expect([page.heading, page.status]).toEqual(['Contacts', 200])
    expect(plain(page.text)).toContain('1 contact')
    expect(plain(page.text)).toContain('Bâti Sud')
    expect(page.html).toContain('name="kind" value="contact"')
    expect(names(await visitor.get('/candidates'))).toEqual(['Ana Abel'])
  })

  test('pages forwards and back without losing anybody, and starts again behind its end', async () => {
    const { visitor } = await newcomer({ people: Array.from({ length: 103 }, (_, n) => ({ firstName: 'P', lastName: String(n).padStart(3, '0') })) })
    const first = await visitor.get('/candidates?q=p')
    expect(first.text).toContain('1–50 sur 103')
    const next = (page: Page, rel: string) => links(page).find(({ text }) => text === rel)?.href ?? ''
    const second = await visitor.get(next(first, 'Suivants'))
    const third = await visitor.get(next(second, 'Suivants'))
    expect(third.text).toContain('101–103 sur 103')
    expect([...names(first), ...names(second), ...names(third)]).toEqual(Array.from({ length: 103 }, (_, n) => `P ${String(n).padStart(3, '0')}`))
    expect(next(third, 'Suivants')).toBe('')
    const back = await visitor.get(next(third, 'Précédents'))
    expect(names(back)).toEqual(names(second))
    expect(back.text).toContain('51–100 sur 103')
    const start = await visitor.get(next(back, 'Précédents'))
    expect(start.text).toContain('1–50 sur 103')
    expect(next(start, 'Précédents')).toBe('')
    const beyond = Buffer.from(JSON.stringify([99, 'zzz', 1, 103])).toString('base64url')
    expect((await visitor.get(`/candidates?q=p&after=${beyond}`)).url).toBe('/candidates?q=p')
  })

  test.each(['x', 'W10', Buffer.from('[1,"a\\u0000",2,3]').toString('base64url'), Buffer.from('[1.5,{},"2",-3]').toString('base64url'), 'a'.repeat(3000)])('a cursor made by hand shows the beginning: %.20s', async (after) => {
    const page = await recruiter.get(`/candidates?after=${after}`)
    expect(page.status).toBe(200)
  })

  test.each(["'; drop table candidate; --", '%', '\\', '<script>alert(1)</script>', '\u0000', '😀', 'a'.repeat(500)])('hostile words are only words: %.20s', async (q) => {
    const page = await recruiter.get(`/candidates?${new URLSearchParams({ q, trade: q, town: q })}`)
    expect(page.status).toBe(200)
    expect(page.html).not.toContain('<script>alert')
  })
})

describe('the selection', () => {
  test('goes to a new campaign: ticked people, or the whole search with its filters', async () => {
    const { visitor } = await newcomer({ people: [{ firstName: 'Bo', lastName: 'Diallo', town: 'Lyon' }, { firstName: 'Al', lastName: 'Roux', town: 'Lyon' }] })
    const page = await visitor.get('/candidates?town=Lyon')
    expect(plain(page.text)).toContain('lancer une campagne sms')
    expect(page.html).toContain('Sélectionner les 2 personnes de la recherche')
    expect(plain(page.text)).toContain('Envoyer à toute la recherche…')
    expect(page.html).toMatch(/<form[^>]*action="\/campaigns"[^>]*data-select="town=Lyon" data-total="2"/)
    expect(page.html).toMatch(/name="ids" value="\d+" aria-label="Sélectionner Bo Diallo"/)
    for (const [name, value] of [['kind', 'candidate'], ['town', 'Lyon']]) expect(page.html).toContain(`<input type="hidden" name="${name}" value="${value}">`)
  })

  test('is not offered to who may not send, nor where the agency cannot; then the page says why', async () => {
    await makeCandidate(database.db, scope)
    const looking = await reader.get('/candidates')
    expect(looking.html).not.toContain('action="/campaigns"')
    expect(looking.text).not.toContain('n’est pas activé')
    const { visitor } = await newcomer({ company: { canSendSms: false }, people: [{}] })
    const mute = await visitor.get('/candidates')
    expect(mute.html).not.toContain('action="/campaigns"')
    expect(mute.text).toContain('L’envoi de SMS n’est pas activé pour votre agence.')
  })

  test('of a whole search needs its own privilege', async () => {
    const { visitor } = await newcomer({ user: { privileges: ['candidates.view', 'campaigns.send'] }, people: [{}, {}] })
    const page = await visitor.get('/candidates')
    expect(plain(page.text)).toContain('lancer une campagne sms')
    expect(plain(page.text)).not.toContain('Envoyer à toute la recherche')
    expect(page.html).not.toContain('data-select-all')
  })
})

describe('among many', () => {
  test('a page says « plus de » and takes the whole search all the same; words go by name beyond what can be ranked', async () => {
    const { visitor, scope: own } = await newcomer({ people: [] })
    await sql`
      insert into candidate (company_id, first_name, last_name, trade, consent_given)
      select ${own.companyId}, 'Ana', 'Nom' || lpad(n::text, 5, '0'), case when n % 2 = 0 then 'Grutier' else 'Ana' end, true from generate_series(1, 10050) n`.execute(database.db)
    const page = await visitor.get('/candidates')
    expect(plain(page.text)).toContain('Plus de 10 000 candidats')
    expect(page.html).toMatch(/data-select="all" data-total="10001"/)
    expect(plain(page.html)).toContain('Sélectionner toute la recherche (plus de 10 000 personnes)')
    expect(plain(page.html)).toContain('Plus de 10 000 sélectionnés (sauf {except})')
    expect(plain(page.text)).toContain('1–50 sur plus de 10 000')
    // 10,050 people with the word: by name, page by page.
    const words = await visitor.get('/candidates?q=ana')
    expect(plain(words.text)).toContain('Plus de 2 000 candidats')
    expect(names(words)[1]).toBe('Ana Nom00002')
    const second = await visitor.get(links(words).find(({ text }) => text === 'Suivants')!.href)
    expect(names(second)[0]).toBe('Ana Nom00051')
    expect(names(await visitor.get(links(second).find(({ text }) => text === 'Précédents')!.href))).toEqual(names(words))
    // Nobody has a number: asked of some, said of those.
    const none = await visitor.get('/candidates?textable=no')
    expect(plain(none.text)).toMatch(/Plus de 500 candidats/)
    expect((await visitor.get('/candidates?textable=yes')).text).toContain('Aucun candidat')
  })
})
