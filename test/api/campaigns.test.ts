import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerLaunchTasks } from '../../src/campaigns/launching.tasks.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeUser } from '../support/factories/accounts.ts'
import { makeApiKey, makeApiScene } from '../support/factories/api.ts'
import { countWritten, makeTemplate, NOTHING_WRITTEN } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { client } from './client.ts'

const TEXT = 'Bonjour {prenom|}, {agence} souhaite connaitre vos disponibilités : {lien}\n{stop}'

let database: TestDatabase
let app: TestApp
let scene: Awaited<ReturnType<typeof makeApiScene>>
let stranger: ReturnType<typeof client>
let ask: ReturnType<typeof client>
let rehearse: ReturnType<typeof client>
/** Three who may be texted, one without consent, one who opted out, one without a number. */
let people: number[]

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { registerTasks: registerLaunchTasks })
  scene = await makeApiScene(database.db)
  ask = client(app, scene.key)
  rehearse = client(app, (await scene.keyOf({ kind: 'test' })).key)
  stranger = client(app, (await makeApiScene(database.db)).key)
  people = []
  for (const given of [{}, {}, {}, { consent: false }, { optedOut: true }, { mobile: null }]) people.push((await makeCandidate(database.db, scene.scope, given)).id)
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

let drafts = 0
/** Each with words of its own, so that none is the twin of another. */
async function makeDraft(as = ask, more: Record<string, unknown> = {}) {
  drafts += 1
  const made = await as('POST', '/campaigns', { name: `Décembre ${drafts}`, kind: 'availability', audience: { candidate_ids: people }, texts: { fr: `${TEXT} ${drafts}` }, schedule: { starts: 'now' }, ...more })
  expect(made).toMatchObject({ status: 201 })
  return made.json
}

async function launch(draft: { id: number; version: number }, as = ask, more: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
  return as('POST', `/campaigns/${draft.id}/launch`, { version: draft.version, recipients: 3, accept_warnings: true, ...more }, headers)
}

describe('Drafts', () => {
  test('hold what was given, and say what is possible', async () => {
    const template = await makeTemplate(database.db, scene.scope)
    const { json } = await ask('POST', '/campaigns', {
      name: 'De modèle', kind: 'availability', template_id: template.id, audience: { search: { trade: 'Coffreur' }, except: [people[0]] }, limit_to: 2, internal_comment: 'Pour le chantier',
      schedule: { starts: 'later', date: nextYear(), time: '09:30', allow_weekends: true }, answers: { close_at_yes: 2, remind_after_hours: 48, waves: { size: 1, minutes: 60 } },
    })
    expect(json).toMatchObject({
      status: 'draft', is_test: false, template_id: template.id, texts: { fr: expect.stringContaining('{agence}') }, limit_to: 2, internal_comment: 'Pour le chantier', progress: null, counts: null,
      audience: { mode: 'search', picked: null, except: 1, search: { kind: 'candidate', trade: 'Coffreur' } }, schedule: { starts: 'later', date: nextYear(), time: '09:30', allow_weekends: true },
      answers: { close_at: null, close_at_yes: 2, remind_after_hours: 48, waves: { size: 1, minutes: 60 } }, possible_actions: ['edit', 'launch'],
    })
    const read = await ask('GET', `/campaigns/${json.id}`)
    expect(read.json).toEqual(json)
    const changed = await ask('PATCH', `/campaigns/${json.id}`, { version: json.version, texts: { fr: 'Autre {lien} {stop}' }, limit_to: null, answers: { waves: null } })
    expect(changed.json).toMatchObject({ texts: { fr: 'Autre {lien} {stop}' }, limit_to: null, template_id: template.id, internal_comment: 'Pour le chantier', answers: { close_at_yes: 2, waves: null } })
    expect(await ask('PATCH', `/campaigns/${json.id}`, { version: json.version, name: 'Vieux' })).toMatchObject({ status: 409, json: { code: 'conflict', reason: 'stale' } })
  })

  test.each([
    ['somebody of nobody knows where', { audience: { candidate_ids: [999_999] } }, 'audience.candidate_ids'],
    ['a start in the past', { schedule: { starts: 'later', date: '2020-01-02', time: '09:00' } }, 'schedule'],
    ['a day that there is not', { schedule: { starts: 'later', date: '2027-02-30', time: '09:00' } }, 'schedule.date'],
    ['a limit beyond the company’s', { limit_to: 1_000_000 }, 'limit_to'],
    ['a pool that there is not', { sender_pool_id: 999_999 }, 'sender_pool_id'],
    ['a job that there is not', { references: { job_id: 999_999 } }, 'references.job_id'],
    ['a field that there is not', { colour: 'blue' }, 'colour'],
  ])('%s is refused beside its field, and nothing is made', async (_what, wrong, field) => {
    const before = await database.db.selectFrom('campaign').select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow()
    const { status, json } = await ask('POST', '/campaigns', { name: 'Fausse', kind: 'availability', audience: { candidate_ids: people }, ...wrong })
    expect({ status, fields: [...new Set(json.errors.map((error: { field: string }) => error.field))] }).toEqual({ status: 422, fields: [field] })
    expect(await database.db.selectFrom('campaign').select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow()).toEqual(before)
  })

  test('a template of nobody is a conflict; a whole search and a pause ask for privileges of their own', async () => {
    expect(await ask('POST', '/campaigns', { name: 'X', kind: 'availability', template_id: 999_999, audience: { candidate_ids: people } })).toMatchObject({ status: 409, json: { reason: 'template' } })
    const user = await makeUser(database.db, scene.scope, { privileges: ['campaigns.view', 'campaigns.send'] })
    const limited = client(app, (await makeApiKey(database.db, user.id)).key)
    expect(await limited('POST', '/campaigns', { name: 'X', kind: 'availability', audience: { search: {} } })).toMatchObject({ status: 403, json: { code: 'missing_privilege', privilege: 'campaigns.send_list' } })
    const draft = await makeDraft()
    expect(await limited('POST', `/campaigns/${draft.id}/pause`)).toMatchObject({ status: 403, json: { privilege: 'campaigns.manage' } })
  })

  test('two requests at once with one Idempotency-Key make one (F-79)', async () => {
    const body = { name: 'Une seule', kind: 'simple', audience: { candidate_ids: people } }
    const headers = { 'idempotency-key': 'november-1' }
    const made = await Promise.all([1, 2, 3].map(() => ask('POST', '/campaigns', body, headers)))
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(new Set(made.map(({ json }) => json.id)).size).toBe(1)
    expect((await ask('GET', '/campaigns?q=Une+seule')).json.data).toHaveLength(1)
    expect(await ask('POST', '/campaigns', { ...body, name: 'Autre' }, headers)).toMatchObject({ status: 422, json: { code: 'key_reused' } })
  })

  test('are listed page by page, by start and by name; another company’s are not there', async () => {
    const draft = await makeDraft()
    for (const sort of ['start', 'name']) {
      const names: string[] = []
      let next = `/campaigns?limit=2&sort=${sort}`
      for (let pages = 0; next !== '' && pages < 50; pages += 1) {
        const { json } = await ask('GET', next)
        names.push(...json.data.map(({ name }: { name: string }) => name))
        next = json.next_cursor === null ? '' : `/campaigns?limit=2&sort=${sort}&cursor=${encodeURIComponent(json.next_cursor)}`
      }
      expect(names).toContain(draft.name)
      expect(new Set(names).size).toBe(names.length)
    }
    expect(await ask('GET', '/campaigns?starts_from=2026-12-02&starts_until=2026-12-01')).toMatchObject({ status: 422, json: { errors: [{ in: 'query', field: 'starts_until', message: 'The end cannot come before the beginning.' }] } })
    expect((await stranger('GET', '/campaigns')).json.data).toEqual([])
    for (const path of ['', '/preview', '/recipients', '/answers', '/audience']) expect((await stranger('GET', `/campaigns/${draft.id}${path}`)).status).toBe(404)
    for (const action of ['pause', 'cancel']) expect((await stranger('POST', `/campaigns/${draft.id}/${action}`)).status).toBe(404)
    expect((await launch(draft, stranger)).status).toBe(404)
  })
})

describe('The preview', () => {
  test('says all that the page says: every exclusion, the cost, the plan, samples, what is amber', async () => {
    const draft = await makeDraft()
    const { json } = await ask('GET', `/campaigns/${draft.id}/preview`, undefined, { 'accept-language': 'fr' })
    expect(json).toMatchObject({
      version: draft.version, can_launch: true, has_warnings: true, blockers: [],
      audience: { total: 6, recipients: 3, excluded: { no_number: 1, no_consent: 1, opted_out: 1, over_limit: 0 }, countries: { FR: 3 } },
      cost: { segments: expect.any(Number), longest: { encoding: 'gsm7' } }, batches: [{ no: 1, recipients: 3 }], batch_count: 1, twin: null,
    })
    const { total, recipients, excluded } = json.audience
    expect(total - Object.values<number>(excluded).reduce((sum, n) => sum + n, 0)).toBe(recipients)
    expect(json.samples[0].text).toContain('STOP 38047')
    expect(json.checks.find(({ name }: { name: string }) => name === 'tested')).toEqual({ name: 'tested', state: 'warning', label: 'Test envoyé', lines: ['Ce texte n’a pas été testé'] })
    // The page has the same rows.
    const visitor = await app.signIn(scene.user)
    const page = await visitor.get(`/campaigns/${draft.id}/check`)
    for (const { label } of json.checks) expect(page.text).toContain(label)
    const left = await ask('GET', `/campaigns/${draft.id}/audience?line=no_consent`)
    expect(left.json).toMatchObject({ data: [{ candidate_id: people[3] }], next_cursor: null })
    const first = await ask('GET', `/campaigns/${draft.id}/audience?limit=2`)
    const rest = await ask('GET', `/campaigns/${draft.id}/audience?limit=2&cursor=${first.json.next_cursor}`)
    expect([...first.json.data, ...rest.json.data].map(({ candidate_id }) => candidate_id).sort()).toEqual(people.slice(0, 3).sort())
  })

  test('what stands against sending is named, and the launch says the same', async () => {
    const draft = await makeDraft(ask, { texts: { fr: 'Sans lien ni rien {inconnu}' } })
    const { json } = await ask('GET', `/campaigns/${draft.id}/preview`)
    expect(json).toMatchObject({ can_launch: false, blockers: expect.arrayContaining(['text']) })
    expect(await launch(draft)).toMatchObject({ status: 409, json: { code: 'conflict', reason: 'text' } })
    expect(await countWritten(database.db, draft.id)).toEqual(NOTHING_WRITTEN)
  })
})

describe('A launch', () => {
  test('asks for what the page asks for; then it is one, however often and at once it is asked for', async () => {
    const draft = await makeDraft()
    expect(await launch(draft, ask, { accept_warnings: false })).toMatchObject({ status: 422, json: { reason: 'warnings', errors: [{ field: 'accept_warnings' }] } })
    expect(await launch(draft, ask, { version: draft.version + 1 })).toMatchObject({ status: 409, json: { reason: 'stale' } })
    expect(await launch(draft, ask, { recipients: 2 })).toMatchObject({ status: 409, json: { reason: 'grown', recipients: 3 } })
    expect(await countWritten(database.db, draft.id)).toEqual(NOTHING_WRITTEN)
    const both = await Promise.all([launch(draft, ask, {}, { 'idempotency-key': `launch ${draft.id}`.replace(' ', '-') }), launch(draft)])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect(both.map(({ json }) => json.is_repeat).sort()).toEqual([false, true])
    const again = await launch(draft, ask, {}, { 'idempotency-key': `launch-${draft.id}` })
    expect(again).toMatchObject({ status: 200, json: { outcome: 'launched', recipients: 3 } })
    expect(await countWritten(database.db, draft.id)).toMatchObject({ recipients: 3, messages: 3, events: 1 })
    const { json } = await ask('GET', `/campaigns/${draft.id}`)
    expect(json).toMatchObject({ status: 'in_process', counts: { total: 6, recipients: 3 }, progress: { recipients: 3, remaining: 3 }, possible_actions: expect.arrayContaining(['pause', 'cancel']) })
    expect(await ask('PATCH', `/campaigns/${draft.id}`, { version: json.version, name: 'Trop tard' })).toMatchObject({ status: 409, json: { reason: 'launched' } })
  })

  test('of a list too long for a request is a worker’s, and one all the same', async () => {
    const { scope, keyOf } = await makeApiScene(database.db)
    const many = client(app, (await keyOf({})).key)
    await database.pool.query('insert into candidate (company_id, first_name, last_name) select $1, \'Sans\', \'numéro \' || n from generate_series(1, 2100) n', [scope.companyId])
    await makeCandidate(database.db, scope, {})
    const { json: draft } = await many('POST', '/campaigns', { name: 'Longue', kind: 'availability', audience: { search: {} }, texts: { fr: TEXT }, schedule: { starts: 'now' } })
    const asked = { version: draft.version, recipients: 1, accept_warnings: true }
    expect(await many('POST', `/campaigns/${draft.id}/launch`, asked)).toMatchObject({ status: 200, json: { outcome: 'launching', is_repeat: false, campaign: { status: 'draft', launching: { recipients: 1, refusal: null } } } })
    await app.deps.queue.drain()
    expect((await many('GET', `/campaigns/${draft.id}`)).json).toMatchObject({ status: 'in_process', launching: null })
    expect(await many('POST', `/campaigns/${draft.id}/launch`, asked)).toMatchObject({ status: 200, json: { outcome: 'launched', is_repeat: true, recipients: 1 } })
    expect(await countWritten(database.db, draft.id)).toMatchObject({ recipients: 1, messages: 1, events: 1 })
  })
})

describe('A launched campaign', () => {
  test('is paused, resumed, rescheduled and cancelled by the table of states; what it refuses says what is possible (S79)', async () => {
    const draft = await makeDraft(ask, { schedule: { starts: 'later', date: nextYear(), time: '10:00', allow_weekends: true } })
    const id = draft.id
    expect(await ask('POST', `/campaigns/${id}/pause`)).toMatchObject({ status: 409, json: { reason: 'moved', campaign_status: 'draft', possible_actions: ['edit', 'launch'] } })
    await launch(draft)
    const later = { schedule: { starts: 'later', date: nextYear(), time: '11:15', allow_weekends: true } }
    expect(await ask('POST', `/campaigns/${id}/reschedule`, later)).toMatchObject({ status: 200, json: { batches: [{ no: 1, date: nextYear(), waiting: 3 }], campaign: { status: 'scheduled', schedule: { time: '11:15' } } } })
    expect(await ask('POST', `/campaigns/${id}/resume`, later)).toMatchObject({ status: 409, json: { campaign_status: 'scheduled' } })
    expect(await ask('POST', `/campaigns/${id}/pause`)).toMatchObject({ status: 200, json: { handed: { out: 0, in_flight: 0, waiting: 3 }, campaign: { status: 'paused', stopped: { reason: 'person' }, possible_actions: ['resume', 'cancel'] } } })
    expect(await ask('POST', `/campaigns/${id}/resume`, { schedule: { starts: 'later', date: '2020-01-02', time: '10:00', allow_weekends: true } })).toMatchObject({ status: 422, json: { errors: [{ field: 'schedule' }] } })
    const weekend = { starts: 'later', date: nextSaturday(), time: '10:00' }
    expect(await ask('POST', `/campaigns/${id}/resume`, { schedule: weekend })).toMatchObject({ status: 422, json: { errors: [{ field: 'accept_weekend' }] } })
    expect(await ask('POST', `/campaigns/${id}/resume`, { schedule: weekend, accept_weekend: true })).toMatchObject({ status: 200, json: { campaign: { status: 'scheduled' } } })
    expect(await ask('POST', `/campaigns/${id}/cancel`)).toMatchObject({ status: 200, json: { campaign: { status: 'cancelled', possible_actions: [] } } })
    expect(await ask('POST', `/campaigns/${id}/cancel`)).toMatchObject({ status: 409, json: { reason: 'moved', campaign_status: 'cancelled' } })
  })
})

describe('A test key', () => {
  test('makes marked drafts that nobody can launch, by any way; the launch is a rehearsal', async () => {
    const draft = await makeDraft(rehearse)
    expect(draft).toMatchObject({ is_test: true, possible_actions: ['edit'] })
    const simulated = await launch(draft, rehearse)
    expect(simulated).toMatchObject({ status: 200, json: { outcome: 'simulated', recipients: 3, batches: [{ no: 1, recipients: 3 }], campaign: { status: 'draft' } } })
    expect(simulated.headers.get('dispo-test')).toBe('undone')
    expect(await launch(draft, rehearse, { accept_warnings: false })).toMatchObject({ status: 422, json: { reason: 'warnings' } })
    expect(await launch(draft)).toMatchObject({ status: 409, json: { reason: 'test' } })
    // Nor from the page, nor by whoever writes into the table.
    const visitor = await app.signIn(scene.user)
    const check = await visitor.get(`/campaigns/${draft.id}/check`)
    expect(check.text).toContain('elle ne part jamais')
    expect(check.text).not.toContain('Envoyer 3 SMS')
    await expect(database.db.updateTable('campaign').set({ status: 'scheduled', launched_at: new Date() }).where('id', '=', draft.id).execute()).rejects.toMatchObject({ constraint: 'campaign_test_stays_draft' })
    expect(await countWritten(database.db, draft.id)).toEqual(NOTHING_WRITTEN)
  })

  test('changes nothing of live campaigns, whatever it is answered', async () => {
    const draft = await makeDraft()
    expect(await rehearse('PATCH', `/campaigns/${draft.id}`, { version: draft.version, name: 'Essai' })).toMatchObject({ status: 409, json: { reason: 'live_campaign' } })
    expect((await launch(draft, rehearse)).json.outcome).toBe('simulated')
    expect(await countWritten(database.db, draft.id)).toEqual(NOTHING_WRITTEN)
    await launch(draft)
    for (const action of ['pause', 'cancel']) expect((await rehearse('POST', `/campaigns/${draft.id}/${action}`)).status).toBe(200)
    expect((await ask('GET', `/campaigns/${draft.id}`)).json.status).toBe('in_process')
  })
})

function nextYear(): string {
  return dayIn(300)
}

function nextSaturday(): string {
  return dayIn((6 - new Date().getUTCDay() + 7) % 7 + 7)
}

function dayIn(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}
