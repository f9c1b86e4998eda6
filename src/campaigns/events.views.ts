/** The history of a campaign in sentences. */
import type { Reader } from '../candidates/views.ts'
import { ago, dayAndMonth, longMoment } from '../words/format.ts'
import { catalogues, type WordKey } from '../words/index.ts'
import type { CampaignEventKind, listEvents } from './queries.ts'
import { stateLine } from './state.views.ts'

export type EventsModel = { items: { heading: string; icon: string; tone?: string; when: string; datetime: string; exact: string }[] }

type Event = Awaited<ReturnType<typeof listEvents>>[number]

const LOOK: Record<CampaignEventKind, { icon: string; tone?: string }> = {
  created: { icon: 'pencil' }, tested: { icon: 'smartphone' }, launched: { icon: 'send', tone: 'accent' }, overridden: { icon: 'shield', tone: 'warning' }, undone: { icon: 'undo-2' }, rescheduled: { icon: 'calendar-clock' }, batch_sent: { icon: 'send' },
  batch_held: { icon: 'circle-pause', tone: 'warning' }, paused: { icon: 'pause', tone: 'warning' }, resumed: { icon: 'play' }, suspended: { icon: 'octagon-x', tone: 'error' }, released: { icon: 'play' },
  resent: { icon: 'send' }, completed: { icon: 'circle-check', tone: 'ok' }, cancelled: { icon: 'ban', tone: 'error' }, closed: { icon: 'lock' }, closed_by_time: { icon: 'lock' },
  closed_by_yes: { icon: 'circle-check', tone: 'ok' }, reopened: { icon: 'play' }, answers_changed: { icon: 'settings' }, told_changed: { icon: 'bell' }, reminded: { icon: 'rotate-ccw', tone: 'accent' }, reminded_by_time: { icon: 'rotate-ccw', tone: 'accent' },
  reminder_undone: { icon: 'undo-2' }, reminder_sent: { icon: 'send' }, reminder_failed: { icon: 'triangle-alert', tone: 'warning' },
}

export function eventsModel(reader: Reader, events: readonly Event[], now: Date): EventsModel {
  return { items: events.map((event) => eventModel(reader, event, now)) }
}

function eventModel(reader: Reader, event: Event, now: Date): EventsModel['items'][number] {
  const { language, zone } = reader
  const key = `events.${event.kind}`
  return {
    heading: key in catalogues.fr ? reader.t(key as WordKey, wordsOf(reader, event)) : event.kind,
    ...(LOOK[event.kind as CampaignEventKind] ?? { icon: 'history' }),
    when: now.getTime() - event.at.getTime() < 7 * 86_400_000 ? ago(language, event.at, now) : longMoment(language, event.at, zone),
    datetime: event.at.toISOString(),
    exact: longMoment(language, event.at, zone),
  }
}

/** Everything a sentence may name; each takes what it knows. */
function wordsOf(reader: Reader, { user_name, detail }: Event): Record<string, string | number> {
  const { t, language } = reader
  const number = (name: string) => Number(detail[name] ?? 0)
  const on = String(detail['on'] ?? '')
  return {
    name: user_name ?? t('events.somebody'),
    count: number('recipients') || number('messages') || number('out') || number('taken') || number('yes'),
    batches: number('batches') || 1,
    no: number('no'),
    reason: String(detail['reason'] ?? ''),
    date: /^\d{4}-\d{2}-\d{2}$/.test(on) ? dayAndMonth(language, on) : '',
    time: String(detail['time'] ?? ''),
    why: stateLine(reader, { id: 0, status: 'suspended', status_reason: String(detail['reason'] ?? ''), status_detail: detail }),
  }
}
