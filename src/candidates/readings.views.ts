import { shownStart } from '../sms/shown.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { ago, longMoment } from '../words/format.ts'
import type { ReadText } from './readings.domain.ts'
import type { ReadingRow } from './readings.queries.ts'
import { nameOf, periodText, type Pill, type Reader } from './views.ts'

/** A text that may be an answer, what was understood of it, and what a person can do with it. */
export type ReadingModel = {
  id: number
  who: string
  personUrl: string | undefined
  campaign: { href: string; label: string } | undefined
  at: { text: string; datetime: string; exact: string }
  text: string
  choice: Pill
  period: string
  doubts: string[]
  /** Undefined for who may only look. */
  decide: { action: string; fields: [string, string][]; hasChoice: boolean; formUrl: string; dismissal: string; back: string } | undefined
}

export type ReadingsModel = { heading: string; items: ReadingModel[] }

/** A page shows so many at once; the next come as these are decided. */
export const READINGS_SHOWN = 5
const START = 320

/** `rows`: one more than is shown, where there are more. Undefined when nothing waits. */
export function readingsModel(viewer: Viewer, reader: Reader, rows: readonly ReadingRow[], back: 'campaign' | 'record', now: Date): ReadingsModel | undefined {
  if (rows.length === 0) return undefined
  const heading = rows.length > READINGS_SHOWN ? reader.t('readings.headingMany') : reader.t('readings.heading', { count: rows.length })
  return { heading, items: rows.slice(0, READINGS_SHOWN).map((row) => readingModel(viewer, reader, row, back, now)) }
}

export function readingModel(viewer: Viewer, reader: Reader, row: ReadingRow, back: 'campaign' | 'record' | 'reply', now: Date): ReadingModel {
  const { t, language, zone } = reader
  const { reading } = row
  const { candidate_id: candidateId } = row
  const who = candidateId === null ? t('audience.people.gone') : nameOf(t, { id: candidateId, first_name: row.first_name, last_name: row.last_name })
  return {
    id: row.id,
    who,
    personUrl: back !== 'record' && candidateId !== null && viewer.privileges.has('candidates.view') ? paths.person(row.person_kind, candidateId) : undefined,
    campaign: back !== 'campaign' && viewer.privileges.has('campaigns.view') ? { href: paths.campaign(row.campaign_id), label: row.campaign_name } : undefined,
    at: { text: ago(language, row.received_at, now), datetime: row.received_at.toISOString(), exact: longMoment(language, row.received_at, zone) },
    text: shownStart(row.body, START).text,
    choice: choicePill(reader, reading.choice),
    period: reading.from || reading.until ? periodText(reader, reading.from, reading.until) : '',
    doubts: doubtTexts(reader, reading),
    decide: viewer.privileges.has('candidates.edit')
      ? {
          action: paths.reading(row.id), formUrl: `${paths.reading(row.id)}?back=${back}`, dismissal: paths.readingDismissal(row.id), hasChoice: reading.choice !== null, back,
          fields: [['answer', reading.choice ?? ''], ['from_date', reading.from ?? ''], ['until', reading.until ?? ''], ['comment', reading.comment], ['base', String(row.version)]],
        }
      : undefined,
  }
}

export function choicePill({ t }: Reader, choice: 'yes' | 'no' | null): Pill {
  if (choice === null) return { text: t('readings.neither'), tone: 'neutral', icon: 'circle-question-mark' }
  return choice === 'yes' ? { text: t('shared.answerYes'), tone: 'ok', icon: 'circle-check' } : { text: t('shared.answerNo'), tone: 'error', icon: 'circle-x' }
}

export function doubtTexts({ t }: Reader, { doubts }: Pick<ReadText, 'doubts'>): string[] {
  return doubts.map((doubt) => t(`readings.doubt.${doubt}`))
}
