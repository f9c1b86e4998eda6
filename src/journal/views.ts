import { addDays, dateIn, type CalendarDate } from '../core/dates.ts'
import { encodeCursor } from '../core/paging.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import type { Column } from '../web/export-cells.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longDate, longMoment, timeOfDay } from '../words/format.ts'
import { translator } from '../words/index.ts'
import { isSubjectKind, SUBJECT_KINDS, type JournalFilter } from './domain.ts'
import type { JournalRow, SubjectName } from './queries.ts'
import { sentenceOf, whoOf, type Sentence } from './sentences.views.ts'

export const LINES_PER_PAGE = 100
/** More people than this are looked for by their name. */
export const MOST_CHOICES = 200

type Choice = { value: string; label: string }

export type JournalModel = {
  filters: { action: string; clearUrl: string; person: string; people: Choice[]; /** A field for a part of the name, beside it. */ byName: { value: string } | undefined; kind: string; kinds: Choice[]; object: string; from: string; until: string; kindError: string; active: number }
  errors: { field: string; text: string }[]
  export: ExportMenu
  days: { heading: string; id: string; lines: { parts: Sentence['parts']; time: string; datetime: string; exact: string }[] }[]
  olderUrl: string | undefined
  newestUrl: string | undefined
}

declare module '../web/render.ts' {
  interface ViewModels {
    'admin/journal': JournalModel
  }
}

type Given = { filter: JournalFilter; rows: readonly JournalRow[]; names: ReadonlyMap<string, SubjectName>; people: readonly { id: number; name: string }[]; chosen: { id: number; name: string } | undefined; isFirst: boolean; now: Date }

export function journalModel(viewer: Viewer, { filter, rows, names, people, chosen, isFirst, now }: Given): JournalModel {
  const t = translator(viewer.language)
  const shown = rows.slice(0, LINES_PER_PAGE)
  const last = shown.at(-1)
  const isMany = people.length > MOST_CHOICES
  const offered = isMany ? (chosen ? [chosen] : []) : people
  const kindError = isHalf(filter) ? t('journal.kindMissing') : ''
  return {
    filters: {
      action: paths.journal, clearUrl: queryOf(filter) === '' ? '' : paths.journal,
      person: String(filter.person ?? ''), people: [{ value: 'system', label: t('journal.system') }, ...offered.map(({ id, name }) => ({ value: String(id), label: name }))],
      byName: isMany ? { value: filter.name } : undefined,
      kind: filter.kind ?? '', kinds: SUBJECT_KINDS.map((kind) => ({ value: kind, label: t(`journal.subject.${kind}`) })), object: filter.object, from: filter.from ?? '', until: filter.until ?? '',
      kindError, active: [filter.person, filter.name, filter.kind, filter.object, filter.from, filter.until].filter(Boolean).length,
    },
    errors: kindError ? [{ field: 'kind', text: kindError }] : [],
    export: exportMenu(viewer.language, paths.exportOf(paths.journal) + queryOf(filter)),
    days: daysOf(viewer, shown, names, now),
    olderUrl: rows.length > LINES_PER_PAGE && last ? paths.journal + queryOf(filter, encodeCursor([last.at_key, last.id])) : undefined,
    newestUrl: isFirst ? undefined : paths.journal + queryOf(filter),
  }
}

/** A number of an object says nothing without the kind of it. */
export function isHalf({ kind, object }: JournalFilter): boolean {
  return object !== '' && kind === undefined
}

function queryOf({ person, name, kind, object, from, until }: JournalFilter, before?: string): string {
  const given = { person: person === undefined ? '' : String(person), name, kind: kind ?? '', object: kind ? object : '', from: from ?? '', until: until ?? '', before: before ?? '' }
  const query = new URLSearchParams(Object.entries(given).filter(([, value]) => value !== '')).toString()
  return query === '' ? '' : `?${query}`
}

function daysOf(viewer: Viewer, rows: readonly JournalRow[], names: ReadonlyMap<string, SubjectName>, now: Date): JournalModel['days'] {
  const { language, company } = viewer
  const days: JournalModel['days'] = []
  for (const row of rows) {
    const date = dateIn(company.timeZone, row.at)
    if (days.at(-1)?.id !== `day-${date}`) days.push({ heading: dayText(viewer, date, now), id: `day-${date}`, lines: [] })
    days.at(-1)!.lines.push({
      parts: sentenceOf(viewer, row, names).parts, time: timeOfDay(language, row.at, company.timeZone), datetime: row.at.toISOString(), exact: longMoment(language, row.at, company.timeZone),
    })
  }
  return days
}

function dayText({ language, company }: Viewer, date: CalendarDate, now: Date): string {
  const t = translator(language)
  const today = dateIn(company.timeZone, now)
  const name = longDate(language, date)
  const near = date === today ? t('journal.today') : date === addDays(today, -1) ? t('journal.yesterday') : undefined
  return near ? `${near}, ${name}` : name.charAt(0).toUpperCase() + name.slice(1)
}

/** Names are looked up for a page of lines at a time, so each line brings its own. */
export type NamedRow = { row: JournalRow; names: ReadonlyMap<string, SubjectName> }

export function journalColumns(viewer: Viewer): Column<NamedRow>[] {
  const t = translator(viewer.language)
  const zone = viewer.company.timeZone
  return [
    { label: t('journal.csv.date'), kind: 'date', of: ({ row }) => dateIn(zone, row.at) },
    { label: t('journal.csv.time'), of: ({ row }) => timeOfDay(viewer.language, row.at, zone) },
    { label: t('journal.csv.person'), of: ({ row }) => whoOf(t, row) },
    { label: t('journal.csv.sentence'), of: ({ row, names }) => sentenceOf(viewer, row, names).text },
    { label: t('journal.csv.kind'), of: ({ row }) => (isSubjectKind(row.subject_kind) ? t(`journal.subject.${row.subject_kind}`) : row.subject_kind) },
    { label: t('journal.csv.object'), of: ({ row, names }) => sentenceOf(viewer, row, names).what },
    { label: t('journal.csv.id'), of: ({ row }) => row.subject_id },
    { label: t('journal.csv.action'), of: ({ row }) => row.action },
  ]
}
