import path from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigError, loadConfig, ownEnvironment } from './config.ts'
import { backUp, forgetOld, keepBeside } from './db/backup.ts'
import { noteBackup } from './db/installation.ts'
import { openDatabase } from './db/pool.ts'
import { ProgramFailed } from './db/programs.ts'

const USAGE = `Saves the database while Dispo runs:

  npm run backup -- /var/backups/dispo                    a .dump file with its manifest, in that folder
  npm run backup -- /var/backups/dispo --keep-days 14     and removes backups there that are older (35 days unless told otherwise)`

/** How long a backup may live at most: whoever was erased lives on in it until then. */
const MOST_DAYS = 35

await main().catch((error: unknown) => {
  const isPlain = error instanceof ProgramFailed || error instanceof ConfigError || String((error as { code?: string }).code).startsWith('ERR_PARSE_ARGS')
  console.error(isPlain ? (error as Error).message : error)
  process.exitCode = 1
})

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { 'keep-days': { type: 'string', default: String(MOST_DAYS) } } })
  const [folder] = positionals
  const days = Number(values['keep-days'])
  if (folder === undefined || positionals.length > 1 || !Number.isInteger(days) || days < 1 || days > 3_650) throw new ProgramFailed(USAGE)
  const { databaseUrl, dataDir } = loadConfig()
  if (databaseUrl === undefined) throw new ProgramFailed('The embedded database is saved by copying DATA_DIR while Dispo is stopped; this command is for a PostgreSQL server (DATABASE_URL).')
  const made = await backUp({ databaseUrl, environment: ownEnvironment() }, folder)
  await keepBeside(path.join(dataDir, 'erasures.jsonl'), folder)
  const { db, close } = await openDatabase({ databaseUrl, dataDir, name: 'dispo-backup' })
  await noteBackup(db).finally(close)
  console.log(`Saved ${path.join(folder, made.file)}: ${(made.bytes / 1e6).toFixed(1)} MB, ${made.rows['candidate'] ?? 0} people, ${made.rows['message'] ?? 0} SMS.`)
  for (const name of await forgetOld(folder, days)) console.log(`Removed ${name}: older than ${days} days.`)
}
