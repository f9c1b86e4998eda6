import { nameOf, readerOf } from '../candidates/views.ts'
import { dateIn } from '../core/dates.ts'
import type { Column } from '../web/export-cells.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import type { ExportRow } from './queries.ts'

/** Who is available when, as a file. */
export function boardColumns(viewer: Viewer, appUrl: string): Column<ExportRow>[] {
  const { t, zone } = readerOf(viewer)
  return [
    { label: t('board.csv.lastName'), of: (row) => row.last_name || (row.first_name === '' ? nameOf(t, row) : '') },
    { label: t('board.csv.firstName'), of: (row) => row.first_name },
    { label: t('board.csv.trade'), of: (row) => row.trade },
    { label: t('board.csv.town'), of: (row) => row.town },
    { label: t('board.csv.mobile'), kind: 'phone', of: (row) => row.mobile },
    { label: t('board.csv.availability'), of: (row) => t(`candidates.availability.${row.availability}`) },
    // Dates beside another state are an older answer's (S94).
    { label: t('board.csv.from'), kind: 'date', of: (row) => (row.availability === 'available' ? row.available_from : null) },
    { label: t('board.csv.until'), kind: 'date', of: (row) => (row.availability === 'available' ? row.available_until : null) },
    { label: t('board.csv.saidOn'), kind: 'date', of: (row) => row.said_at && dateIn(zone, row.said_at) },
    { label: t('board.csv.record'), of: (row) => appUrl + paths.candidate(row.id) },
  ]
}
