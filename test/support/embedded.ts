import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { inject } from 'vitest'
import { migrateToLatest } from '../../src/db/migrate.ts'
import { openDatabase, type OpenDatabase } from '../../src/db/pool.ts'
import { makePlaces } from './factories/places.ts'
import { until } from './sending.ts'
import { embeddedTemplate } from './template.ts'

/** The database that comes with the product, migrated, in a folder of its own that goes when it is closed. */
export async function createEmbeddedDatabase(): Promise<OpenDatabase> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'dispo-embedded-'))
  await fillFolder(dataDir)
  const database = await openDatabase({ dataDir })
  const close = async () => {
    await database.close()
    await rm(dataDir, { recursive: true, force: true })
  }
  return { ...database, close }
}

/** What a first start has in its folder before anybody is in it, with some towns for all of them. Migrating takes seconds: once for a whole run. */
export async function fillFolder(dataDir: string): Promise<void> {
  const template = embeddedTemplate(inject('template'))
  if (!existsSync(template)) await makeTemplate(template)
  await cp(template, dataDir, { recursive: true })
}

/** By the first who needs it, while the others wait; the rename makes it whole or absent. */
async function makeTemplate(folder: string): Promise<void> {
  const own = `${folder}.making`
  const isMine = await mkdir(own).then(() => true, () => false)
  if (!isMine) return until(() => existsSync(folder), 'the embedded database was made', 240_000)
  const { db, close } = await openDatabase({ dataDir: own })
  await migrateToLatest(db)
  await makePlaces(db)
  await close()
  await rename(own, folder)
}
