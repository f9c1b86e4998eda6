import { ConfigError, loadConfig } from './config.ts'
import { migrateToLatest } from './db/migrate.ts'
import { DatabaseInUse, openDatabase, type OpenDatabase } from './db/pool.ts'
import { SchemaMismatch } from './db/version.ts'
import { Misuse, operate } from './setup/operator.ts'

let opened: OpenDatabase | undefined
try {
  const config = loadConfig()
  opened = await openDatabase({ databaseUrl: config.databaseUrl, dataDir: config.dataDir, name: 'dispo-operator' })
  await migrateToLatest(opened.db)
  console.log(await operate({ db: opened.db, config }, process.argv.slice(2)))
} catch (error) {
  const isPlain = error instanceof Misuse || error instanceof ConfigError || error instanceof DatabaseInUse || error instanceof SchemaMismatch || String((error as { code?: string }).code).startsWith('ERR_PARSE_ARGS')
  console.error(isPlain ? (error as Error).message : error)
  process.exitCode = 1
} finally {
  await opened?.close()
}
