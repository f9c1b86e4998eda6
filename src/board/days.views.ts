import type { CandidateFilters } from '../candidates/domain.ts'
import type { Reader } from '../candidates/views.ts'
import { addDays, weekday, type CalendarDate } from '../core/dates.ts'
import { dayOfMonth, longDate, shortDay, wholeNumber } from '../words/format.ts'
import { heatOf, workingDays, type BoardChoice, type BoardDays } from './domain.ts'
import { boardUrl } from './input.ts'

/** Above the bars: weeks, which are links to the people free all week, and how many are free each day. */
export type HeadModel = {
  weeks: { text: string; label: string; href: string; isCurrent: boolean }[]
  /** Empty where too many are free to be counted; the days behind us say nothing. */
  days: { text: string; heat: number; isPast: boolean; isWeekend: boolean }[]
  /** The same for who does not see colours or small figures. */
  summary: string
  /** Counts them all the same. */
  countUrl: string | undefined
  /** Day by day, in full. */
  table: { date: string; count: string }[]
}

type Counted = { filters: CandidateFilters; choice: BoardChoice; days: BoardDays; counts: number[] | undefined }

export function headModel(reader: Reader, { filters, choice, days, counts }: Counted): HeadModel {
  const { t, language } = reader
  const dates = Array.from({ length: days.count }, (_day, index) => addDays(days.start, index))
  const ahead = dates.flatMap((date, index) => (date >= days.today && counts ? [{ date, count: counts[index] ?? 0 }] : []))
  const most = Math.max(1, ...ahead.map(({ count }) => count))
  return {
    weeks: dates.filter((_date, index) => index % 7 === 0).map((monday) => weekModel(reader, monday, { filters, choice, days })),
    days: counts ? dates.map((date, index) => ({ text: date < days.today ? '' : String(counts[index] ?? 0), heat: date < days.today ? 0 : heatOf(counts[index] ?? 0, most), isPast: date < days.today, isWeekend: weekday(date) > 5 })) : [],
    summary: summaryOf(reader, ahead),
    countUrl: counts || choice.countsAll ? undefined : boardUrl(filters, { ...choice, countsAll: true }),
    table: ahead.map(({ date, count }) => ({ date: longDate(language, date), count: wholeNumber(language, count) })),
  }

  function summaryOf({ today }: Reader, told: { date: CalendarDate; count: number }[]): string {
    if (told.length === 0) return t('board.days.tooMany')
    const best = told.reduce((one, other) => (other.count > one.count ? other : one))
    return t('board.days.summary', { least: Math.min(...told.map(({ count }) => count)), most: best.count, date: shortDay(language, best.date, Number(today.slice(0, 4))) })
  }
}

function weekModel({ t, language, today }: Reader, monday: CalendarDate, { filters, choice, days }: Omit<Counted, 'counts'>): HeadModel['weeks'][number] {
  const period = workingDays(monday, days.today)
  const day = (date: CalendarDate) => shortDay(language, date, Number(today.slice(0, 4)))
  return {
    text: dayOfMonth(language, monday),
    label: t('board.days.week', { from: day(period.from), until: day(period.until), isOneDay: period.from === period.until ? 'yes' : 'no' }),
    href: boardUrl({ ...filters, ...period }, choice),
    isCurrent: filters.from === period.from && filters.until === period.until,
  }
}
