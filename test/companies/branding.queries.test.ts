import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { completeTexts } from '../../src/companies/branding.domain.ts'
import { deleteUnusedImages, findBranding, findImageVariant, findOwnImage, insertImage, lockImages, saveBranding, type BrandingChange } from '../../src/companies/branding.queries.ts'
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

const change: BrandingChange = { displayName: 'Agence', brandColor: '#0b5d3b', footerText: '', privacyText: '', texts: completeTexts([]) }
const picture: ProcessedImage = { width: 640, height: 200, variants: [320, 480, 640].map((width) => ({ format: 'avif' as const, width, height: Math.round(width / 3.2), bytes: Buffer.alloc(width) })) }
const save = (from: number, more: Partial<BrandingChange> = {}) => database.db.transaction().execute((trx) => saveBranding(trx, scope, from, { ...change, ...more }))

test('without a branding the name of the company stands in, as far as it fits', async () => {
  expect(await findBranding(database.db, scope)).toMatchObject({ displayName: 'A'.repeat(80), version: 0, headerImageId: null })
})

test('of two people who save the first branding at once, one wins and the other is told', async () => {
  const versions = await Promise.all([save(0, { displayName: 'Une' }), save(0, { displayName: 'Deux' })])
  expect(versions.toSorted()).toEqual([1, undefined])
})

test('of two people who save over the same version at once, one wins and the other changes nothing', async () => {
  const versions = await Promise.all([save(1, { displayName: 'Une', footerText: 'Une' }), save(1, { displayName: 'Deux', footerText: 'Deux' })])
  expect(versions.toSorted()).toEqual([2, undefined])
  const { displayName, footerText } = await findBranding(database.db, scope)
  expect(footerText).toBe(displayName)
  expect(await save(1)).toBeUndefined()
})

test('the widest variant that fits is found, and an own picture only by its company', async () => {
  const id = await add(scope)
  expect((await findImageVariant(database.db, id, 'avif'))?.width).toBe(640)
  expect((await findImageVariant(database.db, id, 'avif', 500))?.bytes.length).toBe(480)
  expect(await findImageVariant(database.db, id, 'jpeg')).toBeUndefined()
  expect(await findOwnImage(database.db, scope, id)).toMatchObject({ id, weight: 480, width: 640 })
  expect(await findOwnImage(database.db, otherScope, id)).toBeUndefined()
  expect(await database.db.transaction().execute((trx) => lockImages(trx, otherScope, [id]))).toEqual(new Set())
})

test('unused pictures go, shown and kept ones and those of other companies stay', async () => {
  const [shown, kept, unused, foreign] = [await add(scope), await add(scope), await add(scope), await add(otherScope)]
  await save(2, { headerImageId: shown })
  await database.db.transaction().execute((trx) => deleteUnusedImages(trx, scope, [kept]))
  const left = await Promise.all([shown, kept, unused, foreign].map((id) => findImageVariant(database.db, id, 'avif')))
  expect(left.map((variant) => variant !== undefined)).toEqual([true, true, false, true])
})

test('a picture of another company cannot be shown, whatever the code says', async () => {
  const foreign = await add(otherScope)
  await expect(save(3, { headerImageId: foreign })).rejects.toThrow(/foreign key/)
})

async function add(owner: CompanyScope): Promise<string> {
  const id = randomUUID()
  await database.db.transaction().execute((trx) => insertImage(trx, owner, id, picture))
  return id
}
