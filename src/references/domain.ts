/** Records that texts refer to: campaign codes, talent networks, career sites with their pages and jobs. Pure. */
import type { AddressProblem } from './address.ts'

export const REFERENCE_KINDS = ['codes', 'networks', 'sites', 'pages', 'jobs'] as const
export type ReferenceKind = (typeof REFERENCE_KINDS)[number]

export type FieldName = 'code' | 'name' | 'reference' | 'title' | 'url' | 'site' | 'town' | 'confidential'

/** The fields of each kind, in the order of forms and files. */
export const FIELDS: Record<ReferenceKind, readonly FieldName[]> = {
  codes: ['code', 'name'],
  networks: ['name', 'url'],
  sites: ['name', 'url'],
  pages: ['site', 'name', 'url'],
  jobs: ['reference', 'title', 'site', 'url', 'town', 'confidential'],
}

/** What tells two records of a kind apart: a file updates by it. Pages are told apart within their site. */
export const KEY_FIELD: Record<ReferenceKind, FieldName> = { codes: 'code', networks: 'name', sites: 'name', pages: 'name', jobs: 'reference' }

/** What a record is called in lists. */
export const LABEL_FIELD: Record<ReferenceKind, FieldName> = { codes: 'code', networks: 'name', sites: 'name', pages: 'name', jobs: 'title' }

export const OPTIONAL_FIELDS: readonly FieldName[] = ['town', 'confidential']

/** The same as in the schema. */
export function lengthOf(field: FieldName): number {
  if (field === 'url') return 2_000
  return { code: 40, name: 120, reference: 60, title: 160, site: 120, town: 120, confidential: 20 }[field]
}

/** Everything as it was typed, so that a refused form shows it again; `site` is an id, `confidential` is `on` or nothing. */
export type TypedReference = Partial<Record<FieldName, string>>
export type FieldProblem = { field: FieldName; word: 'missing' | 'tooLong' | 'site' | 'taken' | 'confidential' | Exclude<AddressProblem, 'tooLong'> }

/** What is written: empty where the kind has no such field. */
export type ReferenceValues = { code: string; name: string; reference: string; title: string; url: string; siteId: number | null; town: string; isConfidential: boolean }

/** S5: without the privilege a confidential job is not there. */
export type Sight = { seesConfidential: boolean }

export const IMPORT_LIMITS = { bytes: 2 * 1024 * 1024, rows: 5_000, columns: 40 } as const
