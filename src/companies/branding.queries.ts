import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Language } from '../words/define.ts'
import { completeTexts, DEFAULT_BRAND_COLOR, type Branding, type BrandingKind } from './branding.domain.ts'
import { IMAGE_ROLES, type ImageChange, type ImageFormat, type ImageRole, type ProcessedImage } from './images.ts'

/** What the company saved; for everything it never saved, neutral words and its own name (version 0: nothing saved yet). */
export async function findBranding(db: Db, scope: CompanyScope): Promise<Branding> {
  const row = await db
    .selectFrom('company as c')
    .leftJoin('branding as b', 'b.company_id', 'c.id')
    .select(['c.name', 'b.display_name', 'b.brand_color', 'b.header_image_id', 'b.footer_image_id', 'b.footer_text', 'b.privacy_text', 'b.version'])
    .where('c.id', '=', scope.companyId)
    .executeTakeFirstOrThrow()
  const texts = await db
    .selectFrom('branding_text')
    .select(['kind', 'language', 'heading', 'body', 'question', 'yes_label', 'no_label', 'comment_hint'])
    .where('company_id', '=', scope.companyId)
    .orderBy('kind')
    .orderBy('language')
    .execute()
  return {
    displayName: row.display_name ?? row.name.slice(0, 80), brandColor: row.brand_color ?? DEFAULT_BRAND_COLOR,
    headerImageId: row.header_image_id, footerImageId: row.footer_image_id,
    footerText: row.footer_text ?? '', privacyText: row.privacy_text ?? '', version: row.version ?? 0,
    texts: completeTexts(texts.map((text) => ({
      kind: text.kind as BrandingKind, language: text.language as Language, heading: text.heading, body: text.body, question: text.question,
      yesLabel: text.yes_label, noLabel: text.no_label, commentHint: text.comment_hint,
    }))),
  }
}

/** The variant of `width`, else the nearest smaller one. Image ids are random and variants never change, so this needs no scope. */
export async function findImageVariant(db: Db, imageId: string, format: ImageFormat, width = 640) {
  return db
    .selectFrom('image_variant')
    .select(['width', 'height', 'bytes'])
    .where('image_id', '=', imageId)
    .where('format', '=', format)
    .where('width', '<=', width)
    .orderBy('width', 'desc')
    .executeTakeFirst()
}

/** What the picture weighs in the candidate's page (the AVIF of 480 pixels), and its size; undefined when it is not this company's. */
export async function findOwnImage(db: Db, scope: CompanyScope, imageId: string) {
  return db
    .selectFrom('image as i')
    .innerJoin('image_variant as v', 'v.image_id', 'i.id')
    .select(['i.id', 'i.width', 'i.height', sql<number>`length(v.bytes)`.as('weight')])
    .where('i.company_id', '=', scope.companyId)
    .where('i.id', '=', imageId)
    .where('v.format', '=', 'avif')
    .where('v.width', '=', 480)
    .executeTakeFirst()
}

export async function findOwnImages(db: Db, scope: CompanyScope, ids: Partial<Record<ImageRole, string | null>>) {
  const found: Partial<Record<ImageRole, NonNullable<Awaited<ReturnType<typeof findOwnImage>>>>> = {}
  for (const role of IMAGE_ROLES) {
    const id = ids[role]
    const image = id ? await findOwnImage(db, scope, id) : undefined
    if (image) found[role] = image
  }
  return found
}

/** Which of these pictures are still this company's; they cannot be deleted until the transaction ends. */
export async function lockImages(trx: Transaction<DB>, scope: CompanyScope, imageIds: readonly string[]): Promise<Set<string>> {
  if (imageIds.length === 0) return new Set()
  const rows = await trx.selectFrom('image').select('id').where('company_id', '=', scope.companyId).where('id', 'in', imageIds).forUpdate().execute()
  return new Set(rows.map(({ id }) => id))
}

export async function insertImage(trx: Transaction<DB>, scope: CompanyScope, imageId: string, image: ProcessedImage): Promise<void> {
  await trx.insertInto('image').values({ company_id: scope.companyId, id: imageId, width: image.width, height: image.height }).execute()
  await trx
    .insertInto('image_variant')
    .values(image.variants.map(({ format, width, height, bytes }) => ({ company_id: scope.companyId, image_id: imageId, format, width, height, bytes })))
    .execute()
}

/** Forgets the pictures that neither the branding nor a page of a campaign code shows, except `kept`. */
export async function deleteUnusedImages(trx: Transaction<DB>, scope: CompanyScope, kept: readonly string[] = []): Promise<void> {
  await sql`
    delete from image i
    where i.company_id = ${scope.companyId} and not i.id = any (${kept}::uuid[])
      and not exists (select 1 from branding b where b.company_id = i.company_id and i.id in (b.header_image_id, b.footer_image_id))
      and not exists (select 1 from campaign_code c where c.company_id = i.company_id and i.id in (c.header_image_id, c.footer_image_id))
  `.execute(trx)
}

export type BrandingChange = Omit<Branding, 'version' | 'headerImageId' | 'footerImageId'> & ImageChange

/**
 * Saves the whole branding over version `from` (0: none yet) and returns the new version; undefined when somebody
 * else saved in between.
 */
export async function saveBranding(trx: Transaction<DB>, scope: CompanyScope, from: number, change: BrandingChange): Promise<number | undefined> {
  const values = {
    display_name: change.displayName, brand_color: change.brandColor, footer_text: change.footerText, privacy_text: change.privacyText,
    ...(change.headerImageId === undefined ? {} : { header_image_id: change.headerImageId }),
    ...(change.footerImageId === undefined ? {} : { footer_image_id: change.footerImageId }),
  }
  const saved = from === 0
    ? await trx.insertInto('branding').values({ company_id: scope.companyId, ...values }).onConflict((conflict) => conflict.doNothing()).returning('version').executeTakeFirst()
    : await trx
        .updateTable('branding')
        .set({ ...values, version: sql<number>`version + 1`, updated_at: sql<Date>`app_now()` })
        .where('company_id', '=', scope.companyId)
        .where('version', '=', from)
        .returning('version')
        .executeTakeFirst()
  if (!saved) return undefined
  await trx
    .insertInto('branding_text')
    .values(change.texts.map((text) => ({
      company_id: scope.companyId, kind: text.kind, language: text.language, heading: text.heading, body: text.body, question: text.question,
      yes_label: text.yesLabel, no_label: text.noLabel, comment_hint: text.commentHint,
    })))
    .onConflict((conflict) => conflict.columns(['company_id', 'kind', 'language']).doUpdateSet((eb) => ({
      heading: eb.ref('excluded.heading'), body: eb.ref('excluded.body'), question: eb.ref('excluded.question'),
      yes_label: eb.ref('excluded.yes_label'), no_label: eb.ref('excluded.no_label'), comment_hint: eb.ref('excluded.comment_hint'),
    })))
    .execute()
  return saved.version
}
