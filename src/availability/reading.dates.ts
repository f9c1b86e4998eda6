import { addDays, addMonths, nextMonday, type CalendarDate } from '../core/dates.ts'
import type { Doubt } from '../candidates/readings.domain.ts'
import { calendarDay, DAY_AFTER, dayNumber, durationAt, lengthOf, phrasesOf, pointAt, type Intro, type Phrases, type Point } from './reading.points.ts'
import type { Token } from './reading.tokens.ts'

/** Something a text says about time, and how many tokens it takes. */
export type When = {
  length: number
  /** before: « avant le 15 », which a negation makes a start. now: from today for a YES. period: « cette semaine ». vague: no day can be told. */
  meaning: 'start' | 'end' | 'range' | 'before' | 'after' | 'now' | 'period' | 'vague'
  from: CalendarDate | null
  until: CalendarDate | null
  flaw: Doubt | null
  /** « à partir de » was said: the day is a start, whatever follows. */
  isStated: boolean
}

const FROM_WORDS = [
  'a partir de', 'a partir du', 'a partir d', 'a partir', 'a partire de', 'a partire du', 'a parti de', 'a parti du', 'a parti', 'a partie de', 'a partie du', 'a partr de', 'a partr du', 'a patir de', 'a patir du', 'a parir de', 'a parir du', 'a aprtir de', 'a aprtir du',
  'apartir de', 'apartir du', 'apartir', 'partir de', 'partir du', 'apd', 'a pd', 'a compter de', 'a compter du', 'a dater du', 'des', 'des le', 'from', 'starting', 'starting from', 'starting on', 'start', 'start on', 'as of', 'as from', 'beginning', 'any time from', 'anytime from', 'anytime after',
]
const FROM = phrasesOf(FROM_WORDS)
const SINCE = phrasesOf([...FROM_WORDS, 'du', 'de', 'd', 'le', 'la', 'from the'])
const UNTIL = phrasesOf(['jusqu au', 'jusqu a', 'jusqu en', 'jusque', 'jusqu', 'jusquau', 'jusqua', 'jusqau', 'jusk', 'jusko', 'jsq', 'jsqu au', 'jsk', 'jusqu a la', 'until', 'untill', 'till', 'til', 'up to', 'up until'])
const BEFORE = phrasesOf(['avant le', 'avant la', 'avant', 'avt le', 'avt', 'before the', 'before'])
const AFTER = phrasesOf(['apres le', 'apres la', 'apres', 'after the', 'after'])
const BETWEEN = phrasesOf(['entre le', 'entre', 'between the', 'between'])
/** A bare number after these is a day. */
const ON_DAY = phrasesOf(['le', 'du', 'au', 'pour le', 'the', 'on the', 'for the'])
const ON = phrasesOf(['pour', 'la', 'pour la', 'ce', 'de', 'd', 'a', 'en', 'on', 'for', 'in', 'by', 'dans'])
const ABOUT = phrasesOf(['vers le', 'vers la', 'vers', 'autour du', 'aux alentours du', 'around the', 'around', 'about', 'environ', 'd ici le', 'd ici la', 'd ici', 'within', 'sous'])
const TO_WORDS = ['au', 'a', 'jusqu au', 'jusqu a', 'jusquau', 'jusque', 'jusqua', 'to the', 'to', 'until the', 'until', 'till', 'through', 'thru']
const TO = phrasesOf(TO_WORDS)
const AND_TO = phrasesOf(TO_WORDS, ['et le', 'et', 'and the', 'and'])
const ARTICLE = phrasesOf(['le', 'la', 'the', 'ce', 'au', 'en', 'de', 'du', 'on'])
const IN = phrasesOf(['dans', 'ds', 'in', 'd ici', 'sous', 'within'])
const NOW = phrasesOf([
  'de suite', 'tout de suite', 'toute de suite', 'dsuite', 'tt de suite', 'tout suite', 'maintenant', 'des maintenant', 'mtn', 'immediatement', 'immediat', 'des que possible', 'des aujourd hui', 'le plus tot possible', 'au plus vite', 'au plus tot', 'en ce moment', 'actuellement', 'des a present', 'a present',
  'now', 'right now', 'from now', 'from now on', 'right away', 'straight away', 'straightaway', 'asap', 'immediately', 'at the moment', 'at present', 'currently', 'presently',
])
const PERIOD = phrasesOf(['cette semaine', 'cette sem', 'this week', 'ce mois', 'ce mois ci', 'ce mois ici', 'this month', 'pour le moment', 'pour l instant', 'pr le moment', 'pr l instant', 'pour linstant', 'for now', 'for the moment', 'ces jours ci', 'ces jours', 'ces temps ci', 'these days', 'a l heure actuelle', 'cette annee', 'this year'])
const VAGUE = phrasesOf([
  'la rentree', 'a la rentree', 'apres la rentree', 'les fetes', 'apres les fetes', 'pendant les fetes', 'noel', 'a noel', 'apres noel', 'avant noel', 'les vacances', 'apres les vacances', 'mes vacances', 'apres mes vacances', 'apres mes conges', 'nouvel an', 'apres le nouvel an', 'fin du mois', 'fin de mois', 'la fin du mois', 'a la fin du mois', 'debut du mois', 'debut de mois', 'mi mois', 'fin d annee',
  'debut d annee', 'l annee prochaine', 'annee prochaine', 'next year', 'fin de semaine', 'debut de semaine', 'bientot', 'prochainement', 'plus tard', 'dans quelques jours', 'dans quelques semaines', 'dans quelques mois', 'quelques jours', 'quelques semaines', 'dans pas longtemps', 'later', 'soon', 'in a few days', 'in a few weeks', 'a few days', 'a few weeks', 'in a couple of weeks', 'in a couple of days', 'after christmas', 'after the holidays', 'after my holidays', 'christmas', 'before christmas', 'new year', 'after new year',
  'end of the month', 'end of month', 'the end of the month', 'end of the week', 'end of the year', 'l ete', 'cet ete', 'le printemps', 'l hiver', 'cet hiver', 'l automne', 'summer', 'winter', 'spring', 'autumn', 'ce soir', 'ce matin', 'cet aprem', 'cet apres midi', 'tonight', 'this morning', 'this afternoon', 'this evening',
])

const FIXED = { now: NOW, period: PERIOD, vague: VAGUE }

/** What is said about time from token `at` on. */
export function whenAt(tokens: readonly Token[], at: number, today: CalendarDate): When | undefined {
  return fixed(tokens, at, today) ?? range(tokens, at, today) ?? prefixed(tokens, at, today) ?? plain(tokens, at, today)
}

function fixed(tokens: readonly Token[], at: number, today: CalendarDate): When | undefined {
  const found = (['now', 'period', 'vague'] as const)
    .map((meaning) => ({ meaning, length: lengthOf(FIXED[meaning], tokens, at) }))
    .reduce((best, one) => (one.length > best.length ? one : best))
  if (found.length === 0) return undefined
  const isWeek = found.meaning === 'period' && tokens.slice(at, at + 2).some(({ word }) => word === 'semaine' || word === 'week')
  return {
    ...found, from: found.meaning === 'vague' ? null : today, until: isWeek ? addDays(nextMonday(today), -1) : null,
    flaw: found.meaning === 'now' ? null : 'date_vague', isStated: found.meaning === 'now',
  }
}

/** « du 3 au 12 janvier », « entre lundi et mercredi », « 3-12 january ». */
function range(tokens: readonly Token[], at: number, today: CalendarDate): When | undefined {
  const between = lengthOf(BETWEEN, tokens, at)
  const intro = between || lengthOf(SINCE, tokens, at)
  const begin = at + intro
  const hyphenated = /^(\d{1,2})-(\d{1,2})$/.exec(tokens[begin]?.word ?? '')
  if (hyphenated) {
    const [day, until] = [dayNumber(hyphenated[1]), pointAt([{ ...tokens[begin]!, word: hyphenated[2]! }, ...tokens.slice(begin + 1)], 0, today, 'none')]
    return day && until?.date ? span(intro + until.length, bare(day), until, today) : undefined
  }
  const day = dayNumber(tokens[begin]?.word)
  const first = pointAt(tokens, begin, today, intro > 0 ? 'article' : 'none') ?? (day === undefined ? undefined : bare(day))
  if (!first) return undefined
  const to = lengthOf(between ? AND_TO : TO, tokens, begin + first.length) || (tokens[begin + first.length]?.word === '-' ? 1 : 0)
  const second = to > 0 ? pointAfter(tokens, begin + first.length + to, today) : undefined
  if (!second || (intro === 0 && first.bareDay !== undefined && second.bareDay !== undefined)) return undefined
  const found = span(intro + first.length + to + second.length, first, second, today)
  // « de 8 à 12 » are hours as well.
  const isHours = first.bareDay !== undefined && second.bareDay !== undefined && !tokens.slice(at, begin).some(({ word }) => word === 'du' || word === 'le')
  return isHours ? { ...found, flaw: found.flaw ?? 'date_vague' } : found
}

function bare(day: number): Point {
  return { length: 1, date: null, flaw: null, bareDay: day }
}

/** The day a preposition leads to, with or without an article of its own. */
function pointAfter(tokens: readonly Token[], at: number, today: CalendarDate): Point | undefined {
  const article = lengthOf(ARTICLE, tokens, at)
  const point = pointAt(tokens, at, today, 'article')
  const behind = point || article === 0 ? undefined : pointAt(tokens, at + article, today, 'article')
  return point ?? (behind && { ...behind, length: article + behind.length })
}

/** The month of the second day is the first one's too; the end comes after the start. */
function span(length: number, first: Point, second: Point, today: CalendarDate): When {
  let from = first.date
  let until = second.last ?? second.date
  let flaw = first.flaw ?? second.flaw
  const isSecondBare = second.bareDay !== undefined
  if (first.bareDay !== undefined && !isSecondBare && until) {
    const [year, month] = until.split('-').map(Number) as [number, number]
    const same = calendarDay(1, first.bareDay, month, year, '0001-01-01')?.date ?? null
    from = same !== null && same <= until ? same : same && addMonths(same, -1)
    flaw = second.flaw ?? (same !== null && same > until ? 'date_vague' : null)
    if (from && from < today) return { length, meaning: 'range', from: null, until, flaw: 'date_past', isStated: true }
  } else if (from && until && until < from) {
    // « du 28 au 3 », « du 20 décembre au 5 janvier » said without years, « de vendredi à mardi ».
    until = isSecondBare ? nextAfter(from, second.bareDay!) : second.isWeekday ? addDays(until, 7) : addMonths(until, 12)
    if (!isSecondBare && !second.isWeekday) flaw ??= 'date_vague'
  } else if (from && isSecondBare && first.bareDay === undefined) {
    until = nextAfter(from, second.bareDay!)
  }
  if (first.isWeekday && second.isWeekday) flaw ??= 'date_vague'
  return { length, meaning: 'range', from, until, flaw, isStated: true }
}

function nextAfter(from: CalendarDate, day: number): CalendarDate | null {
  for (let ahead = 0; ahead < 3; ahead++) {
    const [year, month] = addMonths(`${from.slice(0, 7)}-01`, ahead).split('-').map(Number) as [number, number]
    const date = calendarDay(1, day, month, year, from)?.date
    if (date && date >= from) return date
  }
  return null
}

const PREFIXES: readonly { words: Phrases; meaning: 'start' | 'end' | 'before' | 'after' | 'about' }[] = [
  { words: FROM, meaning: 'start' }, { words: UNTIL, meaning: 'end' }, { words: BEFORE, meaning: 'before' }, { words: AFTER, meaning: 'after' }, { words: ABOUT, meaning: 'about' },
]

const NEEDS_A_DAY = /^(?:apart|acompter|adater|jusqu|jusk|until|till|avant|before|apres|after)/

function prefixed(tokens: readonly Token[], at: number, today: CalendarDate): When | undefined {
  for (const { words, meaning } of PREFIXES) {
    const prefix = lengthOf(words, tokens, at)
    if (prefix === 0 || lengthOf(DAY_AFTER, tokens, at) > 0) continue
    const fixedWhen = fixed(tokens, at + prefix, today)
    if (fixedWhen?.meaning === 'now' && meaning === 'start') return { ...fixedWhen, length: prefix + fixedWhen.length }
    // « à partir de la rentrée »: a start, but which?
    if (fixedWhen) return { length: prefix + fixedWhen.length, meaning: 'vague', from: null, until: null, flaw: 'date_vague', isStated: false }
    const within = lengthOf(IN, tokens, at + prefix)
    const duration = durationAt(tokens, at + prefix + within, today)
    const point = pointAfter(tokens, at + prefix, today) ?? (duration && { ...duration, length: within + duration.length })
    if (point) return pointMeaning(prefix + point.length, meaning, point)
    // « à partir de 2035 »: something is said about time, and not understood.
    if (NEEDS_A_DAY.test(tokens[at]!.word + (tokens[at + 1]?.word ?? '')) && !/^\d{1,2}h/.test(tokens[at + prefix]?.word ?? '')) return { length: prefix, meaning: 'vague', from: null, until: null, flaw: 'date_vague', isStated: false }
  }
  return undefined
}

function pointMeaning(length: number, meaning: 'start' | 'end' | 'before' | 'after' | 'about', point: Point): When {
  const { date, flaw } = point
  switch (meaning) {
    case 'start': case 'before': return { length, meaning, from: date, until: null, flaw, isStated: true }
    case 'end': return { length, meaning, from: null, until: point.last ?? date, flaw, isStated: true }
    // The day itself, or the one after: nobody knows.
    case 'after': return { length, meaning, from: date && addDays(point.last ?? date, 1), until: null, flaw: flaw ?? 'date_vague', isStated: true }
    case 'about': return { length, meaning: 'start', from: date, until: null, flaw: flaw ?? 'date_vague', isStated: false }
  }
}

/** « lundi », « le 15 », « en janvier », « dans 2 semaines »: as a start, for that is what was asked. */
function plain(tokens: readonly Token[], at: number, today: CalendarDate): When | undefined {
  const within = lengthOf(IN, tokens, at)
  const duration = within > 0 ? durationAt(tokens, at + within, today) : undefined
  if (duration) return { length: within + duration.length, meaning: 'start', from: duration.date, until: null, flaw: /^(?:dans|ds|in)$/.test(tokens[at]!.word) ? null : 'date_vague', isStated: true }
  const article = lengthOf(ON_DAY, tokens, at)
  const word = lengthOf(ON, tokens, at)
  const after = (length: number, intro: Intro) => {
    const point = pointAt(tokens, at + length, today, intro)
    return point && { ...point, length: length + point.length }
  }
  const point = after(0, 'none') ?? (article > 0 ? after(article, 'article') : undefined) ?? (word > 0 ? after(word, 'word') : undefined)
  // A whole week or month: from its first day, or only then?
  const isWeekend = point?.date && point.last && point.last <= addDays(point.date, 1)
  return point && { length: point.length, meaning: 'start', from: point.date, until: isWeekend ? point.last! : null, flaw: point.flaw ?? (point.last ? 'date_vague' : null), isStated: false }
}
