import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeUser } from '../support/factories/accounts.ts'
import { composeScene } from '../support/factories/campaigns.ts'
import { elements, textOf } from '../support/html.ts'
import { textById, type Page } from '../support/page.ts'

/** Whom a campaign reaches: a selection or a whole search, up to a limit, from which number, by whom. */

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

type Scene = Awaited<ReturnType<typeof composeScene>>
const scene = (given: Parameters<typeof composeScene>[2] = {}): Promise<Scene> => composeScene(database, app, given)
const createDraft = ({ visitor, ids }: Scene): Promise<Page> => visitor.post(visitor.home, '/campaigns', { ids })
const idOf = (page: Page) => Number(/\/campaigns\/(\d+)/.exec(page.url)![1])
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const save = (given: Scene, page: Page, values: Record<string, string | undefined>) => given.visitor.submit(page, values, { form: '/draft', button: 'Enregistrer' })
const limitOf = async (given: Scene, page: Page) => (await findCampaign(database.db, given.scope, idOf(page)))!.limit_to

describe('the limit', () => {
  test.each(['0', '-1', 'beaucoup', '2,5', '1e9', '25001', '25 001', '99999999999999', '٣'])('%s is answered beside its field, the ceiling named and what was typed kept (S24 to S26)', async (limit) => {
    const given = await scene()
    const page = await save(given, await save(given, await createDraft(given), { limit: '2' }), { limit, with_comment: 'on', comment: 'gardé' })
    expect(page.status).toBe(422)
    expect(plain(textById(page, 'limit-error') ?? '')).toContain('Indiquez un nombre entier de 1 à 25 000, la limite de votre agence')
    expect(page.html).toContain(`value="${limit}"`)
    expect(await findCampaign(database.db, given.scope, idOf(page))).toMatchObject({ limit_to: 2, internal_comment: 'gardé' })
  })

  test('may be the ceiling itself, with spaces as people write them', async () => {
    const given = await scene()
    const page = await save(given, await createDraft(given), { limit: '25 000' })
    expect(page.status).toBe(200)
    expect(await limitOf(given, page)).toBe(25_000)
  })

  test('is by default the valid numbers or the company’s limit, whichever is smaller, and a longer list is cut with a note (S25, S44)', async () => {
    const given = await scene()
    const all = await createDraft(given)
    expect(all.html).toMatch(/value="3"[^>]*id="limit"/)
    await saveSetting(database.db, given.scope, 'campaign.recipient_limit', 2)
    const cut = await given.visitor.get(`/campaigns/${idOf(all)}`)
    expect(cut.html).toMatch(/value="2"[^>]*id="limit"/)
    const text = plain(cut.text)
    expect(text).toContain('2 recevront le SMS')
    expect(text).toContain('sur 3 numéros valables')
    expect(text).toContain('La liste est coupée à 2 destinataires, la limite de votre agence')
    const refused = await save(given, cut, { limit: '3' })
    expect(plain(textById(refused, 'limit-error') ?? '')).toContain('de 1 à 2,')
    expect(await limitOf(given, cut)).toBeNull()
  })

  test('is put right again while typing, and its error goes away', async () => {
    const given = await scene()
    const page = await createDraft(given)
    const live = (limit: string) => given.visitor.submit(page, { limit }, { form: '/draft', button: 'Enregistrer', headers: { 'hx-request': 'true', 'hx-request-type': 'partial' } })
    expect(plain(textById(await live('0'), 'limit-error') ?? '')).toContain('Indiquez un nombre entier')
    const right = await live('2')
    expect(textById(right, 'draft-limit')).toBeDefined()
    expect(textById(right, 'limit-error')).toBeUndefined()
  })
})

describe('the name and the number', () => {
  test('the name is what was searched for and the date; emptied, the old one stays (S21)', async () => {
    const given = await scene()
    const page = await given.visitor.post(given.visitor.home, '/campaigns', { all: '1', q: 'petit', availability: 'unknown' })
    expect(plain(page.text)).toMatch(/petit, disponibilité non précisée – \S+ \d+ \S+ \d{4}/)
    const emptied = await save(given, page, { name: '   ' })
    expect((await findCampaign(database.db, given.scope, idOf(emptied)))!.name).toMatch(/^petit/)
  })

  test('one sending number cannot be changed; of several one is picked, and no other company’s (S23)', async () => {
    const given = await scene()
    const other = await scene()
    const page = await createDraft(given)
    expect(plain(page.text)).toContain('38047, le seul numéro de votre agence')
    expect(elements(page.root).some(({ attributes }) => attributes['name'] === 'sender')).toBe(false)
    const pool = await database.db.insertInto('sender_pool').values({ company_id: given.id, name: 'Nom' }).returning('id').executeTakeFirstOrThrow()
    const second = await database.db.insertInto('sms_sender').values({ company_id: given.id, pool_id: pool.id, label: 'Nom', address: 'MARTIN', can_receive: false, stop_text: '' }).returning('id').executeTakeFirstOrThrow()
    const choice = await given.visitor.get(`/campaigns/${idOf(page)}`)
    const picked = await save(given, choice, { sender: String(second.id) })
    expect((await findCampaign(database.db, given.scope, idOf(page)))!.sender_id).toBe(second.id)
    await given.visitor.post(picked, `/campaigns/${idOf(page)}/draft`, { version: '2', name: 'x', availability: 'on', template: String(given.template.id), text_fr: 'x {lien}', sender: String(other.senderId) })
    expect((await findCampaign(database.db, given.scope, idOf(page)))!.sender_id).toBe(second.id)
  })
})

describe('from the list', () => {
  const ENTRY = 'Envoyer à toute la recherche…'
  const WITHOUT_LIST = ['candidates.view', 'campaigns.view', 'campaigns.send'] as const

  test('with nothing ticked the menu of the page takes the whole search, its number shown (S12)', async () => {
    const given = await scene()
    const list = await given.visitor.get('/candidates?q=petit')
    expect(list.text).toContain(ENTRY)
    expect(plain(list.text)).toContain('1 personne. Rien ne part avant votre confirmation.')
    expect(plain(list.text)).not.toContain('numéros au plus')
    const menu = elements(list.root).find(({ tag, attributes }) => tag === 'form' && attributes['action'] === '/campaigns' && attributes['data-select'] === undefined)!
    expect(textOf(menu)).toContain(ENTRY)
    const draft = await given.visitor.post(list, '/campaigns', { all: '1', q: 'petit' })
    expect(plain(draft.text)).toContain('1 recevra le SMS')
  })

  test('a search larger than the limit is said to be capped before anything is made (S44)', async () => {
    const given = await scene()
    await saveSetting(database.db, given.scope, 'campaign.recipient_limit', 3)
    expect(plain((await given.visitor.get('/candidates')).text)).toContain('Une campagne touche 3 numéros au plus')
  })

  test('a search without results has nothing to send to', async () => {
    const { visitor } = await scene()
    expect((await visitor.get('/candidates?q=zzz')).text).not.toContain(ENTRY)
  })

  test('ticked people win over the search they were found with (S19, S55)', async () => {
    const given = await scene()
    const draft = await given.visitor.post(given.visitor.home, '/campaigns', { ids: given.ids.slice(0, 2), q: 'traoré' })
    expect(plain(draft.text)).toContain('2 recevront le SMS')
  })

  test('without the privilege for lists the entry is hidden, the POST refused, and a colleague’s draft for a list cannot be launched (S2)', async () => {
    const given = await scene()
    const draft = await given.visitor.post(given.visitor.home, '/campaigns', { all: '1', q: '' })
    const colleague = await app.signIn(await makeUser(database.db, given.scope, { privileges: WITHOUT_LIST }))
    const list = await colleague.get('/candidates')
    expect(list.text).not.toContain(ENTRY)
    expect(list.text).not.toContain('de la recherche')
    expect(list.text).toContain('lancer une campagne sms')
    expect((await colleague.post(list, '/campaigns', { all: '1' })).status).toBe(403)

    const check = await colleague.get(`/campaigns/${idOf(draft)}/check`)
    expect(check.text).toContain('Vous n’avez pas le droit d’envoyer à toute une recherche')
    expect(check.text).not.toContain('Envoyer 3 SMS')
    const forced = await colleague.post(check, `/campaigns/${idOf(draft)}/launch`, { version: '1', launch_key: crypto.randomUUID(), recipients: '3', checked: '1' })
    expect(forced.status).toBe(403)
    expect((await findCampaign(database.db, given.scope, idOf(draft)))!.status).toBe('draft')
  })

  test('without the privilege to send there is nothing to tick, and every POST is refused (S1)', async () => {
    const given = await scene()
    const draft = await createDraft(given)
    const reader = await app.signIn(await makeUser(database.db, given.scope, { role: 'reader' }))
    const list = await reader.get('/candidates')
    for (const words of [ENTRY, 'lancer une campagne sms']) expect(list.text).not.toContain(words)
    expect(elements(list.root).some(({ attributes }) => attributes['name'] === 'ids')).toBe(false)
    expect((await reader.post(list, '/campaigns', { ids: given.ids })).status).toBe(403)
    expect((await reader.post(list, '/campaigns', { all: '1' })).status).toBe(403)
    for (const step of ['draft', 'launch', 'recent', 'test', 'deletion']) expect((await reader.post(list, `/campaigns/${idOf(draft)}/${step}`)).status).toBe(403)
    for (const step of ['check', 'preview', 'deletion']) expect((await reader.get(`/campaigns/${idOf(draft)}/${step}`)).status).toBe(403)
  })

  test('a company that is switched off sees no entry, and nothing it sends is taken (S3)', async () => {
    const given = await scene()
    const draft = await createDraft(given)
    await database.db.updateTable('company').set({ can_send_sms: false }).where('id', '=', given.id).execute()
    const list = await given.visitor.get('/candidates')
    for (const words of [ENTRY, 'lancer une campagne sms']) expect(list.text).not.toContain(words)
    expect(list.text).toContain('L’envoi de SMS n’est pas activé pour votre agence')
    for (const body of [{ ids: given.ids }, { all: '1' }]) {
      const refused = await given.visitor.post(list, '/campaigns', body)
      expect(refused.status).toBe(403)
      expect(refused.text).toContain('n’est pas activé')
    }
    const check = await given.visitor.get(`/campaigns/${idOf(draft)}/check`)
    expect(check.text).toContain('L’envoi n’est pas possible pour l’instant')
    expect(plain(check.text)).toContain('Corriger : Expéditeur')
    const forced = await given.visitor.post(check, `/campaigns/${idOf(draft)}/launch`, { version: '1', launch_key: crypto.randomUUID(), recipients: '3', checked: '1' })
    expect(forced.status).toBe(409)
    expect((await findCampaign(database.db, given.scope, idOf(draft)))!.status).toBe('draft')
  })
})
