import { afterAll, beforeAll } from 'vitest'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import type { CampaignStatus } from '../../src/campaigns/domain.ts'
import { startTestApp, type SignedIn, type TestApp } from './app.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { makeCompany, makeUser } from './factories/accounts.ts'
import { look, makePlanned, type GivenBatch } from './factories/batches.ts'

const THREE: GivenBatch[] = [{ recipients: 2, due: '1 day' }, { recipients: 3, due: '2 days' }, { recipients: 1, due: '3 days' }]

/** A company with a recruiter and an administrator, and campaigns in whatever state: for all tests of a file. */
export function actionScene() {
  let database: TestDatabase
  let app: TestApp
  let company: Awaited<ReturnType<typeof makeCompany>>
  let recruiter: SignedIn
  let administrator: SignedIn
  beforeAll(async () => {
    database = await createTestDatabase()
    app = await startTestApp(database)
    company = await makeCompany(database.db, { name: 'Agence Martin' })
    recruiter = await app.signIn(await makeUser(database.db, company.scope, { name: 'Claire Bernard' }))
    administrator = await app.signIn(await makeUser(database.db, company.scope, { role: 'administrator' }))
  })
  afterAll(async () => {
    await app?.close()
    await database?.close()
  })
  return {
    get database() { return database },
    get app() { return app },
    get company() { return company },
    get recruiter() { return recruiter },
    get administrator() { return administrator },
    tick: () => advanceCampaigns(database),
    /** A campaign of the company in that status, with what such a one has. */
    async make(status: CampaignStatus, batches: GivenBatch[] = THREE) {
      const planned = await makePlanned(database, { company, status: 'in_process', batches })
      const change = status === 'draft'
        ? 'launched_at = null, launched_by = null'
        : ['completed', 'cancelled'].includes(status) ? 'finished_at = app_now()' : "status_reason = case when $2::text = 'suspended' then 'drop_rate' end"
      await database.pool.query(`update campaign set status = $2::text, ${change} where id = $1`, [planned.campaignId, status])
      return { ...planned, now: () => look(database, planned.campaignId), url: (step: string) => `/campaigns/${planned.campaignId}/${step}` }
    },
  }
}

/** A local day from now, never a Saturday or a Sunday. */
export function workday(days: number): string {
  const day = new Date(Date.now() + days * 86_400_000)
  while ([0, 6].includes(day.getUTCDay())) day.setUTCDate(day.getUTCDate() + 1)
  return day.toISOString().slice(0, 10)
}

/** The form of a new date, filled in. */
export const startingOn = (on: string, time = '10:00', more: Record<string, string> = {}) => ({ starts: 'later', start_on: on, start_time: time, action: 'do', ...more })

/** Without the spaces that French puts where no line may break. */
export const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
