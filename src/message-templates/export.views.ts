import { readerOf } from '../candidates/views.ts'
import type { Column } from '../web/export-cells.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import type { ListedTemplate } from './library.queries.ts'
import { languageList, statePill } from './list.views.ts'

/** Templates as a file. */
export function templateColumns(viewer: Viewer, appUrl: string): Column<ListedTemplate & { folded_name: string }>[] {
  const reader = readerOf(viewer)
  const { t } = reader
  return [
    { label: t('exports.name'), of: (row) => row.name },
    { label: t('exports.template.folder'), of: (row) => row.folder },
    { label: t('exports.kind'), of: (row) => t(`templates.kind.${row.kind}`) },
    { label: t('exports.status'), of: (row) => statePill(reader, row).text },
    { label: t('exports.template.languages'), of: (row) => languageList(reader, row.languages) },
    { label: t('exports.template.site'), of: (row) => row.site_name },
    { label: t('exports.template.uses'), kind: 'number', of: (row) => row.uses },
    { label: t('exports.template.usedAt'), kind: 'moment', of: (row) => row.last_used_at },
    { label: t('exports.campaign.page'), of: (row) => appUrl + paths.template(row.id) },
  ]
}
