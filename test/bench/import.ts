/**
 * A file of people beside its limit, a COPY of the same finished rows into the same tables: `npm run bench -- import`, or
 * `node test/bench/import.ts [rows] [rounds]`. From the uploaded text to the last record, check and writing together.
 */
import os from 'node:os'
import { sql } from 'kysely'
import { applyImport, checkImport, confirmImport, startCheck, uploadImport } from '../../src/candidates/imports.commands.ts'
import { registerImportTasks } from '../../src/candidates/imports.tasks.ts'
import { guessMapping } from '../../src/candidates/imports.domain.ts'
import { openDatabase, type Db } from '../../src/db/pool.ts'
import { startTestApp } from '../support/app.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { withDatabase } from './tools/database.ts'
import { compare, interleave, report, secondsOf, type Compared } from './tools/measure.ts'

/** What an import writes, in an order that foreign keys allow. */
const WRITTEN = ['candidate', 'candidate_phone', 'consent_event', 'availability_change', 'candidate_import_row', 'search_word'] as const
export const IMPORT_HEADER = ['Référence', 'Nom', 'Prénom', 'Mobile', 'E-mail', 'Métier', 'Ville', 'Accord SMS']

if (import.meta.main) report('import', await withDatabase((url) => measureImport(url, { rows: Number(process.argv[2] ?? 25_000), rounds: Number(process.argv[3] ?? 5) })))

export async function measureImport(databaseUrl: string, { rows, rounds }: { rows: number; rounds: number }): Promise<Compared[]> {
  const database = await openDatabase({ databaseUrl, dataDir: os.tmpdir() })
  const { db } = database
  const app = await startTestApp(database, { registerTasks: registerImportTasks })
  try {
    const { scope } = await makeCompany(db)
    const user = await makeUser(db, scope)
    const file = peopleFile(rows)
    let isSetAside = false
    const seconds = await interleave({
      import: async () => {
        await empty(db)
        const taken = await secondsOf(async () => {
          const uploaded = await uploadImport(app.deps, scope, user.id, { name: 'a.csv', bytes: file })
          if (!uploaded.ok) throw new Error(`the file was refused: ${uploaded.reason}`)
          const { id } = uploaded.value
          await startCheck(app.deps, scope, id, guessMapping(IMPORT_HEADER))
          await checkImport(app.deps, scope.companyId, id)
          await confirmImport(app.deps, scope, id)
          await applyImport(app.deps, scope.companyId, id)
        })
        const { n } = await db.selectFrom('candidate').select(({ fn }) => fn.countAll<number>().as('n')).executeTakeFirstOrThrow()
        if (Number(n) !== rows) throw new Error(`${n} of ${rows} were imported`)
        if (!isSetAside) await setAside(db)
        isSetAside = true
        return taken
      },
      copy: async () => {
        await empty(db)
        return secondsOf(() => copyBack(db))
      },
    }, rounds)
    return [compare(`import of ${rows.toLocaleString('en')} rows`, 's', seconds.import, 'COPY of the same rows', seconds.copy, { atMost: 5 })]
  } finally {
    await app.close()
    await database.close()
  }
}

/** A file as agencies have them; every line is somebody new. */
export function peopleFile(rows: number): Buffer {
  const lines = Array.from({ length: rows }, (_row, n) => [
    `R${n}`, `Martin${n}`, ['Zoé', 'Karim', 'Léa', 'Moussa'][n % 4], `06 ${String(10 + (Math.floor(n / 10_000) % 90))} ${String(Math.floor(n / 100) % 100).padStart(2, '0')} ${String(n % 100).padStart(2, '0')} ${String(10 + (n % 80))}`,
    `p${n}@exemple.fr`, ['Maçon', 'Coffreur', 'Cariste', 'Soudeur'][n % 4], ['Lyon', 'Grenoble', 'Paris'][n % 3], n % 5 === 0 ? 'non' : 'oui',
  ].join(';'))
  return Buffer.from([IMPORT_HEADER.join(';'), ...lines].join('\r\n'))
}

async function empty(db: Db): Promise<void> {
  await sql`truncate ${sql.join(WRITTEN.map((table) => sql.table(table)))} cascade`.execute(db)
}

/** Of a table, what can be written: the rest follows from it. */
async function columnsOf(db: Db, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select attname as name from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`.execute(db)
  return rows.map(({ name }) => name)
}

async function setAside(db: Db): Promise<void> {
  for (const table of WRITTEN) await sql`copy ${sql.table(table)} (${sql.join((await columnsOf(db, table)).map((name) => sql.ref(name)))}) to program ${sql.lit(`cat > ${table}.copy`)}`.execute(db)
}

/** The words of the records are among what is copied: nothing is learned again. */
async function copyBack(db: Db): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`alter table candidate disable trigger user`.execute(trx)
    for (const table of WRITTEN) await sql`copy ${sql.table(table)} (${sql.join((await columnsOf(db, table)).map((name) => sql.ref(name)))}) from program ${sql.lit(`cat ${table}.copy`)}`.execute(trx)
    await sql`alter table candidate enable trigger user`.execute(trx)
  })
}
