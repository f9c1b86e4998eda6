import type { Kind } from '../candidates/domain.ts'
import { isCalendarDate } from '../core/dates.ts'
import { sentenceOf } from '../journal/sentences.views.ts'
import { PRIVILEGES, type Privilege } from '../web/privileges.ts'
import { longDate, longMoment } from '../words/format.ts'
import type { Language } from '../words/define.ts'
import { catalogues, translator, type WordKey } from '../words/index.ts'
import type { CopySection, Row } from './copy.queries.ts'

export type CopySectionModel = { id: string; heading: string; note: string; entries: { term: string; text: string }[][] }
export type CopyFrameModel = { language: Language; title: string; intro: string; contents: string; links: { href: string; label: string }[] }

/** `person`: whose copy it is. */
export type CopyReader = { language: Language; zone: string; country: string; agency: string; person: { id: number; name: string; kind: Kind } }

/** What the page says before the first section. */
export function copyFrameModel({ language, zone, agency }: CopyReader, name: string, at: Date, keys: readonly CopySection[]): CopyFrameModel {
  const t = translator(language)
  return {
    language, title: t('data.copy.title', { name }), intro: t('data.copy.intro', { agency, moment: longMoment(language, at, zone) }), contents: t('data.copy.contents'),
    links: keys.map((key) => ({ href: `#${key}`, label: t(`data.section.${key}`) })),
  }
}

/** A section as a person reads it: every field by its name, empty ones left out. */
export function copySectionModel(reader: CopyReader, key: CopySection, stored: readonly Row[]): CopySectionModel {
  const { language, zone } = reader
  const t = translator(language)
  const rows = key === 'journal' ? journalRows(reader, stored) : stored
  return {
    id: key, heading: t(`data.section.${key}`), note: rows.length === 0 ? t('data.copy.nothing') : '',
    entries: rows.map((row) => Object.entries(row).flatMap(([name, value]) => {
      const text = ENUMERATED.has(name) ? valueName(language, String(value ?? '')) : textOf(language, zone, value)
      return text === '' ? [] : [{ term: fieldName(language, name), text }]
    })),
  }
}

/** Lines of the journal in sentences. The agency did what its people did: their names are not the person's data. */
function journalRows({ language, country, agency, person }: CopyReader, rows: readonly Row[]): Row[] {
  const names = new Map([[`candidate ${person.id}`, { name: person.name, variant: person.kind }]])
  return rows.map(({ at, action, detail, is_automatic: isAutomatic }) => {
    const line = { user_id: isAutomatic ? null : 0, user_name: isAutomatic ? null : agency, action: String(action), subject_kind: 'candidate', subject_id: String(person.id), detail: (detail ?? {}) as Row }
    return { at, action: sentenceOf({ language, company: { country }, privileges: MAY_READ_ALL }, line, names).text }
  })
}

/** Whatever a line about them says, the person may read. */
const MAY_READ_ALL: ReadonlySet<Privilege> = new Set(PRIVILEGES)

/** Fields whose values are few and ours; everything else is somebody's own words. */
const ENUMERATED = new Set(['kind', 'opt_out_source', 'availability', 'language', 'purpose', 'state', 'failure_reason', 'outcome', 'keyword', 'choice', 'source', 'answer_source', 'reason', 'action', 'review', 'reading_state', 'read_as'])

function valueName(language: Language, value: string): string {
  const key = `data.value.${value}`
  return key in catalogues[language] ? translator(language)(key as WordKey) : value
}

/** Names of fields have words; what an import's file called its columns has none and stands as it is. */
function fieldName(language: Language, name: string): string {
  const key = `data.field.${name}`
  return key in catalogues[language] ? translator(language)(key as WordKey) : name
}

function textOf(language: Language, zone: string, value: unknown): string {
  const t = translator(language)
  if (value === null || value === undefined || value === '') return ''
  if (value instanceof Date) return longMoment(language, value, zone)
  if (typeof value === 'boolean') return t(value ? 'data.copy.yes' : 'data.copy.no')
  if (typeof value === 'string' && isCalendarDate(value)) return longDate(language, value)
  if (Array.isArray(value)) return value.every((one) => typeof one !== 'object') ? value.join(', ') : JSON.stringify(value)
  return typeof value === 'object' ? JSON.stringify(value, null, 1) : String(value)
}
