/** Charts of a campaign as attributes of SVG: shares of the width in percent, so that they fit any page and their words keep their size; heights in pixels. */
import { DateTime } from 'luxon'
import type { Reader } from '../candidates/views.ts'
import { dateIn } from '../core/dates.ts'
import { dayOfMonth, monthAndYear, percent, shortDay, timeOfDay, weekdayAndDay, wholeNumber } from '../words/format.ts'
import { bucketsOf, NIGHT, quietStretches, scaleTo, sumOf, type AnswerHour, type Bucket, type ChartUnit } from './charts.domain.ts'
import type { Opened } from './charts.queries.ts'
import type { RecipientFilter } from './domain.ts'
import type { Progress } from './progress.queries.ts'
import { showUrl } from './stats.views.ts'

type Segment = { y: number; height: number }

/** Answers as stacked bars, and the same figures as a table. */
export type AnswersChartModel = {
  about: string
  unit: string
  height: number
  base: number
  lines: { y: number; text: string }[]
  quiet: { x: string; width: string }[]
  quietText: string
  bars: { x: string; width: string; text: string; yes: Segment | undefined; no: Segment | undefined }[]
  labels: { x: string; text: string; isSecond: boolean }[]
  table: { column: string; rows: { when: string; datetime: string; yes: string; no: string; total: string }[]; sum: { yes: string; no: string; total: string } }
}

type Step = { label: string; why: string; people: string; href: string; share: string; bars: { look: 'sent' | 'delivered' | 'opened' | 'yes' | 'no'; x: string; width: string }[]; isAside: boolean }

export type ChartsModel = {
  /** Undefined before the first answer. */
  answers: AnswersChartModel | undefined
  funnel: Step[]
}

export type ChartsGiven = { startedAt: Date; hours: AnswerHour[]; opened: Opened }

/** Undefined before the first text left. */
export function chartsModel(reader: Reader, campaignId: number, progress: Progress, { startedAt, hours, opened }: ChartsGiven): ChartsModel | undefined {
  if (progress.sent + progress.doubtful === 0 && hours.length === 0) return undefined
  return { answers: hours.length === 0 ? undefined : answersChart(reader, startedAt, hours), funnel: funnelSteps(reader, campaignId, progress, opened) }
}

/** Pixels above the highest line, and from there down to the line of zero. */
const TOP = 12
const PLOT = 148
/** Of the room of a bar, between it and the next. */
const GAP = 0.22
/** So many words fit below a chart on a desk; on a phone every other of them. */
const MOST_LABELS = 8

function answersChart(reader: Reader, startedAt: Date, hours: readonly AnswerHour[]): AnswersChartModel {
  const { t, language } = reader
  const { unit, buckets } = bucketsOf(hours, startedAt, reader.zone)
  const lines = scaleTo(Math.max(...buckets.map(({ yes, no }) => yes + no)))
  const y = (people: number) => tidy(TOP + PLOT * (1 - people / (lines.at(-1) as number)))
  const segment = (from: number, people: number): Segment | undefined => (people === 0 ? undefined : { y: y(from + people), height: tidy(y(from) - y(from + people)) })
  const x = (place: number) => share(place, buckets.length)
  const whens = whensOf(reader, unit, buckets)
  const sum = { yes: sumOf(buckets, 'yes'), no: sumOf(buckets, 'no') }
  const most = buckets.reduce((best, { yes, no }, index) => (yes + no > buckets[best]!.yes + buckets[best]!.no ? index : best), 0)
  const number = (people: number) => wholeNumber(language, people)
  return {
    about: t('charts.about', { ...sum, unit: t(`charts.unit.${unit}`), most: buckets[most]!.yes + buckets[most]!.no, when: whens[most]! }),
    unit: t(`charts.unit.${unit}`),
    height: TOP + PLOT + 24,
    base: TOP + PLOT,
    lines: lines.map((people) => ({ y: y(people), text: number(people) })),
    quiet: quietStretches(buckets).map(({ at, length }) => ({ x: x(at), width: x(length) })),
    quietText: !buckets.some(({ isQuiet }) => isQuiet) ? '' : unit === 'hour' ? t('charts.night', { from: String(NIGHT.from), until: String(NIGHT.until) }) : t('charts.weekend'),
    bars: buckets.flatMap(({ yes, no }, index) => (yes + no === 0 ? [] : [{ x: x(index + GAP / 2), width: x(1 - GAP), text: t('charts.bar', { when: whens[index]!, yes, no }), yes: segment(0, yes), no: segment(yes, no) }])),
    labels: labelsOf(reader, unit, buckets).map((label) => ({ ...label, x: x(label.place) })),
    table: {
      column: t(`charts.column.${unit}`),
      rows: buckets.flatMap(({ from, yes, no }, index) => (yes + no === 0 ? [] : [{ when: whens[index]!, datetime: from.toISOString(), yes: number(yes), no: number(no), total: number(yes + no) }])),
      sum: { yes: number(sum.yes), no: number(sum.no), total: number(sum.yes + sum.no) },
    },
  }
}

/** Each bar in words. An hour that the clock strikes twice says how far it is from universal time. */
function whensOf({ t, language, zone, today }: Reader, unit: ChartUnit, buckets: readonly Bucket[]): string[] {
  const day = (at: Date) => shortDay(language, dateIn(zone, at), Number(today.slice(0, 4)))
  const starts = buckets.map(({ from }) => `${day(from)}, ${timeOfDay(language, from, zone)}`)
  const hour = ({ from, until }: Bucket, index: number) => {
    const text = t('charts.hour', { start: starts[index]!, until: timeOfDay(language, until, zone) })
    const isTwice = starts[index] === starts[index - 1] || starts[index] === starts[index + 1]
    return isTwice ? t('charts.twice', { hour: text, offset: offsetIn(zone, from) }) : text
  }
  switch (unit) {
    case 'hour': return buckets.map(hour)
    case 'day': return buckets.map(({ from }) => day(from))
    case 'week': return buckets.map(({ from }) => t('charts.week', { day: day(from) }))
    case 'month': return buckets.map(({ from }) => monthAndYear(language, dateIn(zone, from), 'long'))
  }
}

function offsetIn(zone: string, at: Date): string {
  return DateTime.fromJSDate(at, { zone }).toFormat('Z')
}

/** Words below the bars: hours at the beginning of theirs, everything longer in the middle. */
function labelsOf({ language, zone }: Reader, unit: ChartUnit, buckets: readonly Bucket[]): { place: number; text: string; isSecond: boolean }[] {
  const date = (at: Date) => dateIn(zone, at)
  if (unit === 'hour') {
    const step = [1, 2, 3, 6, 12].find((hours) => buckets.length / hours <= MOST_LABELS) ?? 24
    const clocks = buckets.map(({ from }) => timeOfDay(language, from, zone))
    const shown = buckets.flatMap(({ from }, place) => {
      const [hours, minutes] = clocks[place]!.split(':').map(Number) as [number, number]
      // Struck twice, it is written once.
      if (hours % step !== 0 || minutes !== 0 || clocks[place - 1] === clocks[place]) return []
      return [{ place, text: hours === 0 ? weekdayAndDay(language, date(from)) : clocks[place]! }]
    })
    return everyOther(shown)
  }
  const step = Math.ceil(buckets.length / MOST_LABELS)
  return everyOther(buckets.flatMap(({ from }, index) => (index % step === 0 ? [{ place: index + 0.5, text: unit === 'month' ? monthAndYear(language, date(from), 'short') : dayOfMonth(language, date(from)) }] : [])))
}

/** Days are kept where hours stand aside on a phone. */
function everyOther(labels: { place: number; text: string }[]): { place: number; text: string; isSecond: boolean }[] {
  return labels.map((label, index) => ({ ...label, isSecond: index % 2 === 1 }))
}

function funnelSteps({ t, language }: Reader, campaignId: number, progress: Progress, opened: Opened): Step[] {
  const { sent, delivered, yes, no } = progress
  const most = Math.max(sent, delivered, opened.people, yes + no, 1)
  const width = (people: number) => share(people, most)
  const step = (label: string, people: number, show: RecipientFilter, bars: Step['bars']): Step => ({
    label, why: '', people: wholeNumber(language, people), href: `${showUrl(campaignId, { show })}#contacted`, share: percent(language, people, sent), bars, isAside: false,
  })
  const bar = (look: Step['bars'][number]['look'], people: number, before = 0) => ({ look, x: width(before), width: width(people) })
  return [
    step(t('follow.stat.sent'), sent, 'sent', [bar('sent', sent)]),
    step(t('follow.stat.delivered'), delivered, 'delivered', [bar('delivered', delivered)]),
    step(t('follow.stat.opened'), opened.people, 'opened', [bar('opened', opened.people)]),
    ...(opened.robots === 0 ? [] : [{ ...step(t('charts.funnel.robots'), opened.robots, 'robots', []), why: t('charts.funnel.robotsWhy'), share: '', isAside: true }]),
    step(t('follow.stat.answered'), yes + no, 'answered', [bar('yes', yes), bar('no', no, yes)]),
  ]
}

function share(part: number, whole: number): string {
  return `${tidy((part * 100) / whole)}%`
}

function tidy(value: number): number {
  return Math.round(value * 100) / 100
}
