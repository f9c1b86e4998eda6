import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { SCHEMA_FILE, describeSchema } from '../support/generate-types.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

test('the committed types are those of the migrated database (else: npm run types)', async () => {
  expect(await readFile(SCHEMA_FILE, 'utf8')).toBe(await describeSchema(database.db))
})
