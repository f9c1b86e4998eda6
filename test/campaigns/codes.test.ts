import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingCodes, NO_CHOICES, requiredCodes, type ChosenCodes, type CodeChoices } from '../../src/campaigns/codes.domain.ts'
import { updateChoices } from '../../src/campaigns/codes.queries.ts'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { undoLaunch } from '../../src/campaigns/undo.commands.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { composeScene, launchScene, makeTemplate, type LaunchScene } from '../support/factories/campaigns.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCodePage, makeReference } from '../support/factories/references.ts'
import type { Page } from '../support/page.ts'

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

const NOTHING: ChosenCodes = { campaignCode: null, network: null, site: null, page: null, job: null, autoResponse: null }
const picked = { id: 1, isArchived: false }

describe('what a text asks for', () => {
  test('stands in its fields (S28, S30, S32, S33)', () => {
    expect(requiredCodes(['first_name', 'link', 'stop', 'branch'])).toEqual([])
    expect(requiredCodes(['job_url', 'career_page', 'join_network', 'campaign_page', 'job_title'])).toEqual(['campaign_code', 'talent_network', 'career_page', 'job'])
    for (const field of ['job_title', 'job_reference', 'job_url'] as const) expect(requiredCodes([field])).toEqual(['job'])
  })

  test('is missing until it is picked, in use, and published where a page is meant', () => {
    const code = { ...picked, code: 'X', name: 'X', isPublished: false }
    expect(missingCodes(['campaign_page'], NOTHING)).toEqual([{ code: 'campaign_code', problem: 'missing' }])
    expect(missingCodes(['campaign_page'], { ...NOTHING, campaignCode: code })).toEqual([{ code: 'campaign_code', problem: 'unpublished' }])
    expect(missingCodes(['campaign_page'], { ...NOTHING, campaignCode: { ...code, isPublished: true } })).toEqual([])
    // Without its page a code is only a label for reports.
    expect(missingCodes([], { ...NOTHING, campaignCode: code })).toEqual([])
    expect(missingCodes([], { ...NOTHING, campaignCode: { ...code, isArchived: true }, autoResponse: { ...picked, isArchived: true, name: '' } })).toEqual([{ code: 'campaign_code', problem: 'archived' }, { code: 'auto_response', problem: 'archived' }])
    expect(missingCodes(['join_network'], { ...NOTHING, network: { ...picked, isArchived: true, name: '', url: '' } })).toEqual([{ code: 'talent_network', problem: 'archived' }])
  })
})

const ALL = '{agence} {branche|-} {page_campagne} {rejoindre_reseau} {page_carriere} {poste} {reference_poste} {lien_poste} {lien}\n{stop}'

async function choose(scene: LaunchScene, campaignId: number, more: Partial<CodeChoices> = {}): Promise<CodeChoices> {
  const owner = { scope: scene.scope, userId: scene.user.id }
  const site = await makeReference(database.db, owner, 'sites')
  const choices = {
    ...NO_CHOICES, site, campaignCode: await makeCodePage(database.db, owner), network: await makeReference(database.db, owner, 'networks', { url: 'https://agence.example.com/rejoindre?a={lien}' }),
    page: await makeReference(database.db, owner, 'pages', { siteId: site, url: 'https://agence.example.com/page' }),
    job: await makeReference(database.db, owner, 'jobs', { siteId: site, title: 'Coffreur {lien} $& {prenom|x}', reference: 'CB-{stop}', url: 'https://agence.example.com/poste' }), ...more,
  }
  await database.db.transaction().execute((trx) => updateChoices(trx, scene.scope, campaignId, choices))
  return choices
}

const targetsOf = (campaignId: number) => database.db.selectFrom('link_target as t').innerJoin('short_link as l', 'l.code', 't.code').select(['t.field', 't.code', 't.url', 't.campaign_code_id', 'l.expires_at']).where('t.campaign_id', '=', campaignId).orderBy('t.field').execute()
const bodies = async (campaignId: number) => (await database.db.selectFrom('message').select('body').where('campaign_id', '=', campaignId).where('purpose', '=', 'campaign').orderBy('id').execute()).map(({ body }) => body)

describe('a launch', () => {
  test('makes one short link per field for everybody, as long as a personal one, and merges every value once', async () => {
    const scene = await launchScene(database.db)
    const draft = await scene.draft({ texts: { fr: ALL } })
    const choices = await choose(scene, draft.id)
    expect(await scene.launch(draft)).toMatchObject({ ok: true })
    const targets = await targetsOf(draft.id)
    expect(targets.map(({ field, url, campaign_code_id }) => [field, url, campaign_code_id])).toEqual([
      ['campaign_page', null, choices.campaignCode], ['career_page', 'https://agence.example.com/page', null],
      ['job_url', 'https://agence.example.com/poste', null], ['join_network', 'https://agence.example.com/rejoindre?a={lien}', null],
    ])
    const personal = await database.db.selectFrom('recipient').select('code').where('campaign_id', '=', draft.id).orderBy('rank').execute()
    for (const { code } of [...targets, ...personal]) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{12}$/)
    const link = (field: string) => `https://sms.example/${targets.find((target) => target.field === field)!.code}`
    const texts = await bodies(draft.id)
    expect(texts.map((text) => text.split('\n')[0])).toEqual(personal.map(({ code }) =>
      `Agence Martin - ${link('campaign_page')} ${link('join_network')} ${link('career_page')} Coffreur {lien} $& {prenom|x} CB-{stop} ${link('job_url')} https://sms.example/${code}`))
    const [expiry] = await database.db.selectFrom('short_link as l').innerJoin('recipient as r', 'r.code', 'l.code').select('l.expires_at').where('r.campaign_id', '=', draft.id).limit(1).execute()
    for (const { expires_at } of targets) expect(expires_at).toEqual(expiry!.expires_at)

    await database.db.updateTable('short_link').set({ fetch_count: 12, robot_fetch_count: 3 }).where('code', '=', targets[1]!.code).execute()
    const page = await (await app.signIn(scene.user)).get(`/campaigns/${draft.id}`)
    expect(page.text).toMatch(/Ouvertures de la page carrière 12 \(et 3 par des robots\)/)
    expect(page.text).toMatch(/Ouvertures du lien du poste aucune/)
    expect(page.text).toContain('Coffreur {lien}')
  })

  test('taken back leaves none of them', async () => {
    const scene = await launchScene(database.db)
    const draft = await scene.draft({ texts: { fr: ALL } })
    await choose(scene, draft.id)
    await saveSetting(database.db, scene.scope, 'campaign.undo_seconds', 60)
    await scene.launch(draft)
    const codes = (await targetsOf(draft.id)).map(({ code }) => code)
    expect(codes).toHaveLength(4)
    expect(await undoLaunch(database, scene.viewer, draft.id)).toMatchObject({ ok: true })
    expect(await targetsOf(draft.id)).toEqual([])
    expect(await database.db.selectFrom('short_link').select('code').where('code', 'in', codes).execute()).toEqual([])
    expect((await findCampaign(database.db, scene.scope, draft.id))!.codes.network).not.toBeNull()
  })

  test.each(['campaignCode', 'network', 'page', 'job'] as const)('without %s is refused, and writes nothing', async (name) => {
    const scene = await launchScene(database.db)
    const draft = await scene.draft({ texts: { fr: ALL } })
    await choose(scene, draft.id, { [name]: null })
    expect(await scene.launch(draft)).toMatchObject({ ok: false, reason: 'codes' })
    expect([await targetsOf(draft.id), await bodies(draft.id)]).toEqual([[], []])
  })

  test.each([['campaign_code', 'campaignCode', 'published_at = null'], ['career_page', 'page', 'archived_at = app_now()'], ['job', 'job', 'archived_at = app_now()']] as const)('with a %s that was taken away since is refused', async (table, name, change) => {
    const scene = await launchScene(database.db)
    const draft = await scene.draft({ texts: { fr: ALL } })
    const choices = await choose(scene, draft.id)
    await sql`update ${sql.table(table)} set ${sql.raw(change)} where id = ${choices[name]}`.execute(database.db)
    expect(await scene.launch(draft)).toMatchObject({ ok: false, reason: 'codes' })
  })

  test('merges the branch of each person, and asks for a fallback where there is none', async () => {
    const scene = await launchScene(database.db)
    const { id } = await database.db.insertInto('branch').values({ company_id: scene.scope.companyId, name: 'Lyon {lien}' }).returning('id').executeTakeFirstOrThrow()
    await sql`update candidate set branch_id = ${id} where id = (select min(id) from candidate where company_id = ${scene.scope.companyId})`.execute(database.db)
    const bare = await scene.draft({ texts: { fr: '{agence} {branche} {lien}' } })
    expect(await scene.launch(bare)).toMatchObject({ ok: false, reason: 'incomplete' })
    const draft = await scene.draft({ texts: { fr: '{agence} {branche|partout} {lien}' } })
    await scene.launch(draft)
    expect((await bodies(draft.id)).map((text) => /Martin (.*) https/.exec(text)![1]).sort()).toEqual(['Lyon {lien}', 'partout', 'partout'])
  })
})

describe('the compose page', () => {
  const start = async () => {
    const scene = await composeScene(database, app, { user: { role: 'recruiter' } })
    const page = await scene.visitor.post(scene.visitor.home, '/campaigns', { ids: scene.ids })
    const id = Number(/\/campaigns\/(\d+)/.exec(page.url)![1])
    const save = (from: Page, values: Record<string, string>, button = 'Enregistrer') => scene.visitor.submit(from, values, { form: '/draft', button })
    return { scene, page, id, save, owner: { scope: scene.scope, userId: scene.user.id }, choices: async () => (await findCampaign(database.db, scene.scope, id))!.codes }
  }
  const has = (page: Page, name: string) => page.html.includes(`name="${name}"`)

  test('shows a picker once the text asks for it, and says what is missing when somebody goes on', async () => {
    const { page, save, owner, choices } = await start()
    expect(['campaign_code', 'auto_response'].map((name) => has(page, name))).toEqual([true, true])
    expect(['network', 'site', 'career_page', 'job'].map((name) => has(page, name))).toEqual([false, false, false, false])
    const network = await makeReference(database.db, owner, 'networks', { name: 'Anciens' })
    const refused = await save(page, { text_fr: '{agence} {rejoindre_reseau} {poste} {page_campagne} {lien} {stop}' }, 'Aperçu et confirmation')
    expect([refused.status, ['network', 'site', 'job'].map((name) => has(refused, name))]).toEqual([422, [true, true, true]])
    for (const sentence of ['Choisissez un réseau de talents', 'Choisissez un poste', 'Choisissez un code de campagne']) expect(refused.text).toContain(sentence)
    const kept = await save(refused, { network: String(network) }, 'Aperçu et confirmation')
    expect(kept.html).toContain(`<option value="${network}" selected>`)
    expect(await choices()).toMatchObject({ network })
    // The text asks for it no more: the picker is gone, the choice stays for the next change of mind.
    expect(has(await save(kept, { text_fr: '{agence} {lien} {stop}' }), 'network')).toBe(false)
    expect(await choices()).toMatchObject({ network })
  })

  test('offers the pages and jobs of the chosen site, and drops those of another (S31)', async () => {
    const { page, save, owner, choices, scene, id } = await start()
    const [first, second] = [await makeReference(database.db, owner, 'sites', { name: 'Un' }), await makeReference(database.db, owner, 'sites', { name: 'Deux' })]
    const pageId = await makeReference(database.db, owner, 'pages', { siteId: first, name: 'Page du premier' })
    const jobId = await makeReference(database.db, owner, 'jobs', { siteId: first, title: 'Éclairagiste', reference: 'ZX-9' })
    await makeReference(database.db, owner, 'pages', { siteId: second, name: 'Page du second' })
    await makeReference(database.db, owner, 'jobs', { siteId: first, title: 'Secret', isConfidential: true })
    const shown = await save(page, { text_fr: '{agence} {page_carriere} {poste} {lien} {stop}' })
    expect(shown.text).toContain('Choisissez d’abord le site carrière')
    const onFirst = await save(shown, { site: String(first) })
    expect(onFirst.text).toContain('Page du premier')
    expect(onFirst.text).not.toMatch(/Page du second|Secret/)
    const chosen = await save(onFirst, { career_page: String(pageId), job: String(jobId) })
    expect(await choices()).toMatchObject({ site: first, page: pageId, job: jobId })
    expect(chosen.text).toContain('Éclairagiste')
    const found = await scene.visitor.get(`/campaigns/${id}/jobs?job_search=ECLAI`, { 'hx-request': 'true' })
    expect(found.text).toContain('Éclairagiste (ZX-9)')
    expect((await scene.visitor.get(`/campaigns/${id}/jobs?job_search=zx`, { 'hx-request': 'true' })).text).toContain('Éclairagiste')
    expect((await scene.visitor.get(`/campaigns/${id}/jobs?job_search=secret`, { 'hx-request': 'true' })).text).toContain('Aucun poste ne commence ainsi')
    const onSecond = await save(chosen, { site: String(second) })
    expect(onSecond.text).toContain('Page du second')
    expect(await choices()).toMatchObject({ site: second, page: null, job: null })
  })

  test('takes nothing from another company, nothing archived, nothing confidential without the privilege (S5), nothing unpublished', async () => {
    const { page, scene, id, owner, choices } = await start()
    const other = await makeCompany(database.db)
    const foreign = { scope: other.scope, userId: (await makeUser(database.db, other.scope)).id }
    const theirSite = await makeReference(database.db, foreign, 'sites')
    const site = await makeReference(database.db, owner, 'sites')
    const gone = await makeReference(database.db, owner, 'networks')
    await database.db.updateTable('talent_network').set({ archived_at: new Date() }).where('id', '=', gone).execute()
    const secret = await makeReference(database.db, owner, 'jobs', { siteId: site, isConfidential: true })
    const draftAnswer = await makeTemplate(database.db, scene.scope, { kind: 'auto_response', isPublished: false })
    const post = async (values: Record<string, string>) => {
      const now = (await findCampaign(database.db, scene.scope, id))!
      await scene.visitor.post(page, `/campaigns/${id}/draft`, { version: String(now.version), text_fr: '{lien}', template: String(now.template_id ?? ''), availability: 'on', ...values })
    }
    await post({ campaign_code: String(await makeReference(database.db, foreign, 'codes')), network: String(await makeReference(database.db, foreign, 'networks')), site: String(theirSite) })
    expect(await choices()).toEqual(NO_CHOICES)
    await post({ site: String(site), job: String(secret), network: String(gone), auto_response: String(draftAnswer.id) })
    expect(await choices()).toEqual({ ...NO_CHOICES, site })
    await post({ job: "1' or 1=1", career_page: '-1', network: '99999999999999999999', auto_response: String(scene.template.id) })
    expect(await choices()).toEqual({ ...NO_CHOICES, site })
    const stranger = await app.signIn(await makeUser(database.db, other.scope))
    expect((await stranger.get(`/campaigns/${id}/jobs`)).status).toBe(404)
  })

  test('prefills the site of the template, and picks a published automatic answer (S31, S35)', async () => {
    const { page, save, owner, choices, scene } = await start()
    const site = await makeReference(database.db, owner, 'sites', { name: 'Le site du modèle' })
    const template = await makeTemplate(database.db, scene.scope, { name: 'Avec site', texts: { fr: '{agence} {page_carriere} {lien} {stop}' } })
    await database.db.updateTable('message_template').set({ career_site_id: site }).where('id', '=', template.id).execute()
    const answer = await makeTemplate(database.db, scene.scope, { name: 'Merci', kind: 'auto_response', texts: { fr: 'Merci.' } })
    const now = (await findCampaign(database.db, scene.scope, Number(/\d+/.exec(page.url)![0])))!
    await scene.visitor.post(page, `/campaigns/${now.id}/draft`, { version: String(now.version), template: String(template.id), availability: 'on', text_fr: '', auto_response: String(answer.id) })
    expect(await choices()).toMatchObject({ site, autoResponse: answer.id })
    const shown = await scene.visitor.get(page.url)
    expect(shown.html).toContain(`<option value="${site}" selected>Le site du modèle</option>`)
    const checked = await save(shown, {}, 'Aperçu et confirmation')
    expect([checked.status, checked.text]).toEqual([422, expect.stringContaining('Choisissez une page carrière')])
    expect((await scene.visitor.get(`/campaigns/${now.id}/check`)).text).toContain('Choisissez une page carrière')
  })

  test('sends tests with live links, the same ones at every test and at the launch', async () => {
    const { page, save, owner, id, scene } = await start()
    const network = await makeReference(database.db, owner, 'networks', { url: 'https://agence.example.com/un' })
    const ready = await save(page, { text_fr: '{agence} {rejoindre_reseau} {lien} {stop}' })
    const refused = await scene.visitor.submit(ready, { mobile: '06 39 98 00 42' }, { form: '/test' })
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('Choisissez d’abord ce que le texte demande')])
    await save(await scene.visitor.get(ready.url), { network: String(network) })
    const shown = await scene.visitor.get(ready.url)
    const tests = await Promise.all([1, 2].map(() => scene.visitor.submit(shown, { mobile: '06 39 98 00 42' }, { form: '/test' })))
    expect(tests.map(({ status }) => status)).toEqual([200, 200])
    const [target, ...rest] = await targetsOf(id)
    expect([target!.url, rest]).toEqual(['https://agence.example.com/un', []])
    const sent = await database.db.selectFrom('message').select('body').where('campaign_id', '=', id).where('purpose', '=', 'test').execute()
    expect(sent.map(({ body }) => body.includes(`/${target!.code}`))).toEqual([true, true])
  })
})
