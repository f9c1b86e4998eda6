import { readerOf } from '../candidates/views.ts'
import type { Column } from '../web/export-cells.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import type { ReplyRow } from './queries.ts'
import { whoOf } from './views.ts'

/** What people wrote back, as a file. */
export function replyColumns(viewer: Viewer, appUrl: string): Column<ReplyRow>[] {
  const reader = readerOf(viewer)
  const { t } = reader
  return [
    { label: t('exports.reply.at'), kind: 'moment', of: (row) => row.received_at },
    { label: t('exports.reply.from'), of: (row) => (row.candidate_id === null ? '' : whoOf(reader, row)) },
    { label: t('exports.reply.number'), kind: 'phone', of: (row) => row.e164 },
    { label: t('exports.reply.text'), of: (row) => row.body },
    { label: t('exports.reply.isStop'), of: (row) => (row.keyword === 'stop' || row.review === 'stop' ? t('exports.yes') : '') },
    { label: t('exports.reply.campaign'), of: (row) => row.campaign_name },
    { label: t('exports.reply.readAt'), kind: 'moment', of: (row) => row.read_at },
    { label: t('exports.record'), of: (row) => (row.candidate_id === null ? '' : appUrl + paths.person(row.kind, row.candidate_id)) },
  ]
}
