import { addDays } from '../core/dates.ts'
import { weekdayName } from '../words/format.ts'
import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'

type Hours = { weekdays: readonly number[]; opens: string; closes: string }

/** « lun.–sam., 8 h–20 h, sauf jours fériés ». */
export function hoursText(language: Language, hours: readonly Hours[], onHolidays: boolean): string {
  const t = translator(language)
  const text = hours.map(({ weekdays, opens, closes }) => t('hours.text.hours', { days: daysText(language, weekdays), opens: clockText(language, opens), closes: clockText(language, closes) })).join(' · ')
  return onHolidays ? text : t('hours.text.offHolidays', { hours: text })
}

/** « 8 h », « 21 h 30 ». */
export function clockText(language: Language, time: string): string {
  return translator(language)('hours.text.clock', { hour: language === 'fr' ? String(Number(time.slice(0, 2))) : time.slice(0, 2), minute: time.slice(3, 5) })
}

/** Days that follow each other are told by the first and the last. */
function daysText(language: Language, weekdays: readonly number[]): string {
  const t = translator(language)
  if (weekdays.length === 7) return t('hours.text.everyDay')
  // 23 November 2026 is a Monday.
  const name = (day: number) => weekdayName(language, addDays('2026-11-23', day - 1), 'short')
  const runs: number[][] = []
  for (const day of [...weekdays].sort()) {
    const run = runs.at(-1)
    if (run && run.at(-1) === day - 1) run.push(day)
    else runs.push([day])
  }
  return runs.flatMap((run) => (run.length > 2 ? [t('hours.text.range', { first: name(run[0]!), last: name(run.at(-1)!) })] : run.map(name))).join(', ')
}
