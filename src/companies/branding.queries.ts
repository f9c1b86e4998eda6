import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { contentFrom } from './branding.content.ts'
import { neutralContent, VERSIONS_KEPT, type Branding, type BrandingContent, type BrandingImages } from './branding.domain.ts'

/** `revision` 0: nobody has changed anything since the published version. */
export type BrandingDraft = BrandingContent & BrandingImages & {
  revision: number
  /** The version that says the same; null while something waits to be published. */
  publishedVersion: number | null
  restoredFrom: number | null
  savedAt: Date | null
  savedBy: string | null
}

export type BrandingVersion = Branding & { publishedAt: Date; publishedBy: string | null; restoredFrom: number | null }

/** What candidates see; until something is published, neutral words and the company's own name (version 0). */
export async function findBranding(db: Db, scope: CompanyScope): Promise<Branding> {
  const row = await db
    .selectFrom('company as c')
    .leftJoin('branding as b', 'b.company_id', 'c.id')
    .leftJoin('branding_version as v', (join) => join.onRef('v.company_id', '=', 'b.company_id').onRef('v.version', '=', 'b.version'))
    .select(['c.name', 'c.phone', 'c.opening_hours', 'v.version', 'v.content', 'v.header_image_id', 'v.footer_image_id'])
    .where('c.id', '=', scope.companyId)
    .executeTakeFirstOrThrow()
  const content = contentOf(row)
  return { ...content, headerImageId: row.header_image_id, footerImageId: row.footer_image_id, version: row.version ?? 0 }
}

/** What is being prepared; what is published, while nothing is. */
export async function findDraft(db: Db, scope: CompanyScope): Promise<BrandingDraft> {
  const row = await db
    .selectFrom('branding_draft as d')
    .innerJoin('company as c', 'c.id', 'd.company_id')
    .leftJoin('app_user as u', (join) => join.onRef('u.company_id', '=', 'd.company_id').onRef('u.id', '=', 'd.saved_by'))
    .select(['c.name', 'c.phone', 'c.opening_hours', 'd.revision', 'd.content', 'd.header_image_id', 'd.footer_image_id', 'd.published_version', 'd.restored_from', 'd.saved_at', 'u.name as saved_by'])
    .where('d.company_id', '=', scope.companyId)
    .executeTakeFirst()
  if (!row) {
    const { version, ...published } = await findBranding(db, scope)
    return { ...published, revision: 0, publishedVersion: version, restoredFrom: null, savedAt: null, savedBy: null }
  }
  return {
    ...contentOf(row), headerImageId: row.header_image_id, footerImageId: row.footer_image_id,
    revision: row.revision, publishedVersion: row.published_version, restoredFrom: row.restored_from, savedAt: row.saved_at, savedBy: row.saved_by,
  }
}

export type DraftChange = BrandingContent & BrandingImages & { publishedVersion: number | null; restoredFrom: number | null; userId: number | null }

/** The next revision of the draft. Only under `lockPictures`. */
export async function writeDraft(trx: Transaction<DB>, scope: CompanyScope, change: DraftChange): Promise<number> {
  const { headerImageId, footerImageId, publishedVersion, restoredFrom, userId, ...content } = change
  const values = {
    content: JSON.stringify(plain(content)), header_image_id: headerImageId, footer_image_id: footerImageId,
    published_version: publishedVersion, restored_from: restoredFrom, saved_by: userId,
  }
  const { revision } = await trx
    .insertInto('branding_draft').values({ company_id: scope.companyId, revision: 1, ...values })
    .onConflict((conflict) => conflict.column('company_id').doUpdateSet({ ...values, revision: sql<number>`branding_draft.revision + 1`, saved_at: sql<Date>`app_now()` }))
    .returning('revision')
    .executeTakeFirstOrThrow()
  return revision
}

/** The next version, shown to candidates from the commit on; versions too old to be kept go. Only under `lockPictures`. */
export async function writeVersion(trx: Transaction<DB>, scope: CompanyScope, version: BrandingContent & BrandingImages & { restoredFrom: number | null; userId: number | null }): Promise<number> {
  const { headerImageId, footerImageId, restoredFrom, userId, ...content } = version
  const { companyId } = scope
  const { version: number } = await trx
    .insertInto('branding_version')
    .values({
      company_id: companyId, version: sql<number>`coalesce((select max(v.version) from branding_version v where v.company_id = ${companyId}), 0) + 1`,
      content: JSON.stringify(plain(content)), header_image_id: headerImageId, footer_image_id: footerImageId, restored_from: restoredFrom, published_by: userId,
    })
    .returning('version')
    .executeTakeFirstOrThrow()
  const shown = { version: number, display_name: content.displayName }
  await trx.insertInto('branding').values({ company_id: companyId, ...shown }).onConflict((conflict) => conflict.column('company_id').doUpdateSet(shown)).execute()
  await trx.deleteFrom('branding_version').where('company_id', '=', companyId).where('version', '<=', number - VERSIONS_KEPT).execute()
  return number
}

export async function findVersion(db: Db, scope: CompanyScope, version: number): Promise<BrandingVersion | undefined> {
  const [found] = await versions(db, scope).where('v.version', '=', version).execute()
  return found && versionOf(found)
}

/** Newest first; `before`: older than this one. */
export async function listVersions(db: Db, scope: CompanyScope, page: { before: number | null; limit: number }): Promise<BrandingVersion[]> {
  const rows = await versions(db, scope).$if(page.before !== null, (query) => query.where('v.version', '<', page.before as number)).orderBy('v.version', 'desc').limit(page.limit).execute()
  return rows.map(versionOf)
}

function versions(db: Db, scope: CompanyScope) {
  return db
    .selectFrom('branding_version as v')
    .innerJoin('company as c', 'c.id', 'v.company_id')
    .leftJoin('app_user as u', (join) => join.onRef('u.company_id', '=', 'v.company_id').onRef('u.id', '=', 'v.published_by'))
    .select(['c.name', 'c.phone', 'c.opening_hours', 'v.version', 'v.content', 'v.header_image_id', 'v.footer_image_id', 'v.restored_from', 'v.published_at', 'u.name as published_by'])
    .where('v.company_id', '=', scope.companyId)
}

function versionOf(row: Awaited<ReturnType<ReturnType<typeof versions>['execute']>>[number]): BrandingVersion {
  return {
    ...contentOf(row), headerImageId: row.header_image_id, footerImageId: row.footer_image_id, version: row.version,
    publishedAt: row.published_at, publishedBy: row.published_by, restoredFrom: row.restored_from,
  }
}

function contentOf(row: { name: string; phone: string | null; opening_hours: string | null; content: unknown }): BrandingContent {
  const company = { name: row.name, phone: row.phone, openingHours: row.opening_hours }
  return row.content === null ? neutralContent(company) : contentFrom(row.content, company)
}

/** Nothing but what belongs to the content, whatever else came along. */
function plain({ displayName, brandColor, headerAlt, footerAlt, phone, openingHours, footerText, privacyTexts, quickDates, texts }: BrandingContent): BrandingContent {
  return { displayName, brandColor, headerAlt, footerAlt, phone, openingHours, footerText, privacyTexts, quickDates, texts }
}
