import { createCipheriv, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { findBranding, writeVersion } from '../../../src/companies/branding.queries.ts'
import { insertImage } from '../../../src/companies/images.queries.ts'
import type { BrandingContent } from '../../../src/companies/branding.domain.ts'
import { IMAGE_ROLES, processImage, type ImageRole } from '../../../src/companies/images.ts'
import { mintCodes } from '../../../src/links/codes.ts'
import { insertLinks } from '../../../src/links/queries.ts'
import type { CampaignKind, CampaignStatus } from '../../../src/campaigns/domain.ts'
import type { CompanyScope } from '../../../src/core/scope.ts'
import type { Db } from '../../../src/db/pool.ts'
import type { Language } from '../../../src/words/define.ts'
import { makeCompany, makeUser } from './accounts.ts'
import { makeCandidate } from './candidates.ts'

let made = 0

type GivenInvitation = {
  company?: { id: number; scope: CompanyScope; senderId: number }
  kind?: CampaignKind
  status?: CampaignStatus
  campaignName?: string
  question?: string
  closesAt?: Date | null
  closedAt?: Date | null
  language?: Language
  firstName?: string
  candidateLanguage?: Language | null
  availability?: 'available' | 'unavailable' | 'unknown'
  availableFrom?: string
  availableUntil?: string
  /** Further records with the same number. */
  sharedWith?: number
  code?: string
}

export type Invitation = Awaited<ReturnType<typeof makeInvitation>>

/** Somebody who has just been texted a link: company, campaign, record and link, ready to answer. */
export async function makeInvitation(db: Db, given: GivenInvitation = {}) {
  made += 1
  const company = given.company ?? (await makeCompany(db, { name: `Intérim BTP ${made}` }))
  const { id: companyId, scope, senderId } = company
  const user = await makeUser(db, scope, { name: 'Sophie Bernard' })
  const candidate = await makeCandidate(db, scope, {
    firstName: given.firstName ?? 'Karim', language: given.candidateLanguage ?? null,
    availability: given.availability ?? 'unknown', availableFrom: given.availableFrom ?? null, availableUntil: given.availableUntil ?? null,
  })
  const e164 = candidate.e164 as string
  const profiles = [candidate.id]
  for (let n = 0; n < (given.sharedWith ?? 0); n++) profiles.push((await makeCandidate(db, scope, { mobile: e164 })).id)

  const status = given.status ?? 'in_process'
  const isOver = status === 'completed' || status === 'cancelled'
  const launchedAt = new Date('2026-11-20T09:00:00Z')
  const campaign = await db
    .insertInto('campaign')
    .values({
      company_id: companyId, name: given.campaignName ?? 'Chantier de décembre', kind: given.kind ?? 'availability', status,
      created_by: user.id, sender_id: senderId, audience: JSON.stringify({ mode: 'selected', ids: profiles }), question: given.question ?? null,
      launched_at: launchedAt, launched_by: user.id, time_zone: 'Europe/Paris', finished_at: isOver ? launchedAt : null,
      closes_at: given.closesAt === undefined ? new Date(Date.now() + 14 * 86_400_000) : given.closesAt, closed_at: given.closedAt ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const batch = await db
    .insertInto('batch')
    .values({ company_id: companyId, campaign_id: campaign.id, no: 1, local_date: '2026-11-20', due_at: launchedAt, state: 'running', started_at: launchedAt })
    .returning('id')
    .executeTakeFirstOrThrow()
  const code = given.code ?? (mintCodes(1)[0] as string)
  await insertLinks(db, scope, [code], null)
  const recipient = await db
    .insertInto('recipient')
    .values({ company_id: companyId, campaign_id: campaign.id, batch_id: batch.id, candidate_id: candidate.id, e164, rank: 1, language: given.language ?? 'fr', code })
    .returning('id')
    .executeTakeFirstOrThrow()
  await db.insertInto('recipient_profile').values(profiles.map((candidateId) => ({ company_id: companyId, recipient_id: recipient.id, candidate_id: candidateId }))).execute()
  return { company, scope, userId: user.id, campaignId: campaign.id, recipientId: recipient.id, candidateId: candidate.id, profiles, e164, code }
}

/** The link of a test SMS: opens the campaign's page as a preview. */
export async function makeTestLink(db: Db, invitation: Pick<Invitation, 'scope' | 'campaignId' | 'userId'>): Promise<string> {
  const [code] = mintCodes(1) as [string]
  await insertLinks(db, invitation.scope, [code], null)
  await db.insertInto('campaign_test_link').values({ company_id: invitation.scope.companyId, code, campaign_id: invitation.campaignId, user_id: invitation.userId }).execute()
  return code
}

type GivenBranding = Partial<BrandingContent> & { header?: Buffer; footer?: Buffer; body?: string }

/** A company's own look: pictures through the real pipeline, a colour, texts in both languages. */
export async function makeBranding(db: Db, scope: CompanyScope, { header, footer, body, ...content }: GivenBranding = {}): Promise<void> {
  const ids: Partial<Record<ImageRole, string>> = {}
  for (const role of IMAGE_ROLES) {
    const bytes = role === 'header' ? header : footer
    if (!bytes) continue
    const image = await processImage(bytes, role)
    if (!image.ok) throw new Error(`the ${role} picture was refused: ${image.reason}`)
    const id = randomUUID()
    ids[role] = id
    await db.transaction().execute((trx) => insertImage(trx, scope, id, image.value))
  }
  const before = await findBranding(db, scope)
  await db.transaction().execute((trx) =>
    writeVersion(trx, scope, {
      ...before, ...content, brandColor: content.brandColor ?? '#0b5d4e',
      texts: before.texts.map((text) => ({ ...text, body: body ?? text.body })), headerImageId: ids.header ?? null, footerImageId: ids.footer ?? null, restoredFrom: null, userId: null,
    }),
  )
}

/** A picture as agencies have them: name and mark on a plain ground. */
export function drawnBanner(name: string, color: string, width = 1280, height = 400): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${color}"/>
    <path d="M${width * 0.06} ${height * 0.72} l${height * 0.25} -${height * 0.5} l${height * 0.25} ${height * 0.5} z" fill="#f7b733"/>
    <text x="${width * 0.28}" y="${height * 0.6}" font-family="sans-serif" font-size="${Math.min(height * 0.25, (width * 1.1) / name.length)}" font-weight="700" fill="#fff">${name}</text></svg>`
  return sharp(Buffer.from(svg)).png().toBuffer()
}

/** What differs from photograph to photograph: grain, quality, the light, and how the camera was held (EXIF: 1 upright, 3 upside down, 6 and 8 on its side). */
const PHOTOGRAPHS = [
  { grain: 40, quality: 97, from: '#16324f', to: '#e8a33d', orientation: 1 },
  { grain: 30, quality: 98, from: '#0b3d20', to: '#c9d7b0', orientation: 6 },
  { grain: 62, quality: 95, from: '#2b1a3f', to: '#f0d9e6', orientation: 3 },
  { grain: 50, quality: 96, from: '#101010', to: '#ffffff', orientation: 8 },
  { grain: 36, quality: 97, from: '#5a2a12', to: '#9ad0f5', orientation: 1 },
] as const
export const PHOTOGRAPH_COUNT = PHOTOGRAPHS.length
/** Within the limit, and hardly: from 4.9 to 5.0 MB. */
export const PHOTOGRAPH_BYTES = { least: 4.9 * 1024 * 1024, most: 5 * 1024 * 1024 }
const ALBUM = path.join(import.meta.dirname, '../../../node_modules/.cache/dispo')

/** One of five pictures of nearly 5 MB as cameras make them: soft shapes and texture under grain, with where and how they were taken. Made once for all tests: it takes longer than what is tested with it. */
export async function photograph(number = 0): Promise<Buffer> {
  const file = path.join(ALBUM, `photograph-${Object.values(PHOTOGRAPHS[number]!).join('-').replaceAll('#', '')}.jpeg`)
  if (existsSync(file)) return readFile(file)
  const photo = await takePhotograph(number)
  await mkdir(ALBUM, { recursive: true })
  const own = `${file}.${process.pid}`
  await writeFile(own, photo)
  await rename(own, file)
  return photo
}

/** Byte for byte the same each time. As many rows are kept as weigh what is wanted: a JPEG weighs about as much as it has rows. */
async function takePhotograph(number: number): Promise<Buffer> {
  const { grain, quality, from, to, orientation } = PHOTOGRAPHS[number]!
  const [width, height] = [3_400, 2_600]
  const noise = (columns: number, rows: number) => sharp(createCipheriv('aes-128-ctr', Buffer.alloc(16, number + 1), Buffer.alloc(16)).update(Buffer.alloc(columns * rows * 3)), { raw: { width: columns, height: rows, channels: 3 } })
  const texture = await noise(85, 65).resize(width, height, { kernel: 'cubic' }).png({ compressionLevel: 1 }).toBuffer()
  const shapes = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="${from}"/><stop offset="1" stop-color="${to}"/></linearGradient></defs>
    <rect width="100%" height="100%" fill="url(#g)" opacity=".6"/><circle cx="${width * (0.3 + number / 10)}" cy="${height * 0.4}" r="${height * 0.3}" fill="#d9e6f2" opacity=".6"/><rect x="${width * 0.1}" y="${height * 0.5}" width="${width * 0.3}" height="${height * 0.4}" fill="#243b53" opacity=".7"/></svg>`)
  // Evenly spread bytes vary by 74 about their middle.
  const ground = await noise(width, height).linear(grain / 74, 128 - (128 * grain) / 74).composite([{ input: texture, blend: 'soft-light' }, { input: shapes }]).removeAlpha().raw().toBuffer()
  const taken = (rows: number, finer: number) => sharp(ground.subarray(0, rows * width * 3), { raw: { width, height: rows, channels: 3 } })
    .withExif({ IFD0: { Make: 'Appareil', Model: 'Photo 5', Copyright: 'Agence' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '45/1 45/1 50/1', GPSLongitudeRef: 'E', GPSLongitude: '4/1 50/1 30/1' } })
    .withMetadata({ orientation }).jpeg({ quality: quality + finer }).toBuffer()
  let finer = 0
  let photo = await taken(height, finer)
  while (photo.length < PHOTOGRAPH_BYTES.most) photo = await taken(height, ++finer)
  for (let rows = height; photo.length < PHOTOGRAPH_BYTES.least || photo.length > PHOTOGRAPH_BYTES.most;) {
    rows = Math.floor((rows * (PHOTOGRAPH_BYTES.least + PHOTOGRAPH_BYTES.most)) / 2 / photo.length)
    photo = await taken(rows, finer)
  }
  return photo
}
