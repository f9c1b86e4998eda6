/** How far a campaign is, batch by batch, and why somebody got nothing after all. */
import type { Pill, Reader } from '../candidates/views.ts'
import { dateIn } from '../core/dates.ts'
import { longMoment, shortDay, timeOfDay, wholeNumber } from '../words/format.ts'
import { catalogues, type WordKey } from '../words/index.ts'
import type { AudienceCounts } from './audience.domain.ts'
import { sumLines, type SumLine } from './audience.views.ts'
import type { BatchState } from './domain.ts'
import type { BatchRow, LeftOut, Progress } from './progress.queries.ts'
import type { Campaign } from './queries.ts'
import { showUrl } from './stats.views.ts'

type Linked = { text: string; href: string }

export type BatchesModel = {
  summary: string
  rows: { no: number; name: string; when: { text: string; datetime: string; exact: string }; size: Linked; sent: Linked; state: Pill; held: (Linked & { until: string }) | undefined }[]
  end: string
}

/** Undefined once nothing is left to send. */
export type ProgressModel = { label: string; value: number; max: number; text: string; isLive: boolean } | undefined

const STATE_LOOK: Record<BatchState, Pick<Pill, 'tone' | 'icon'>> = {
  planned: { tone: 'info', icon: 'calendar-clock' }, running: { tone: 'accent', icon: 'circle-play' }, done: { tone: 'ok', icon: 'circle-check' }, held: { tone: 'warning', icon: 'circle-pause' },
  cancelled: { tone: 'neutral', icon: 'circle-slash' },
}

export function batchesModel(reader: Reader, campaign: Pick<Campaign, 'id' | 'status' | 'ends_at'>, batches: readonly BatchRow[]): BatchesModel {
  const { t, language } = reader
  const linked = (value: number, url: string): Linked => ({ text: wholeNumber(language, value), href: `${url}#contacted` })
  return {
    summary: t('follow.batch.summary', { done: batches.filter(({ state }) => state === 'done').length, total: batches.length }),
    rows: batches.map((batch) => {
      const at = batch.started_at ?? batch.due_at
      const of = { batch: batch.no }
      // Recipients belong to the batch of their first text.
      const isReminder = batch.kind === 'reminder'
      return {
        no: batch.no,
        name: batch.kind === 'reminder' ? t('reminders.batch.reminder') : t(batch.kind === 'wave' ? 'reminders.batch.wave' : 'follow.batch.name', { no: batch.no }),
        when: { text: dayAndTime(reader, at), datetime: at.toISOString(), exact: longMoment(language, at, reader.zone) },
        size: linked(batch.total, showUrl(campaign.id, isReminder ? { show: 'reminded' } : of)),
        sent: linked(batch.sent, showUrl(campaign.id, isReminder ? { show: 'reminded' } : { ...of, show: 'sent' })),
        state: statePill(reader, campaign.status, batch.state),
        held: batch.held > 0 ? { ...linked(batch.held, showUrl(campaign.id, isReminder ? { show: 'reminded' } : { ...of, show: 'held' })), text: t('follow.batch.waiting', { count: batch.held }), until: heldText(reader, batch) } : undefined,
      }
    }),
    end: endText(reader, campaign),
  }
}

/** Of a campaign that stands still no batch is under way or planned, whatever it was before (S78). */
function statePill({ t }: Reader, status: Campaign['status'], state: BatchState): Pill {
  const standsStill = status === 'paused' || status === 'suspended' || status === 'error'
  if (standsStill && state === 'running') return { text: t('follow.batch.stopped'), tone: 'warning', icon: 'circle-pause' }
  const shown = standsStill && state === 'planned' ? 'held' : state
  return { text: t(`follow.batch.${shown}`), ...STATE_LOOK[shown] }
}

/** « Fin prévue » while it can still move; what stands still has no end (S71). */
function endText({ t, language, zone }: Reader, { status, ends_at }: Pick<Campaign, 'status' | 'ends_at'>): string {
  if (ends_at === null) return ''
  if (status === 'scheduled' || status === 'in_process') return t('follow.endEstimated', { date: longMoment(language, ends_at, zone) })
  return status === 'completed' ? t('follow.ended', { date: longMoment(language, ends_at, zone) }) : ''
}

/** When the first may go, and the last where that is later. */
function heldText(reader: Reader, { held_from, held_until }: BatchRow): string {
  if (!held_from || !held_until) return ''
  const from = dayAndTime(reader, held_from)
  const until = dayAndTime(reader, held_until)
  return from === until ? reader.t('follow.heldUntil', { date: from }) : reader.t('follow.heldBetween', { from, until })
}

/** « lun. 23 nov. 10:00 »: the weekday matters where batches pass over weekends. */
function dayAndTime({ language, zone, today }: Reader, at: Date): string {
  return `${shortDay(language, dateIn(zone, at), Number(today.slice(0, 4)))} ${timeOfDay(language, at, zone)}`
}

/** `perSecond`: how many leave a second for each batch at work now. */
export function progressModel(reader: Reader, campaign: Pick<Campaign, 'id' | 'status' | 'starts_at'>, progress: Progress, batches: readonly BatchRow[], perSecond: number): ProgressModel {
  const { t, language } = reader
  const { total, sent, remaining, cancelled } = progress
  const isUnderWay = campaign.status === 'scheduled' || campaign.status === 'in_process'
  if (remaining === 0 || campaign.status === 'cancelled' || campaign.status === 'completed') return undefined
  const leaving = batches.reduce((sum, batch) => sum + (batch.state === 'running' ? batch.remaining - batch.held : 0), 0)
  const isLive = campaign.status === 'in_process' && leaving > 0
  return {
    label: t('follow.sending'), value: total - remaining - cancelled, max: total, isLive,
    text: [
      t('follow.sendingText', { sent: wholeNumber(language, sent), total: wholeNumber(language, total) }),
      ...(isLive ? [leftText(t, leaving / perSecond)] : []),
      ...(isUnderWay && !isLive ? nextText(reader, batches) : []),
    ].join(' · '),
  }
}

/** What everybody waits for: the hours in which one may text, or the next batch. */
function nextText(reader: Reader, batches: readonly BatchRow[]): string[] {
  const { t } = reader
  const waits = batches.filter(({ state, held_from }) => state === 'running' && held_from !== null).map(({ held_from }) => held_from as Date)
  if (waits.length > 0) return [t('follow.hoursFrom', { date: dayAndTime(reader, new Date(Math.min(...waits.map(Number)))) })]
  const next = batches.find(({ state }) => state === 'planned')
  if (!next) return []
  return [batches.length === 1 ? t('follow.leavesOn', { date: dayAndTime(reader, next.due_at) }) : t(next.kind === 'wave' ? 'reminders.batch.leavesOn' : 'follow.batchLeavesOn', { no: next.no, date: dayAndTime(reader, next.due_at) })]
}

function leftText(t: Reader['t'], seconds: number): string {
  if (seconds < 60) return t('follow.leftMoments')
  return seconds < 7_200 ? t('follow.leftMinutes', { n: String(Math.round(seconds / 60)) }) : t('follow.leftHours', { n: String(Math.round(seconds / 3_600)) })
}

/**
 * « Voir pourquoi », before and after: those chosen, those left out when the campaign was launched, those left out since, and who
 * remains. The lines add up, and each opens the people behind it.
 */
export function whyLines(reader: Reader, campaignId: number, counts: AudienceCounts, progress: Progress, leftOut: readonly LeftOut[]): SumLine[] {
  const lines = sumLines(reader, campaignId, counts, counts.recipients)
  const number = (value: number) => wholeNumber(reader.language, value)
  if (leftOut.length === 0) return lines
  return [
    ...lines,
    ...leftOut.map(({ state, reason, count }): SumLine => ({
      sign: '−', count: number(count), label: leftOutText(reader, state, reason, count), isTotal: false,
      href: `${showUrl(campaignId, { show: state === 'skipped' ? 'blocked' : 'cancelled', reason })}#contacted`,
    })),
    {
      sign: '=', count: number(progress.total - progress.blocked - progress.cancelled), isTotal: true, href: `${showUrl(campaignId, { show: 'kept' })}#contacted`,
      label: reader.t(progress.remaining > 0 ? 'follow.left.keptOpen' : 'follow.left.kept', { count: progress.total - progress.blocked - progress.cancelled, doubtful: progress.doubtful }),
    },
  ]
}

/** A reason of tomorrow's gate has no words yet, but its people are here. */
export function leftOutText({ t }: Reader, state: LeftOut['state'], reason: string, count: number): string {
  const key = `follow.left.${reason}`
  return key in catalogues.fr ? t(key as WordKey, { count }) : t(`follow.left.${state}`, { count })
}

