import { nameOf, readerOf } from '../candidates/views.ts'
import { csvLine } from '../campaigns/export.views.ts'
import { dateIn } from '../core/dates.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import type { ExportRow } from './queries.ts'

const COLUMNS = ['lastName', 'firstName', 'trade', 'town', 'mobile', 'availability', 'from', 'until', 'saidOn', 'record'] as const

/** First line of the file. A byte order mark lets French Excel read the accents. */
export function csvHead(viewer: Viewer): string {
  const { t } = readerOf(viewer)
  return `\ufeff${csvLine(COLUMNS.map((column) => t(`board.csv.${column}`)))}`
}

export function csvRow(viewer: Viewer, appUrl: string, row: ExportRow): string {
  const { t, zone } = readerOf(viewer)
  const isFree = row.availability === 'available'
  const cells: Record<(typeof COLUMNS)[number], string> = {
    lastName: row.last_name || (row.first_name === '' ? nameOf(t, row) : ''),
    firstName: row.first_name,
    trade: row.trade ?? '',
    town: row.town ?? '',
    mobile: row.mobile ?? '',
    availability: t(`candidates.availability.${row.availability}`),
    // Dates beside another state are an older answer's (S94).
    from: isFree ? (row.available_from ?? '') : '',
    until: isFree ? (row.available_until ?? '') : '',
    saidOn: row.said_at ? dateIn(zone, row.said_at) : '',
    record: appUrl + paths.candidate(row.id),
  }
  return csvLine(COLUMNS.map((column) => cells[column]))
}
