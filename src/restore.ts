import path from 'node:path'
import { ConfigError, loadConfig, ownEnvironment } from './config.ts'
import { checkDump, keepBeside, readManifest } from './db/backup.ts'
import { migrateToLatest } from './db/migrate.ts'
import { openDatabase } from './db/pool.ts'
import { ProgramFailed } from './db/programs.ts'
import { restoreDump } from './db/restore.ts'
import { isKnown } from './db/version.ts'
import { lockRestored } from './messaging/restore.commands.ts'
import { reapplyErasures } from './privacy/erasure.commands.ts'
import { createLog } from './web/logging.ts'

const USAGE = `Puts a backup into a new, empty database, the one that DATABASE_URL names:

  npm run restore -- /var/backups/dispo/dispo-2026-11-22T021500Z.dump

Stop every process of Dispo first. Afterwards nothing is sent until an administrator has looked.`

await main(process.argv.slice(2)).catch((error: unknown) => {
  const isPlain = error instanceof ProgramFailed || error instanceof ConfigError
  console.error(isPlain ? (error as Error).message : error)
  process.exitCode = 1
})

async function main([file, ...rest]: readonly string[]): Promise<void> {
  if (file === undefined || rest.length > 0 || !file.endsWith('.dump')) throw new ProgramFailed(USAGE)
  const config = loadConfig()
  const { databaseUrl, dataDir } = config
  if (databaseUrl === undefined) throw new ProgramFailed('DATABASE_URL must name the new, empty database.')
  const manifest = await readManifest(file)
  if (!isKnown(manifest.schema)) throw new ProgramFailed(`This backup was made by a newer program: its schema is ${manifest.schema}. Restore it with that version of Dispo or a later one.`)
  await checkDump(file, manifest)
  await restoreDump({ databaseUrl, environment: ownEnvironment() }, file, manifest)
  const { db, close } = await openDatabase({ databaseUrl, dataDir, name: 'dispo-restore' })
  try {
    await migrateToLatest(db)
    await lockRestored(db)
    // What was erased since is erased again: by the list of this machine and by the one that the backups keep.
    await keepBeside(path.join(path.dirname(file), 'erasures.jsonl'), dataDir)
    const erased = await reapplyErasures({ db, config, log: createLog(config.logLevel, 'restore') })
    const again = erased === 0 ? '' : ` ${erased} erased people had come back with it and are erased again.`
    console.log(`Restored ${manifest.file} of ${manifest.madeAt.slice(0, 16).replace('T', ' ')} UTC.${again}\nNothing is sent until an administrator has looked at the running campaigns and resumes the sending.`)
  } finally {
    await close()
  }
}
