import { moment, nameOf, readerOf } from '../candidates/views.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import type { RecipientRow } from './recipients.queries.ts'
import { responsePill, smsText } from './show.views.ts'

/** First line of the file. A byte order mark lets French Excel read the accents. */
export function csvHead(viewer: Viewer): string {
  const { t } = readerOf(viewer)
  const columns = (['firstName', 'name', 'phone', 'answer', 'from', 'until', 'comment', 'answeredAt', 'delivery', 'candidate'] as const).map((column) => t(`campaigns.csv.${column}`))
  return `\ufeff${csvLine(columns)}`
}

export function csvRow(viewer: Viewer, appUrl: string, row: RecipientRow): string {
  const reader = readerOf(viewer)
  return csvLine([
    row.first_name,
    row.last_name || (row.candidate_id === null ? reader.t('campaigns.people.gone') : row.first_name === '' ? nameOf(reader.t, { id: row.candidate_id, first_name: '', last_name: '' }) : ''),
    row.e164,
    responsePill(reader, row.choice).text,
    row.available_from ?? '',
    row.available_until ?? '',
    row.comment,
    row.answered_at ? moment(reader, row.answered_at).text : '',
    smsText(reader, row),
    row.candidate_id === null ? '' : appUrl + paths.candidate(row.candidate_id),
  ])
}

/** Semicolons, as French spreadsheets expect; every cell quoted. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => `"${guarded(cell).replaceAll('"', '""')}"`).join(';')}\r\n`
}

/** A cell that a spreadsheet would run as a formula is made text (OWASP, CSV injection). A telephone number stays one. */
function guarded(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) && !/^\+\d+$/.test(cell) ? `'${cell}` : cell
}
