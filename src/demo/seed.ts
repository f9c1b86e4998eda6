import { createHmac } from 'node:crypto'
import { DateTime } from 'luxon'
import sharp from 'sharp'
import type { Transaction } from 'kysely'
import { hashPassword, isPassword } from '../auth/password.ts'
import { findUserByEmail } from '../auth/queries.ts'
import { hasCompany, lockFirstCompany } from '../companies/companies.queries.ts'
import { processImage, type ImageRole, type ProcessedImage } from '../companies/images.ts'
import { dateIn } from '../core/dates.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { ADMIN_EMAIL, OTHER_AGENCY, RECRUITER_EMAIL, SITE_AGENCY, type DemoAgency } from './agencies.ts'
import { insertReactions } from './answers.queries.ts'
import { insertCampaign, type Ground } from './campaigns.queries.ts'
import { makeCandidates } from './candidates.ts'
import { insertJournal } from './journal.queries.ts'
import { makeLists } from './lists.ts'
import { insertNotifications } from './notifications.queries.ts'
import { insertMails } from './mails.ts'
import { OTHER_PLANS, PLANS, type CampaignPlan } from './plans.ts'
import { insertPeople } from './people.queries.ts'
import { insertReferences } from './references.queries.ts'
import { insertReminder } from './reminders.queries.ts'
import { createRandom } from './random.ts'
import { insertAgency, insertCandidates } from './setup.queries.ts'
import { insertWebhooks } from './webhooks.queries.ts'

export type DemoSignIn = { recruiter: { email: string; password: string }; admin: { email: string; password: string } }

const ZONE = 'Europe/Paris'
/** The demonstration is the same everywhere but for its dates, links and provider ids. */
const SEED = 38_047

/**
 * Fills an empty database with the demonstration agencies, whole or not at all, and tells how to sign in. On a database
 * that is already filled it changes nothing; undefined where its people are not, or have another password by now. Throws, and has
 * filled nothing, when it is told to stop.
 */
export async function seedDemo(deps: Pick<Deps, 'db' | 'config'>, stopping?: AbortSignal): Promise<DemoSignIn | undefined> {
  const password = deps.config.demoPassword ?? readablePassword(deps.config.secretKey)
  const known = await findUserByEmail(deps.db, RECRUITER_EMAIL)
  if (!known && (await hasCompany(deps.db))) return undefined
  if (!known) await fillDatabase(deps, password, stopping)
  const recruiter = known ?? (await findUserByEmail(deps.db, RECRUITER_EMAIL))
  if (!recruiter || !(await isPassword(password, recruiter.password_hash))) return undefined
  return { recruiter: { email: RECRUITER_EMAIL, password }, admin: { email: ADMIN_EMAIL, password } }
}

async function fillDatabase({ db, config }: Pick<Deps, 'db' | 'config'>, password: string, stopping: AbortSignal | undefined): Promise<void> {
  // Drawing and hashing need a processor, not the database: they come first, so that the transaction stays short.
  const [passwordHash, site, other] = await Promise.all([hashPassword(password), drawPictures(SITE_AGENCY), drawPictures(OTHER_AGENCY)])
  await db.transaction().execute(async (trx) => {
    const { isEmpty, now } = await lockFirstCompany(trx)
    if (!isEmpty) return
    await insertWorld(trx, { agency: SITE_AGENCY, plans: PLANS, pictures: site, seed: SEED }, { passwordHash, now, config, stopping })
    await insertWorld(trx, { agency: OTHER_AGENCY, plans: OTHER_PLANS, pictures: other, seed: SEED + 1 }, { passwordHash, now, config, stopping })
  })
}

type World = { agency: DemoAgency; plans: readonly CampaignPlan[]; pictures: { header: ProcessedImage; footer: ProcessedImage }; seed: number }

async function insertWorld(trx: Transaction<DB>, { agency, plans, pictures, seed }: World, given: { passwordHash: string; now: Date; config: Deps['config']; stopping: AbortSignal | undefined }): Promise<void> {
  const random = createRandom(seed)
  const today = dateIn(ZONE, given.now)
  const people = makeCandidates(random, { count: agency.candidates, today, prefix: agency.prefix, firstNumber: agency.firstNumber, withCases: agency.withCases })
  const opened = await insertAgency(trx, agency, given.passwordHash, pictures, given.now)
  given.stopping?.throwIfAborted()
  const ids = await insertCandidates(trx, opened, random, people, given.now)
  if (agency.withCases) await insertPeople(trx, opened, agency.prefix, people, ids)
  await makeLists(trx, opened, ids)
  const at: Ground['at'] = (date, hour, minute) => DateTime.fromISO(date, { zone: ZONE }).set({ hour, minute }).toJSDate()
  const ground: Ground = { trx, agency, opened, random, linkUrl: given.config.linkUrl, now: given.now, today, at }
  for (const plan of plans) {
    given.stopping?.throwIfAborted()
    const launched = await insertCampaign(ground, plan)
    if (launched) await insertReactions(ground, launched)
    if (launched) await insertReminder(ground, launched)
  }
  if (agency.withCases) await insertReferences(trx, opened, ids)
  await insertMails(trx, opened, agency, given)
  await insertJournal(trx, opened)
  await insertNotifications(trx, opened)
  if (agency.withCases) await insertWebhooks(trx, opened, given.config.secretKey)
}

async function drawPictures(agency: DemoAgency): Promise<{ header: ProcessedImage; footer: ProcessedImage }> {
  const [header, footer] = await Promise.all([draw('header', agency.header().svg, agency.brandColor), draw('footer', agency.footer().svg, agency.brandColor)])
  return { header, footer }
}

/** Through the same pipeline as a picture that somebody uploads. */
async function draw(role: ImageRole, svg: string, background: string): Promise<ProcessedImage> {
  const result = await processImage(await sharp(Buffer.from(svg)).png().toBuffer(), role, background)
  if (!result.ok) throw new Error(`the ${role} picture of the demonstration is refused: ${result.reason}`)
  return result.value
}

/** The same at every start of the same installation, another one on every installation; no letters that look alike. */
function readablePassword(secretKey: string): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
  const bytes = createHmac('sha256', secretKey).update('sign-in of the demonstration').digest()
  return [...bytes.subarray(0, 16)].map((byte, index) => `${index > 0 && index % 4 === 0 ? '-' : ''}${alphabet[byte % alphabet.length]}`).join('')
}
