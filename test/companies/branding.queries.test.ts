import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { neutralContent, VERSIONS_KEPT, type BrandingContent, type BrandingImages } from '../../src/companies/branding.domain.ts'
import { findBranding, findDraft, findVersion, listVersions, writeDraft, writeVersion } from '../../src/companies/branding.queries.ts'
import { deleteUnusedImages, findImageVariant, findOwnImage, insertImage, ownImages } from '../../src/companies/images.queries.ts'
import type { ProcessedImage } from '../../src/companies/images.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'

let database: TestDatabase
let scope: CompanyScope
let otherScope: CompanyScope

beforeAll(async () => {
  database = await createTestDatabase()
  ;({ scope } = await makeCompany(database.db, { name: 'A'.repeat(100) }))
  ;({ scope: otherScope } = await makeCompany(database.db))
})
afterAll(() => database.close())

const content = neutralContent({ name: 'Agence', phone: null, openingHours: null })
const picture: ProcessedImage = { width: 640, height: 200, isReduced: false, variants: [320, 480, 640].map((width) => ({ format: 'avif' as const, width, height: Math.round(width / 3.2), bytes: Buffer.alloc(width) })) }
type More = Partial<BrandingContent & BrandingImages>
const publish = (more: More = {}) => database.db.transaction().execute((trx) => writeVersion(trx, scope, { ...content, headerImageId: null, footerImageId: null, restoredFrom: null, userId: null, ...more }))
const draft = (more: More = {}) => database.db.transaction().execute((trx) => writeDraft(trx, scope, { ...content, headerImageId: null, footerImageId: null, publishedVersion: null, restoredFrom: null, userId: null, ...more }))

test('without a branding the name, number and hours of the company stand in, as far as they fit', async () => {
  await database.db.updateTable('company').set({ phone: '04 65 71 00 12', opening_hours: 'le matin' }).where('id', '=', scope.companyId).execute()
  expect(await findBranding(database.db, scope)).toMatchObject({ displayName: 'A'.repeat(80), headerAlt: 'A'.repeat(80), phone: '04 65 71 00 12', openingHours: 'le matin', version: 0, headerImageId: null })
  expect(await findDraft(database.db, scope)).toMatchObject({ displayName: 'A'.repeat(80), revision: 0, publishedVersion: 0 })
})

test('what is published is numbered, read back as it was, and nobody else’s', async () => {
  expect(await publish({ displayName: 'Une', quickDates: ['month_start'], privacyTexts: { fr: 'Privé', en: '' } })).toBe(1)
  expect(await publish({ displayName: 'Deux' })).toBe(2)
  expect(await findBranding(database.db, scope)).toMatchObject({ displayName: 'Deux', version: 2 })
  expect(await findVersion(database.db, scope, 1)).toMatchObject({ displayName: 'Une', quickDates: ['month_start'], privacyTexts: { fr: 'Privé', en: '' } })
  expect((await listVersions(database.db, scope, { before: 2, limit: 10 })).map(({ version }) => version)).toEqual([1])
  expect(await findVersion(database.db, otherScope, 1)).toBeUndefined()
  expect(await listVersions(database.db, otherScope, { before: null, limit: 10 })).toEqual([])
})

test('what a version does not hold, or not as it is read today, is as if it had never been chosen', async () => {
  await database.db.updateTable('branding_version').set({ content: JSON.stringify({ displayName: 'Ancienne', texts: [], brandColor: 7, quickDates: ['today', 'a rule of old'] }) }).where('company_id', '=', scope.companyId).where('version', '=', 1).execute()
  expect(await findVersion(database.db, scope, 1)).toMatchObject({ displayName: 'Ancienne', brandColor: content.brandColor, quickDates: ['today'], phone: '04 65 71 00 12', texts: content.texts })
})

test('the widest variant that fits is found, and an own picture only by its company', async () => {
  const id = await add(scope)
  expect((await findImageVariant(database.db, id, 'avif'))?.width).toBe(640)
  expect((await findImageVariant(database.db, id, 'avif', 500))?.bytes.length).toBe(480)
  expect(await findImageVariant(database.db, id, 'jpeg')).toBeUndefined()
  expect(await findOwnImage(database.db, scope, id)).toMatchObject({ id, weight: 480, width: 640, is_reduced: false })
  expect(await findOwnImage(database.db, otherScope, id)).toBeUndefined()
  expect(await database.db.transaction().execute((trx) => ownImages(trx, otherScope, [id]))).toEqual(new Set())
})

test('unused pictures go; those of a version, of the draft, kept ones and those of other companies stay', async () => {
  const [old, shown, drafted, kept, unused, foreign] = [await add(scope), await add(scope), await add(scope), await add(scope), await add(scope), await add(otherScope)]
  await publish({ headerImageId: old })
  await publish({ headerImageId: shown })
  await draft({ footerImageId: drafted })
  await database.db.transaction().execute((trx) => deleteUnusedImages(trx, scope, [kept]))
  const left = await Promise.all([old, shown, drafted, kept, unused, foreign].map((id) => findImageVariant(database.db, id, 'avif')))
  expect(left.map((variant) => variant !== undefined)).toEqual([true, true, true, true, false, true])
})

test('a picture of another company cannot be shown, whatever the code says', async () => {
  const foreign = await add(otherScope)
  await expect(publish({ headerImageId: foreign })).rejects.toThrow(/foreign key/)
  await expect(draft({ headerImageId: foreign })).rejects.toThrow(/foreign key/)
})

test('the newest versions are kept, and with the others go the pictures that only they showed', async () => {
  const lost = (await findVersion(database.db, scope, 3))?.headerImageId as string
  for (let version = 5; version <= VERSIONS_KEPT + 3; version += 1) await publish()
  await database.db.transaction().execute((trx) => deleteUnusedImages(trx, scope))
  const versions = await listVersions(database.db, scope, { before: null, limit: 100 })
  expect([versions.length, versions.at(0)?.version, versions.at(-1)?.version]).toEqual([VERSIONS_KEPT, VERSIONS_KEPT + 3, 4])
  expect(await findImageVariant(database.db, lost, 'avif')).toBeUndefined()
})

async function add(owner: CompanyScope): Promise<string> {
  const id = randomUUID()
  await database.db.transaction().execute((trx) => insertImage(trx, owner, id, picture))
  return id
}
