import type { Column } from '../web/export-cells.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import type { MailRow } from './queries.ts'
import { kindText, reasonText } from './views.ts'

/** What the product wrote to people of the company, as a file; never what the letters hold. */
export function mailColumns({ language }: Viewer): Column<MailRow>[] {
  const t = translator(language)
  return [
    { label: t('exports.mail.at'), kind: 'moment', of: (mail) => mail.created_at },
    { label: t('exports.kind'), of: (mail) => kindText(t, mail.kind) },
    { label: t('exports.mail.subject'), of: (mail) => mail.subject },
    { label: t('exports.mail.to'), of: (mail) => mail.to_name },
    { label: t('exports.mail.address'), of: (mail) => mail.to_address },
    { label: t('exports.status'), of: (mail) => [t(`mail.status.${mail.status}`), reasonText(t, mail)].filter(Boolean).join(' · ') },
    { label: t('exports.mail.sentAt'), kind: 'moment', of: (mail) => (mail.status === 'sent' ? mail.settled_at : null) },
  ]
}
