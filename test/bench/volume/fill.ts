import type pg from 'pg'
import { placesVersion } from '../../../src/candidates/places.data.ts'
import type { Db } from '../../../src/db/pool.ts'
import { makeUser, PASSWORD } from '../../support/factories/accounts.ts'
import { fill as fillPeople, openGround } from '../search-people.ts'
import { buildIndexes, GROWING, holdIndexes } from './indexes.ts'
import { furnish, RECORDS } from './office.ts'
import { insertCampaigns, numberPeople, once, openBook, planCampaigns } from './plan.ts'
import { writeRecipients } from './recipients.ts'
import { inWords, type Size } from './size.ts'

export type Agency = Awaited<ReturnType<typeof openGround>> & { admin: { email: string; password: string } }

const ADMIN = 'administratrice@volume.test'

/**
 * One agency with everything that years leave behind, written by sets. Killed and called again with the same size it goes on where
 * it was; with another size it refuses. The connection must be a superuser's: keys are not checked while rows are written.
 */
export async function fillAgency(db: Db, admin: pg.Client, size: Size, say: (text: string) => void = () => {}): Promise<Agency> {
  await openBook(admin)
  await refuseOther(admin, size)
  const ground = await openGround(db)
  const { companyId } = ground.scope
  const { rows: [sender] } = await admin.query<{ id: number }>('select id from sms_sender where company_id = $1', [companyId])
  const office = { companyId, senderId: sender!.id }
  if (ground.people < size.people) {
    say(`people: ${ground.people} of ${size.people}`)
    if (size.people > 20_000) await holdIndexes(admin, ['candidate', 'candidate_phone'])
    await fillPeople(admin, ground, ground.people, size.people)
  }
  await buildIndexes(admin, say)
  await admin.query(`set session_replication_role = replica; set statement_timeout = 0; set work_mem = '256MB'; set maintenance_work_mem = '512MB'; set synchronous_commit = off`)
  await once(admin, 'office', () => furnish(admin, office))
  await once(admin, 'person', () => numberPeople(admin, office))
  await once(admin, 'plan', async () => {
    await planCampaigns(admin, size)
    await insertCampaigns(admin, office)
  })
  // Nothing was looked at yet: without statistics the joins below would go row by row.
  await admin.query('analyze candidate, candidate_phone, campaign, batch, volume.plan')
  const { rows: [waiting] } = await admin.query('select from volume.plan where not written limit 1')
  if (waiting && size.recipients > 20_000) await holdIndexes(admin, GROWING)
  await writeRecipients(admin, office, (written) => say(`recipients: ${written} of ${size.recipients}`))
  for (const [step, statement] of Object.entries(RECORDS)) await once(admin, step, async () => void (await admin.query(statement, statement.includes('$1') ? [companyId] : [])))
  await buildIndexes(admin, say)
  await once(admin, 'numbers of rows', () => raiseSequences(admin))
  await once(admin, 'places', async () => void (await admin.query('insert into place_fill (company_id, version) values ($1, $2) on conflict (company_id) do update set version = excluded.version', [companyId, await placesVersion()])))
  await admin.query('set session_replication_role = default')
  await admin.query('vacuum analyze')
  say(`there are ${inWords(await count(admin))}`)
  return { ...ground, people: size.people, admin: await openAdmin(db, ground) }
}

/** How many there are in the end: a small agency has too few people for the largest campaigns. */
export async function count(admin: pg.Client): Promise<Size> {
  const { rows: [found] } = await admin.query<Size>('select (select count(*) from candidate) as people, (select count(*) from campaign) as campaigns, (select count(*) from recipient) as recipients')
  return found!
}

async function refuseOther(admin: pg.Client, size: Size): Promise<void> {
  const wanted = `size ${inWords(size)}`
  const { rows: [known] } = await admin.query<{ step: string }>(`select step from volume.done where step like 'size %'`)
  if (known && known.step !== wanted) throw new Error(`this database was begun with ${known.step.slice(5)}`)
  await admin.query('insert into volume.done (step) values ($1) on conflict do nothing', [wanted])
}

/** Rows brought their own ids; what the product writes next follows them. */
async function raiseSequences(admin: pg.Client): Promise<void> {
  for (const table of ['campaign', 'batch', 'recipient', 'message']) await admin.query(`select setval(pg_get_serial_sequence('${table}', 'id'), (select coalesce(max(id), 1) from ${table}))`)
}

async function openAdmin(db: Db, { scope }: Pick<Agency, 'scope'>): Promise<Agency['admin']> {
  const known = await db.selectFrom('app_user').select('id').where('email', '=', ADMIN).executeTakeFirst()
  if (!known) await makeUser(db, scope, { role: 'administrator', email: ADMIN, name: 'Claire Bernard' })
  return { email: ADMIN, password: PASSWORD }
}
