import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { recordOptOut } from '../../src/consent/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeUser } from '../support/factories/accounts.ts'
import { composeScene, makeTemplate } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { elements } from '../support/html.ts'
import type { Page, Visitor } from '../support/page.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const scene = async (given: Parameters<typeof composeScene>[2] = {}) => {
  const made = await composeScene(database, app, given)
  return { ...made, visitor: plainSpaces(made.visitor) }
}
type Scene = Awaited<ReturnType<typeof scene>>
const idOf = (page: Page) => Number(/\/campaigns\/(\d+)/.exec(page.url)![1])
const names = (page: Page) => new Set(elements(page.root).map(({ attributes }) => attributes['name']))
const single = ({ visitor, ids }: Scene, i = 0) => visitor.post(visitor.home, '/campaigns', { ids: ids[i]!, single: '1' })
const save = (visitor: Visitor, page: Page, values: Record<string, string | undefined>, button = 'Enregistrer') => visitor.submit(page, values, { form: '/draft', button })
const stored = async ({ scope }: Scene, page: Page) => (await findCampaign(database.db, scope, idOf(page)))!

describe('a message to one person (S20, S47 to S54)', () => {
  test('opens the same screen, named after them, to leave at once, without anything of a list', async () => {
    const given = await scene()
    const page = await single(given)
    expect(page.heading).toBe('SMS à une personne')
    expect(page.text).toContain('Amadou Traoré 06 39 98')
    expect(await stored(given, page)).toMatchObject({ is_single: true, kind: 'simple', starts: 'now', template_id: given.simple.id })
    expect((await stored(given, page)).name).toMatch(/^Amadou Traoré – /)
    for (const name of ['limit', 'weekends']) expect(names(page).has(name), name).toBe(false)
    for (const name of ['text_fr', 'template', 'availability', 'with_comment', 'starts']) expect(names(page).has(name), name).toBe(true)
    const saved = await save(given.visitor, page, { with_comment: 'on', comment: 'Rappelé ce matin' })
    expect(await stored(given, saved)).toMatchObject({ starts: 'now', internal_comment: 'Rappelé ce matin', limit_to: null })
  })

  test('says why when that person may not be texted; several people are no single message', async () => {
    const given = await scene()
    const page = await single(given, 3)
    expect(page.text).toContain('Personne ne recevra le SMS')
    expect(page.text).toContain('Liste des désinscrits (1)')
    const many = await given.visitor.post(given.visitor.home, '/campaigns', { ids: given.ids.slice(0, 2), single: '1' })
    expect(await stored(given, many)).toMatchObject({ is_single: false })
    const other = await scene()
    const stranger = await given.visitor.post(given.visitor.home, '/campaigns', { ids: other.ids[0]!, single: '1' })
    expect(stranger.text).not.toContain('Amadou')
  })

  test('goes through check and launch like any other, and its comment is on the record (S51, S53)', async () => {
    const given = await scene()
    const page = await save(given.visitor, await single(given), { with_comment: 'on', comment: 'Rappelé ce matin' })
    const check = await given.visitor.get(`/campaigns/${idOf(page)}/check`)
    const sent = await given.visitor.submit(check, { checked: '1' }, { form: '/launch' })
    expect(sent.status).toBe(200)
    expect((await stored(given, page)).status).toBe('in_process')
    expect((await given.visitor.get(`/candidates/${given.ids[0]}`)).text).toContain('Rappelé ce matin')
  })

  test('an unticked comment is none, whatever stands in its field', async () => {
    const given = await scene()
    const page = await save(given.visitor, await single(given), { comment: 'jamais coché' })
    expect((await stored(given, page)).internal_comment).toBeNull()
  })
})

describe('the box that texts people over a refusal (S97 to S101)', () => {
  async function optedOut(given: Scene) {
    const person = await makeCandidate(database.db, given.scope, { firstName: 'Nadia', lastName: 'Sans' })
    await recordOptOut(database.db, given.scope, { e164: person.e164!, source: 'recruiter', userId: given.user.id })
    return String(person.id)
  }

  test('is there for who may, wants a reason, and moves the people into the message', async () => {
    const given = await scene({ user: { role: 'administrator' } })
    const page = await given.visitor.post(given.visitor.home, '/campaigns', { ids: [given.ids[0]!, given.ids[3]!, await optedOut(given)] })
    expect(page.text).toContain('Liste des désinscrits (2)')
    expect(page.text).toContain('Écrire quand même à 1 personne')
    expect((await stored(given, page)).override_reason).toBeNull()
    const bare = await save(given.visitor, page, { ignore: 'on' }, 'Aperçu et confirmation')
    expect(bare.status).toBe(422)
    expect(bare.text).toContain('Indiquez le motif, ou décochez la case')
    expect((await stored(given, page)).override_reason).toBeNull()
    const saved = await save(given.visitor, bare, { ignore: 'on', ignore_reason: 'Accord donné au téléphone' })
    expect((await stored(given, page)).override_reason).toBe('Accord donné au téléphone')
    expect(saved.text).toContain('2 recevront le SMS')
    expect(saved.text).toContain('Liste des désinscrits (1)')
    const check = await given.visitor.get(`/campaigns/${idOf(page)}/check`)
    expect(check.text).toContain('1 personne recevra le SMS sans que sa case soit cochée')
    const off = await save(given.visitor, saved, { ignore: undefined })
    expect((await stored(given, off)).override_reason).toBeNull()
  })

  test('is not there for who may not: the list only; nor for a whole search', async () => {
    const given = await scene()
    const person = await optedOut(given)
    const page = await given.visitor.post(given.visitor.home, '/campaigns', { ids: [given.ids[0]!, person] })
    expect(page.text).toContain('Liste des désinscrits (1)')
    expect(names(page).has('ignore')).toBe(false)
    const forced = await given.visitor.post(page, `/campaigns/${idOf(page)}/draft`, { version: '1', name: 'x', template: String(given.template.id), availability: 'on', ignore_box: '1', ignore: 'on', ignore_reason: 'forcé' })
    expect(forced.status).toBe(422)
    expect((await stored(given, page)).override_reason).toBeNull()

    const admin = plainSpaces(await app.signIn(await makeUser(database.db, given.scope, { role: 'administrator' })))
    const search = await admin.post(admin.home, '/campaigns', { all: '1', q: '' })
    expect(names(search).has('ignore')).toBe(false)
  })

  test('ticked by one and sent by another without the right is refused, at check and at launch', async () => {
    const given = await scene()
    const person = await optedOut(given)
    const admin = plainSpaces(await app.signIn(await makeUser(database.db, given.scope, { role: 'administrator' })))
    const page = await admin.post(admin.home, '/campaigns', { ids: [given.ids[0]!, person] })
    await save(admin, page, { ignore: 'on', ignore_reason: 'Accord oral' })
    const check = await given.visitor.get(`/campaigns/${idOf(page)}/check`)
    expect(check.text).toContain('Vous n’avez pas le droit d’écrire à des personnes dont la case SMS n’est pas cochée')
    const forced = await given.visitor.post(check, `/campaigns/${idOf(page)}/launch`, { version: '2', launch_key: crypto.randomUUID(), recipients: '2', checked: '1' })
    expect(forced.status).toBe(403)
    expect((await stored(given, page)).status).toBe('draft')
  })

  test('a STOP that the person sent is shown, and offers no box', async () => {
    const given = await scene({ user: { role: 'administrator' } })
    const page = await given.visitor.post(given.visitor.home, '/campaigns', { ids: [given.ids[0]!, given.ids[3]!] })
    expect(page.text).toContain('personne ne peut leur écrire')
    expect(names(page).has('ignore')).toBe(false)
  })
})

describe('a draft is safe', () => {
  test('what a template replaced can be had back, and given up again', async () => {
    const given = await scene()
    const other = await makeTemplate(database.db, given.scope, { name: 'Zone sud', texts: { fr: 'Agence Martin, autre texte : {lien}' } })
    const page = await save(given.visitor, await given.visitor.post(given.visitor.home, '/campaigns', { ids: given.ids[0]! }), { text_fr: 'Mon texte à moi {lien}' })
    expect(page.text).not.toContain('Restaurer')
    const replaced = await save(given.visitor, page, { template: String(other.id) })
    expect((await stored(given, page)).texts.fr).toContain('autre texte')
    const back = await save(given.visitor, replaced, {}, 'Restaurer la version précédente')
    expect((await stored(given, page)).texts.fr).toBe('Mon texte à moi {lien}')
    expect((await stored(given, page)).template_id).toBe(given.template.id)
    await save(given.visitor, back, {}, 'Restaurer la version précédente')
    expect((await stored(given, page)).texts.fr).toContain('autre texte')
  })

  test('an older tab restores nothing', async () => {
    const given = await scene()
    const other = await makeTemplate(database.db, given.scope, { name: 'Zone sud', texts: { fr: 'Autre {lien}' } })
    const page = await given.visitor.post(given.visitor.home, '/campaigns', { ids: given.ids[0]! })
    const replaced = await save(given.visitor, page, { template: String(other.id) })
    await save(given.visitor, replaced, { name: 'Nouveau nom' })
    const late = await save(given.visitor, replaced, {}, 'Restaurer la version précédente')
    expect(late.text).toContain('a été modifié ailleurs')
    expect((await stored(given, page)).texts.fr).toBe('Autre {lien}')
  })
})

test('a campaign that reaches mostly the same people is told before the next one, with the way to it', async () => {
  const given = await scene()
  const first = await given.visitor.post(given.visitor.home, '/campaigns', { ids: given.ids.slice(0, 3) })
  const checkFirst = await given.visitor.get(`/campaigns/${idOf(first)}/check`)
  expect(checkFirst.text).toContain('Aucune campagne récente ne touche surtout les mêmes candidats')
  await given.visitor.submit(checkFirst, { checked: '1' }, { form: '/launch' })
  const second = await given.visitor.post(given.visitor.home, '/campaigns', { ids: given.ids.slice(0, 2) })
  await save(given.visitor, second, { text_fr: 'Agence Martin, autre question : {lien}\n{stop}' })
  const check = await given.visitor.get(`/campaigns/${idOf(second)}/check`)
  expect(check.text).toContain('touche 2 de ces 2 candidats')
  expect(check.html).toContain(`/campaigns/${idOf(first)}"`)
  await sql`update campaign set status = 'cancelled', finished_at = app_now() where id = ${idOf(first)}`.execute(database.db)
  expect((await given.visitor.get(`/campaigns/${idOf(second)}/check`)).text).toContain('Aucune campagne récente ne touche')
})
