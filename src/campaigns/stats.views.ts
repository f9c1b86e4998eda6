/** The numbers of a campaign. Every one is a link to the list of that length; what is zero and unusual is not shown. */
import type { Reader } from '../candidates/views.ts'
import { encodeCursor } from '../core/paging.ts'
import { paths } from '../web/paths.ts'
import { percent, wholeNumber } from '../words/format.ts'
import type { RecipientFilter } from './domain.ts'
import type { Progress } from './progress.queries.ts'
import type { RecipientChoice } from './recipients.queries.ts'

export type ShowState = RecipientChoice & { after: { answeredAt: number; rank: number; offset: number } | undefined }

export type StatsModel = { label: string; items: { value: string; label: string; href?: string; icon?: string; tone?: string; isCurrent?: boolean }[] }

/** The canonical address of a part of a campaign's recipients. */
export function showUrl(campaignId: number, state: Partial<ShowState>, base = paths.campaign(campaignId)): string {
  const query = new URLSearchParams({
    ...(state.show && state.show !== 'all' ? { show: state.show } : {}),
    ...(state.reason ? { reason: state.reason } : {}),
    ...(state.batch === undefined ? {} : { batch: String(state.batch) }),
    ...(state.q ? { q: state.q } : {}),
    ...(state.after ? { after: encodeCursor([state.after.answeredAt, state.after.rank, state.after.offset]) } : {}),
  }).toString()
  return query ? `${base}?${query}` : base
}

const LOOK: Partial<Record<RecipientFilter, { icon: string; tone: string }>> = {
  yes: { icon: 'circle-check', tone: 'ok' }, no: { icon: 'circle-x', tone: 'error' }, waiting: { icon: 'clock', tone: 'neutral' }, sent: { icon: 'send', tone: 'neutral' }, delivered: { icon: 'circle-check', tone: 'ok' },
  undelivered: { icon: 'circle-x', tone: 'error' }, unsubscribed: { icon: 'message-square-off', tone: 'warning' }, remaining: { icon: 'hourglass', tone: 'neutral' }, held: { icon: 'calendar-clock', tone: 'neutral' },
  doubtful: { icon: 'triangle-alert', tone: 'warning' }, blocked: { icon: 'ban', tone: 'warning' }, cancelled: { icon: 'circle-slash', tone: 'neutral' }, reminded: { icon: 'rotate-ccw', tone: 'neutral' },
}

/** How many recipients each filter has that can be told from the numbers of the page's head. */
export function countsOf(progress: Progress): Record<Exclude<RecipientFilter, 'opened' | 'robots'>, number> {
  const { total, yes, no, blocked, cancelled, sent, underway, delivered, undelivered, unsubscribed, remaining, held, doubtful, reminded } = progress
  return { all: total, yes, no, waiting: total - yes - no, answered: yes + no, sent, underway, delivered, undelivered, unsubscribed, remaining, held, doubtful, blocked, cancelled, reminded, kept: total - blocked - cancelled }
}

/** What people answered. */
export function answerStats({ t, language }: Reader, campaignId: number, state: ShowState, progress: Progress, medianMinutes: number | null): StatsModel {
  return {
    label: t('follow.answers'),
    items: [
      ...(['all', 'yes', 'no', 'waiting'] as const).map((filter) => tile({ t, language }, campaignId, state, filter, progress)),
      { value: percent(language, progress.yes + progress.no, progress.sent), label: t('follow.rate') },
      ...(medianMinutes === null ? [] : [{ value: delayText(t, medianMinutes), label: t('follow.median') }]),
    ],
  }
}

/** What became of the texts. */
export function textStats(reader: Pick<Reader, 't' | 'language'>, campaignId: number, state: ShowState, progress: Progress): StatsModel {
  const counts = countsOf(progress)
  const usual: string[] = ['sent', 'delivered']
  return {
    label: reader.t('follow.texts'),
    items: (['sent', 'delivered', 'underway', 'undelivered', 'unsubscribed', 'remaining', 'held', 'doubtful', 'blocked', 'cancelled', 'reminded'] as const)
      .filter((filter) => counts[filter] > 0 || filter === state.show || usual.includes(filter))
      .map((filter) => tile(reader, campaignId, state, filter, progress)),
  }
}

function tile({ t, language }: Pick<Reader, 't' | 'language'>, campaignId: number, state: ShowState, filter: keyof ReturnType<typeof countsOf>, progress: Progress): StatsModel['items'][number] {
  return {
    value: wholeNumber(language, countsOf(progress)[filter]), label: t(`follow.stat.${filter}`), ...LOOK[filter],
    href: `${showUrl(campaignId, { show: filter })}#contacted`, isCurrent: filter === state.show && state.reason === '' && state.batch === undefined && state.q === '',
  }
}

function delayText(t: Reader['t'], minutes: number): string {
  if (minutes < 60) return t('follow.minutes', { n: String(Math.max(1, Math.round(minutes))) })
  return minutes < 48 * 60 ? t('follow.hours', { n: String(Math.round(minutes / 60)) }) : t('follow.days', { n: String(Math.round(minutes / 1440)) })
}
