import { COUNTED_TO } from '../candidates/domain.ts'
import { searchUrl } from '../candidates/list.views.ts'
import { readerOf } from '../candidates/views.ts'
import type { Column } from '../web/export-cells.ts'
import type { Viewer } from '../web/viewer.ts'
import type { ListTab } from './domain.ts'
import type { OverviewRow } from './overview.queries.ts'
import { filtersOf, noteOf } from './overview.views.ts'

/** What holds people, as a file. */
export function listColumns(viewer: Viewer, tab: ListTab, appUrl: string): Column<OverviewRow>[] {
  const reader = readerOf(viewer)
  const { t } = reader
  return [
    { label: t('exports.name'), of: (row) => row.name },
    { label: t('exports.list.note'), of: (row) => noteOf(reader, tab, row) },
    // Counted no further: then the number is a lower bound, and no number says so better than a wrong one.
    { label: t('exports.list.people'), kind: 'number', of: (row) => (row.people === null || row.people > COUNTED_TO ? null : row.people) },
    { label: t('exports.list.author'), of: (row) => row.author },
    { label: t('exports.list.at'), kind: 'moment', of: (row) => row.at },
    { label: t('exports.campaign.page'), of: (row) => appUrl + searchUrl(filtersOf(tab, row)) },
  ]
}
