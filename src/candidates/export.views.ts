import type { CalendarDate } from '../core/dates.ts'
import { dateIn } from '../core/dates.ts'
import type { Column } from '../web/export-cells.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Kind } from './domain.ts'
import type { ExportedPerson } from './export.queries.ts'
import { readerOf, textablePill } from './views.ts'

/** A record as a line; what an import reads is named as an import names it, so that the file can come back corrected. */
export function personColumns(viewer: Viewer, kind: Kind, appUrl: string): Column<ExportedPerson>[] {
  const { t, zone } = readerOf(viewer)
  const yesNo = (value: boolean) => t(value ? 'exports.yes' : 'exports.no')
  const dayOf = (at: Date | null): CalendarDate | null => at && dateIn(zone, at)
  // Dates beside another state are an older answer's (S94).
  const whileFree = (row: ExportedPerson, date: CalendarDate | null) => (row.availability === 'available' ? date : null)
  return [
    { label: t('imports.field.external_id'), of: (row) => row.external_id },
    { label: t('imports.field.last_name'), of: (row) => row.last_name },
    { label: t('imports.field.first_name'), of: (row) => row.first_name },
    ...(kind === 'contact' ? [{ label: t('imports.field.organisation'), of: (row: ExportedPerson) => row.organisation }] : []),
    { label: t('imports.field.mobile'), kind: 'phone', of: (row) => row.mobile },
    { label: t('imports.field.mobile_2'), kind: 'phone', of: (row) => row.mobile_2 },
    { label: t('imports.field.home'), kind: 'phone', of: (row) => row.home },
    { label: t('imports.field.email'), of: (row) => row.email },
    { label: t('imports.field.trade'), of: (row) => row.trade },
    { label: t('imports.field.skills'), of: (row) => row.skills.join(', ') },
    { label: t('imports.field.tags'), of: (row) => row.tags.join(', ') },
    { label: t('imports.field.branch'), of: (row) => row.branch },
    { label: t('imports.field.town'), of: (row) => row.town },
    { label: t('imports.field.postal_code'), of: (row) => row.postal_code },
    { label: t('imports.field.language'), of: (row) => row.language },
    { label: t('imports.field.registered_on'), kind: 'date', of: (row) => row.registered_on },
    { label: t('imports.field.consent'), of: (row) => yesNo(row.consent_given) },
    { label: t('imports.field.consent_source'), of: (row) => row.consent_source },
    { label: t('imports.field.consent_on'), kind: 'date', of: (row) => dayOf(row.consent_at) },
    { label: t('exports.person.optedOutOn'), kind: 'date', of: (row) => dayOf(row.opted_out_at) },
    { label: t('exports.person.availability'), of: (row) => t(`candidates.availability.${row.availability}`) },
    { label: t('imports.field.available_from'), kind: 'date', of: (row) => whileFree(row, row.available_from) },
    { label: t('imports.field.available_until'), kind: 'date', of: (row) => whileFree(row, row.available_until) },
    { label: t('exports.person.saidOn'), kind: 'date', of: (row) => dayOf(row.said_at) },
    { label: t('exports.person.textable'), of: (row) => textablePill(t, row.reason).text },
    { label: t('exports.person.answer'), of: (row) => (row.answer === null ? '' : t(row.answer === 'yes' ? 'shared.answerYes' : 'shared.answerNo')) },
    { label: t('exports.person.answeredAt'), kind: 'moment', of: (row) => row.answered_at },
    { label: t('exports.person.textedAt'), kind: 'moment', of: (row) => row.texted_at },
    { label: t('exports.record'), of: (row) => appUrl + paths.person(kind, row.id) },
  ]
}
