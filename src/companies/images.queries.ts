import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { IMAGE_ROLES, type ImageFormat, type ImageRole, type ProcessedImage } from './images.ts'

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
    .select(['i.id', 'i.width', 'i.height', 'i.is_reduced', sql<number>`length(v.bytes)`.as('weight')])
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

/**
 * Saves that may take or drop pictures of one company come one after the other: what one of them still needs, the next must not
 * find unused. Held until the transaction ends; also keeps two people from writing the first draft at once.
 */
export async function lockPictures(trx: Transaction<DB>, scope: CompanyScope): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('pictures of company ' || ${scope.companyId}::text, 0))`.execute(trx)
}

/** Which of these pictures are still this company's. */
export async function ownImages(trx: Transaction<DB>, scope: CompanyScope, imageIds: readonly string[]): Promise<Set<string>> {
  if (imageIds.length === 0) return new Set()
  const rows = await trx.selectFrom('image').select('id').where('company_id', '=', scope.companyId).where('id', 'in', imageIds).execute()
  return new Set(rows.map(({ id }) => id))
}

export async function insertImage(trx: Transaction<DB>, scope: CompanyScope, imageId: string, image: ProcessedImage): Promise<void> {
  await trx.insertInto('image').values({ company_id: scope.companyId, id: imageId, width: image.width, height: image.height, is_reduced: image.isReduced }).execute()
  await trx
    .insertInto('image_variant')
    .values(image.variants.map(({ format, width, height, bytes }) => ({ company_id: scope.companyId, image_id: imageId, format, width, height, bytes })))
    .execute()
}

/** Forgets the pictures that neither the draft nor a kept version of the branding nor a page of a campaign code shows, except `kept`. Only under `lockPictures`. */
export async function deleteUnusedImages(trx: Transaction<DB>, scope: CompanyScope, kept: readonly string[] = []): Promise<void> {
  await sql`
    delete from image i
    where i.company_id = ${scope.companyId} and not i.id = any (${kept}::uuid[])
      and not exists (select 1 from branding_version v where v.company_id = i.company_id and i.id in (v.header_image_id, v.footer_image_id))
      and not exists (select 1 from branding_draft d where d.company_id = i.company_id and i.id in (d.header_image_id, d.footer_image_id))
      and not exists (select 1 from campaign_code c where c.company_id = i.company_id and i.id in (c.header_image_id, c.footer_image_id))
  `.execute(trx)
}
