/** From the rows of a file to what would be written. Pure. */
import { FIELDS, KEY_FIELD, OPTIONAL_FIELDS, type FieldName, type FieldProblem, type ReferenceKind, type ReferenceValues, type TypedReference } from './domain.ts'

/** How the heading of a column may be written, without case, accents and signs. */
const HEADINGS: Record<FieldName, readonly string[]> = {
  code: ['code', 'codecampagne', 'campaigncode'],
  name: ['nom', 'name', 'libelle', 'label'],
  reference: ['reference', 'ref', 'id', 'jobid', 'numero'],
  title: ['titre', 'title', 'intitule', 'poste', 'jobtitle'],
  url: ['adresse', 'url', 'lien', 'link', 'joinurl', 'address'],
  site: ['site', 'sitecarriere', 'careersite'],
  town: ['ville', 'town', 'city', 'lieu'],
  confidential: ['confidentiel', 'confidential'],
}

export function columnsOf(kind: ReferenceKind, header: readonly string[]): Map<FieldName, number> {
  const plain = header.map((text) => text.normalize('NFD').replace(/[^\p{L}\p{N}]/gu, '').toLowerCase())
  return new Map(FIELDS[kind].flatMap((field) => {
    const at = plain.findIndex((heading) => HEADINGS[field].includes(heading))
    return at < 0 ? [] : [[field, at] as const]
  }))
}

/** Columns without which no row can be read. */
export function missingColumns(kind: ReferenceKind, columns: ReadonlyMap<FieldName, number>): FieldName[] {
  return FIELDS[kind].filter((field) => !OPTIONAL_FIELDS.includes(field) && !columns.has(field))
}

const YES = new Set(['oui', 'yes', 'o', 'y', '1', 'x', 'vrai', 'true', 'on'])

/** The cells of a row as a form would hold them; a site is named there and picked by its id here. */
export function typedRow(kind: ReferenceKind, cells: readonly string[], columns: ReadonlyMap<FieldName, number>, siteIds: ReadonlyMap<string, number>): TypedReference {
  return Object.fromEntries(FIELDS[kind].flatMap((field): [FieldName, string][] => {
    const at = columns.get(field)
    if (at === undefined) return []
    // Our own export puts an apostrophe before what a spreadsheet would read as a formula.
    const text = (cells[at] ?? '').trim().replace(/^'(?=[=+\-@\t\r])/, '')
    if (field === 'site') return [[field, text === '' ? '' : String(siteIds.get(text.toLowerCase()) ?? '?')]]
    if (field === 'confidential') return [[field, YES.has(text.toLowerCase()) ? 'on' : '']]
    return [[field, text]]
  }))
}

export type KnownRecord = { id: number; key: string; listId: number | null; isConfidential: boolean; values: ReferenceValues }
export type RowProblem = FieldProblem | { field: FieldName; word: 'twice' }
export type RowPlan =
  | { line: number; label: string; action: 'create'; values: ReferenceValues }
  | { line: number; label: string; action: 'update' | 'same'; id: number; listId: number | null; values: ReferenceValues }
  | { line: number; label: string; action: 'error'; problems: RowProblem[] }

export type ReadRow = { line: number; typed: TypedReference; values: ReferenceValues; problems: FieldProblem[] }

/** The key of a record, compared as the database does: without case, pages within their site. */
export function keyOf(kind: ReferenceKind, values: Pick<ReferenceValues, 'code' | 'name' | 'reference' | 'siteId'>): string {
  const key = (values[KEY_FIELD[kind] as 'code' | 'name' | 'reference']).toLowerCase()
  return kind === 'pages' ? `${values.siteId} ${key}` : key
}

/** What each row would do. A key that stands twice in the file is refused the second time; optional columns that are absent change nothing. */
export function planRows(kind: ReferenceKind, rows: readonly ReadRow[], known: ReadonlyMap<string, KnownRecord>, given: { columns: ReadonlySet<FieldName>; seesConfidential: boolean }): RowPlan[] {
  const seen = new Set<string>()
  return rows.map(({ line, typed, values, problems }): RowPlan => {
    const label = typed[KEY_FIELD[kind]] ?? ''
    const key = keyOf(kind, values)
    const before = known.get(key)
    const found: RowProblem[] = [...problems]
    if (problems.length === 0 && seen.has(key)) found.push({ field: KEY_FIELD[kind], word: 'twice' })
    seen.add(key)
    // Who may not see confidential jobs neither finds nor makes one (S5).
    if (!given.seesConfidential && before?.isConfidential) found.push({ field: KEY_FIELD[kind], word: 'taken' })
    if (!given.seesConfidential && values.isConfidential) found.push({ field: 'confidential', word: 'confidential' })
    if (found.length > 0) return { line, label, action: 'error', problems: found }
    if (!before) return { line, label, action: 'create', values }
    const merged = { ...values, ...(given.columns.has('town') ? {} : { town: before.values.town }), ...(given.columns.has('confidential') ? {} : { isConfidential: before.isConfidential }) }
    const isSame = (Object.keys(merged) as (keyof ReferenceValues)[]).every((name) => merged[name] === before.values[name])
    return { line, label, action: isSame ? 'same' : 'update', id: before.id, listId: before.listId, values: merged }
  })
}
