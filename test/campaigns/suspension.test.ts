import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findViewer } from '../../src/auth/queries.ts'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { releaseCampaign } from '../../src/campaigns/replan.commands.ts'
import { verdictOn } from '../../src/campaigns/suspension.domain.ts'
import { recordOptIn, recordOptOut } from '../../src/consent/queries.ts'
import { getAccount, suspendAccount } from '../../src/messaging/account.queries.ts'
import { ACCOUNT_REFUSED } from '../../src/messaging/domain.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { look, makePlanned, moveMessages } from '../support/factories/batches.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

it('when the provider refuses the account everybody is told, and an administrator lets it go on', async () => {
  const { scope } = await makeCompany(database.db)
  const recruiter = await app.signIn(await makeUser(database.db, scope))
  const administrator = await app.signIn(await makeUser(database.db, scope, { role: 'administrator' }))
  expect((await recruiter.get('/campaigns')).text).not.toContain('Aucun SMS ne part')

  await suspendAccount(database.db, `${ACCOUNT_REFUSED}: 402 Low balance`)
  const told = await recruiter.get('/campaigns')
  expect(told.text).toContain('le prestataire refuse le compte')
  expect(told.text).toContain('Prévenez votre administrateur.')
  expect(told.text).not.toContain('Low balance')
  expect((await recruiter.post(told, '/campaigns/sending/resumption')).status).toBe(403)

  const asked = await administrator.get('/campaigns')
  expect(asked.text).toContain('402 Low balance')
  const resumed = await administrator.submit(asked, {}, { button: 'Reprendre les envois', form: '/campaigns/sending/resumption' })
  expect(resumed.text).toContain('Les envois reprennent.')
  expect(resumed.text).not.toContain('Aucun SMS ne part')
  expect((await getAccount(database.db)).suspended_at).toBeNull()
  const journal = await database.db.selectFrom('journal').select('action').where('company_id', '=', scope.companyId).where('action', 'like', 'sending.%').execute()
  expect(journal).toEqual([{ action: 'sending.resumed' }])
})

describe('the verdict', () => {
  const RULES = { 'suspension.last': 200, 'suspension.percent': 25, 'suspension.min_finals': 100, 'suspension.refused_from_start': 20 }
  const outcomes = (finals: number, failed: number, rejected = 0, anyTaken = true) => ({ finals, failed, rejected, anyTaken })

  it.each([
    [outcomes(100, 25), 'drop_rate'], [outcomes(100, 24), undefined], [outcomes(99, 99), undefined], [outcomes(200, 50), 'drop_rate'], [outcomes(200, 49), undefined], [outcomes(0, 0), undefined],
    [outcomes(20, 20, 20, false), 'refused_from_start'], [outcomes(19, 19, 19, false), undefined], [outcomes(20, 20, 20, true), undefined], [outcomes(150, 150, 150, false), 'refused_from_start'],
  ])('on %j is %s (P13)', (given, reason) => expect(verdictOn(given, RULES)?.reason).toBe(reason))

  it('follows the company’s own figures and names them', () => {
    expect(verdictOn(outcomes(40, 3), { ...RULES, 'suspension.min_finals': 10, 'suspension.percent': 7 })).toEqual({ reason: 'drop_rate', detail: { failed: 3, finals: 40, percent: 8, limit: 7 } })
    expect(verdictOn(outcomes(5, 5, 5, false), { ...RULES, 'suspension.refused_from_start': 5 })?.reason).toBe('refused_from_start')
  })
})

describe('a campaign whose texts fail', () => {
  const SENT = ['leased', 'submitting', 'accepted']

  async function sending(recipients: number) {
    const planned = await makePlanned(database, { status: 'in_process', batches: [{ recipients, due: '-1 minute', state: 'running' }] })
    const settle = (state: string, limit: number) => moveMessages(database, planned.campaignId, state === 'rejected' ? ['leased', 'submitting', 'rejected'] : [...SENT, state], { limit })
    return { ...planned, settle, tick: () => advanceCampaigns(database), now: () => look(database, planned.campaignId) }
  }

  it('is suspended with reason and figures at a quarter of the last two hundred, not before, and once (S78)', async () => {
    const given = await sending(130)
    await given.settle('delivered', 76)
    await given.settle('undelivered', 23)
    await given.settle('rejected', 1)
    await given.tick()
    expect((await given.now()).status).toBe('in_process')
    await given.settle('undelivered', 2)
    await Promise.all([given.tick(), given.tick(), given.tick()])
    const now = await given.now()
    const detail = { failed: 26, finals: 102, percent: 25, limit: 25 }
    expect(now).toMatchObject({ status: 'suspended', status_reason: 'drop_rate', status_detail: detail, kinds: ['suspended'] })
    expect(now.events[0]!.detail).toEqual({ reason: 'drop_rate', ...detail })
  })

  it('counts who opted out because of it, once, and nobody who opted out elsewhere or came back', async () => {
    const given = await sending(104)
    await given.settle('delivered', 79)
    await given.settle('undelivered', 21)
    const delivered = (await database.pool.query<{ e164: string }>("select e164 from message where campaign_id = $1 and state = 'delivered' order by id", [given.campaignId])).rows.map(({ e164 }) => e164)
    for (const [index, e164] of delivered.slice(0, 5).entries()) await recordOptOut(database.db, given.scope, { e164, source: 'page', ...(index === 0 ? {} : { campaignId: given.campaignId }) })
    await recordOptIn(database.db, given.scope, { e164: delivered[1]!, source: 'sms' })
    await given.tick()
    expect((await given.now()).status).toBe('in_process') // 21 + 3 of 100
    await recordOptOut(database.db, given.scope, { e164: delivered[1]!, source: 'sms', campaignId: given.campaignId })
    await given.tick()
    expect(await given.now()).toMatchObject({ status: 'suspended', status_detail: { failed: 25, finals: 100 } })
  })

  it('is judged by its newest texts: what went well long ago does not excuse', async () => {
    const given = await sending(420)
    await given.settle('delivered', 360)
    await given.settle('undelivered', 49)
    await given.tick()
    expect((await given.now()).status).toBe('in_process')
    await given.settle('undelivered', 1)
    await given.tick()
    expect(await given.now()).toMatchObject({ status: 'suspended', status_detail: { failed: 50, finals: 200 } })
  })

  it('is suspended when the first twenty are all refused, and not when one was taken', async () => {
    const taken = await sending(21)
    await moveMessages(database, taken.campaignId, SENT, { limit: 1 })
    await taken.settle('rejected', 20)
    const refused = await sending(21)
    await refused.settle('rejected', 19)
    await refused.tick()
    expect((await refused.now()).status).toBe('in_process')
    await refused.settle('rejected', 1)
    await refused.tick()
    expect(await refused.now()).toMatchObject({ status: 'suspended', status_reason: 'refused_from_start', status_detail: { refused: 20 } })
    expect((await taken.now()).status).not.toBe('suspended')
  })

  it('is judged anew once an administrator let it go on', async () => {
    const given = await sending(240)
    await given.settle('undelivered', 110)
    await given.tick()
    const administrator = (await findViewer(database.db, (await makeUser(database.db, given.scope, { role: 'administrator' })).id))!
    expect((await releaseCampaign(database, administrator, given.campaignId, { start: 'now', allowWeekends: true })).ok).toBe(true)
    await given.tick()
    expect(await given.now()).toMatchObject({ status: 'in_process', status_reason: null, states: ['running'], kinds: ['suspended', 'released'] })
    await given.settle('delivered', 75)
    await given.settle('undelivered', 24)
    await given.tick()
    expect((await given.now()).status).toBe('in_process')
    await given.settle('undelivered', 1)
    await given.tick()
    expect(await given.now()).toMatchObject({ status: 'suspended', status_detail: { failed: 25, finals: 100 } })
  })
})
