import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longMoment } from '../words/format.ts'
import type { Translate } from '../words/index.ts'
import type { Kind } from './domain.ts'
import type { PeriodRow } from './periods.queries.ts'
import type { TimelineEvent } from './timeline.views.ts'
import { dayText, moment, periodText, readerOf, type Reader } from './views.ts'

/** The tab « Disponibilités » of a record. */
export type PeriodsModel = { items: TimelineEvent[]; emptyText: string; olderUrl: string | undefined; newestUrl: string | undefined }

type Told = Pick<PeriodRow, 'availability' | 'available_from' | 'available_until'>
type Source = Pick<PeriodRow, 'source' | 'answer_source'> & { user_name?: string | null }

export function periodsModel(viewer: Viewer, person: { kind: Kind; id: number }, before: number | undefined, found: { rows: PeriodRow[]; hasMore: boolean }): PeriodsModel {
  const reader = readerOf(viewer)
  const address = paths.personStep(person.kind, person.id, 'periods')
  const last = found.rows.at(-1)
  return {
    items: found.rows.map((row) => eventModel(reader, row)),
    emptyText: reader.t('periods.empty'),
    olderUrl: found.hasMore && last ? `${address}?before=${last.id}` : undefined,
    newestUrl: before === undefined ? undefined : address,
  }
}

function eventModel(reader: Reader, row: PeriodRow): TimelineEvent {
  const { t } = reader
  const isCurrent = row.replaced_by === null && !row.is_over
  return {
    heading: toldText(reader, row),
    icon: { available: 'calendar-check', unavailable: 'calendar-x', unknown: 'circle-question-mark' }[row.availability],
    ...(isCurrent && row.availability !== 'unknown' ? { tone: row.availability === 'available' ? ('ok' as const) : ('warning' as const) } : {}),
    when: moment(reader, row.at).text,
    datetime: row.at.toISOString(),
    exact: longMoment(reader.language, row.at, reader.zone),
    text: fateText(reader, row),
    meta: sourceText(t, row),
    ...(row.campaign_id !== null && row.campaign_name !== null ? { link: { href: paths.campaign(row.campaign_id), label: row.campaign_name } } : {}),
  }
}

/** What became of it: it holds, its time is over, or something newer was said (S94). */
function fateText(reader: Reader, { is_over, replaced_by: next }: PeriodRow): string {
  if (!next) return reader.t(is_over ? 'periods.over' : 'periods.current')
  return reader.t('periods.replaced', { date: dayText(reader, new Date(next.at)), period: toldText(reader, next), source: sourceText(reader.t, next) })
}

/** « Disponible du lun. 23 nov. au ven. 4 déc. », « Indisponible ». */
export function toldText(reader: Reader, { availability, available_from: from, available_until: until }: Told): string {
  return availability === 'available' ? periodText(reader, from, until) : reader.t(`candidates.availability.${availability}`)
}

/** Who or what said so. */
export function sourceText(t: Translate, { source, answer_source: way, user_name: user }: Source): string {
  const named = { user: user ?? '', isKnown: user ? 'yes' : 'no' }
  if (source === 'recruiter') return t('periods.by.recruiter', named)
  if (source === 'import') return t('periods.by.import', named)
  if (source === 'page') return t('periods.by.page')
  if (way === 'recruiter') return t('periods.by.phone', named)
  return t(way === null ? 'periods.by.answer' : way === 'link' ? 'periods.by.link' : 'periods.by.reply')
}
