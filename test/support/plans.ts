import type pg from 'pg'

/** What one step of a plan did to a table. */
export type Scan = {
  how: string
  table: string
  index: string | undefined
  /** Rows it looked at, also those that a filter threw away. */
  rows: number
  filter: string | undefined
  statement: string
}

type Node = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Filter?: string
  Plans?: Node[]
}
type Explained = { 'Query Text': string; Plan: Node }

/**
 * Has the server tell how it carried out every statement of the pool, with the values it was given: also what functions, triggers
 * and foreign keys asked inside. Call it before the first query; the connections must be a superuser's. `take` returns what
 * was told since.
 */
export function watchPlans(pool: pg.Pool): { take(): Scan[] } {
  let told: Scan[] = []
  pool.on('connect', (client) => {
    client.on('notice', ({ message }) => {
      const at = message?.indexOf('plan:\n{') ?? -1
      if (message && at >= 0) told.push(...scansOf(JSON.parse(message.slice(at + 6)) as Explained))
    })
    // Whoever asked for the connection waits behind this.
    client.query(`
      load 'auto_explain';
      set auto_explain.log_min_duration = 0; set auto_explain.log_level = notice; set auto_explain.log_format = json; set auto_explain.log_nested_statements = on;
      set auto_explain.log_analyze = on; set auto_explain.log_timing = off; set auto_explain.log_parameter_max_length = 0`).catch(() => {}) // its own statement fails, too
  })
  return {
    take: () => {
      const taken = told
      told = []
      return taken
    },
  }
}

/** Tables with at least so many rows, by the statistics. */
export async function largeTables(pool: pg.Pool, rows: number): Promise<Set<string>> {
  const found = await pool.query<{ name: string }>(`select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples >= $1`, [rows])
  return new Set(found.rows.map(({ name }) => name))
}

function scansOf({ 'Query Text': statement, Plan }: Explained): Scan[] {
  const scans: Scan[] = []
  visit(Plan)
  return scans

  function visit(node: Node): void {
    const loops = node['Actual Loops'] ?? 0
    const table = node['Relation Name']
    if (table !== undefined && loops > 0 && node['Node Type'].endsWith('Scan')) {
      const rows = Math.round(loops * ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)))
      scans.push({ how: node['Node Type'], table, index: node['Index Name'], rows, filter: node.Filter, statement })
    }
    node.Plans?.forEach(visit)
  }
}

/** Counts of lists end at 10,000; a page that looks at more than this grows with the agency. */
const MOST_ROWS = 12_000

/** A scan that a LIMIT ends at its first rows has read nothing much. */
const FEW_ROWS = 100

export const isWhole = (scan: Scan, large: ReadonlySet<string>): boolean => scan.how === 'Seq Scan' && large.has(scan.table) && scan.rows > FEW_ROWS
export const isMuch = (scan: Scan, large: ReadonlySet<string>): boolean => large.has(scan.table) && scan.rows > MOST_ROWS

export function tell({ how, table, index, rows, filter, statement }: Scan): string {
  return `${how} of ${table}${index ? ` by ${index}` : ''}, ${rows} rows${filter ? `, filter ${filter}` : ''}\n    ${statement.replaceAll(/\s+/g, ' ').trim().slice(0, 500)}`
}
