import type { CampaignKind } from '../campaigns/domain.ts'
import type { Doubt, ReadText } from '../candidates/readings.domain.ts'
import { addDays, addMonths, type CalendarDate } from '../core/dates.ts'
import { detectKeyword } from '../sms/keywords.ts'
import { COMMENT_LENGTH } from './domain.ts'
import { piecesOf, type Piece } from './reading.pieces.ts'
import { isStrange, READ_AT_MOST } from './reading.tokens.ts'

export type ReadingRules = {
  kind: CampaignKind
  /** Where the agency is, when the text came. */
  today: CalendarDate
  latestStartMonths: number
}

/** An end further away than this is none. */
const LATEST_END_MONTHS = 60
const FLAGS = { condition: 'condition', question: 'question', when: 'question', other_person: 'other_person', unclear: 'unclear', recurring: 'date_vague' } as const satisfies Partial<Record<Piece['role'], Doubt>>
/** Whole texts of one sign: meant as an answer perhaps, or sent by a pocket. */
const LONE_SIGNS: Record<string, 'yes' | 'no' | null> = { o: 'yes', y: 'yes', n: 'no', '1': null, '2': null }

/**
 * What a text says as an answer; undefined when it says nothing of the kind. Without doubts it is certain, and only then may it
 * count without a person. That is so when all of this holds:
 * - OUI or NON (in either language, with the usual slips) is said first, or only words around it that are known to say nothing;
 *   « dispo », « ok », « pas libre » need every word known up to the next full stop, comma or « et ». In a simple campaign
 *   only OUI and NON, « ok » and their kin count, for nobody knows what « dispo » would answer there.
 * - nothing speaks against it: no negation beside a YES, no agreement beside a NON, no question, no condition or reserve
 *   (« si », « mais », « peut-être », « only »), nobody else meant (« mon frère »), no irony or taking back, no wish to stop.
 * - its dates are one start, with an end at most; each can be only one day, stands beside the words it belongs to, and lies
 *   neither in the past nor more than half a year away. « lundi » on a Monday, « en janvier » or « fin décembre » are not that.
 *   With NON only « pas avant le 15 » gives a start. A YES without a date is a YES (what is on record stays).
 * - it is written as people write: not longer than four parts, no letters of other scripts or of full width, no control signs.
 * Everything else that looks like an answer is told with its doubts, for a person to confirm or correct.
 */
export function readText(text: string, rules: ReadingRules): ReadText | undefined {
  const pieces = piecesOf(text, rules.today)
  const choice = choiceOf(pieces, rules)
  if (!choice) return undefined
  const doubts = new Set<Doubt>(choice.doubts)
  for (const { role } of pieces) if (role in FLAGS) doubts.add(FLAGS[role as keyof typeof FLAGS])
  if (/[?？¿؟⁇⁈‽]/.test(text)) doubts.add('question')
  if (text.length > READ_AT_MOST || isStrange(text)) doubts.add('unclear')
  const keyword = detectKeyword(text)
  if (keyword.kind !== 'text' || keyword.mayBeStop) doubts.add('wants_stop')
  if (!choice.doubts.includes('no_choice') && !isPlainlySaid(pieces, choice.said)) doubts.add('unclear')
  const dates = rules.kind === 'simple' ? { from: null, until: null } : datesOf(pieces, choice.said, rules, doubts)
  const rest = doubts.size === 0 ? commentOf(text, pieces, rules) : text.trim()
  if (rest.length > COMMENT_LENGTH) doubts.add('unclear')
  return { choice: choice.said, ...dates, comment: rest.slice(0, COMMENT_LENGTH).toWellFormed().trim(), doubts: [...doubts] }
}

type Said = { said: 'yes' | 'no' | null; doubts: Doubt[] }

function choiceOf(pieces: readonly Piece[], { kind }: ReadingRules): Said | undefined {
  const has = (...roles: Piece['role'][]) => pieces.some(({ role }) => roles.includes(role))
  const positive = has('yes', 'weak', 'free')
  const negative = has('no', 'busy')
  // What « dispo » answers in a simple campaign, nobody knows.
  const isMeant = kind === 'availability' || has('yes', 'weak', 'no')
  const first = pieces.find(({ role }) => ['yes', 'weak', 'free', 'no', 'busy'].includes(role))
  if (first) {
    const said = ['no', 'busy'].includes(first.role) ? 'no' : 'yes'
    const isMixed = (positive && negative) || (said === 'yes' && has('negation', 'leaning_no', 'not_before')) || (said === 'no' && has('leaning_yes', 'negated_busy'))
    return { said, doubts: [...(isMixed ? (['mixed'] as const) : []), ...(isMeant ? [] : (['no_choice'] as const))] }
  }
  return impliedChoice(pieces, kind)
}

function impliedChoice(pieces: readonly Piece[], kind: CampaignKind): Said | undefined {
  const has = (...roles: Piece['role'][]) => pieces.some(({ role }) => roles.includes(role))
  const [only] = pieces.filter(({ role }) => role !== 'break')
  if (only && pieces.filter(({ role }) => role !== 'break').length === 1 && only.word in LONE_SIGNS) return { said: LONE_SIGNS[only.word]!, doubts: ['no_choice'] }
  if (has('negated_busy')) return { said: null, doubts: ['mixed'] }
  if (has('leaning_no')) return { said: 'no', doubts: ['no_choice'] }
  if (has('leaning_yes')) return { said: has('negation') ? 'no' : 'yes', doubts: ['no_choice'] }
  if (kind === 'availability' && has('not_before')) return { said: 'no', doubts: ['no_choice'] }
  if (kind === 'availability' && pieces.some(({ when }) => when?.from || when?.until)) return { said: has('content', 'negation', 'unclear') ? null : 'yes', doubts: ['no_choice'] }
  return has('when') ? { said: null, doubts: ['no_choice'] } : undefined
}

/** OUI and NON may be followed by anything; words that only lean need all around them to be known. */
function isPlainlySaid(pieces: readonly Piece[], said: 'yes' | 'no' | null): boolean {
  const firstContent = pieces.findIndex(({ role }) => role === 'content')
  if (firstContent < 0) return true
  const word = pieces.findIndex(({ role }) => role === said)
  if (word >= 0 && word < firstContent) return true
  const last = pieces.findLastIndex(({ role }) => ['weak', 'free', 'busy', 'date', 'not_before'].includes(role))
  const claim = pieces.findIndex(({ role }) => ['free', 'busy'].includes(role))
  const isBacked = claim >= 0 || pieces.some(({ role }) => role === 'date')
  return isBacked && firstContent > last && pieces.slice(last, firstContent).some(({ role }) => role === 'break' || role === 'join')
}

type Dates = { from: CalendarDate | null; until: CalendarDate | null }

function datesOf(pieces: readonly Piece[], said: 'yes' | 'no' | null, rules: ReadingRules, doubts: Set<Doubt>): Dates {
  const { from, until } = said === 'no' ? datesOfNo(pieces, doubts) : datesOfYes(pieces, rules, doubts)
  const isFar = from !== null && from > addMonths(rules.today, rules.latestStartMonths)
  const isEndless = until !== null && until > addMonths(rules.today, LATEST_END_MONTHS)
  if (isFar || isEndless) doubts.add('date_far')
  const isTurned = from !== null && until !== null && until < from
  if (isTurned) doubts.add('dates')
  return { from, until: isTurned || isEndless || (until !== null && until < rules.today) ? null : until }
}

function datesOfYes(pieces: readonly Piece[], { today }: ReadingRules, doubts: Set<Doubt>): Dates {
  const starts = new Set<CalendarDate>()
  const ends = new Set<CalendarDate>()
  pieces.forEach(({ role, when }, index) => {
    if (!when || (role !== 'date' && role !== 'not_before')) return
    if (when.flaw) doubts.add(when.flaw)
    const isOurs = isAttached(pieces, index)
    const isLimit = when.meaning === 'before' && role !== 'not_before'
    if (!isOurs || isLimit) doubts.add('date_vague')
    if (isLimit || (!isOurs && !when.isStated)) return
    if (when.from) starts.add(when.from)
    if (when.until) ends.add(when.until)
  })
  if (starts.size > 1 || ends.size > 1) doubts.add('dates')
  const [until = null] = ends
  const [first] = [...starts].sort()
  // « oui jusqu'au 15 »: from now, probably.
  if (!first && until) doubts.add('date_vague')
  return { from: first ?? (until && said(pieces) ? today : null), until }
}

function said(pieces: readonly Piece[]): boolean {
  return pieces.some(({ role }) => role === 'yes' || role === 'weak' || role === 'free')
}

/** « pas avant le 15 » says when the person is free; any other day beside a NON may be anything. */
function datesOfNo(pieces: readonly Piece[], doubts: Set<Doubt>): Dates {
  let from: CalendarDate | null = null
  for (const { role, when } of pieces) {
    if (!when || (role !== 'date' && role !== 'not_before')) continue
    // « pas dispo cette semaine », « non pas en ce moment »: that is what NON means.
    if (when.meaning === 'period' || when.meaning === 'now') continue
    const start = role === 'not_before' ? (when.from ?? when.until) : when.meaning === 'end' && when.until ? addDays(when.until, 1) : null
    doubts.add(role !== 'not_before' ? 'date_vague' : (when.flaw ?? 'date_vague'))
    if (role === 'not_before' && when.flaw === null) doubts.delete('date_vague')
    if (from && start && from !== start) doubts.add('dates')
    from ??= start
  }
  return { from, until: null }
}

const PASSED = new Set<Piece['role']>(['filler', 'greeting', 'polite', 'break', 'join', 'negation', 'aside'])
const EXCEPT = new Set(['sauf', 'except', 'unless'])
const ANCHORS = new Set<Piece['role']>(['yes', 'no', 'weak', 'free', 'busy', 'date', 'not_before', 'leaning_yes'])
const CLOSERS = new Set<Piece['role']>(['break', 'join', 'polite', 'aside', 'greeting', 'condition'])

/** A day belongs to the answer when only small words part them: « oui, lundi », and not « oui j'ai fini lundi » or « oui, lundi j'ai piscine ». */
function isAttached(pieces: readonly Piece[], index: number): boolean {
  let left = index - 1
  while (left >= 0 && (PASSED.has(pieces[left]!.role) || (pieces[left]!.role === 'condition' && !EXCEPT.has(pieces[left]!.word)))) left -= 1
  if (left >= 0 && !ANCHORS.has(pieces[left]!.role)) return false
  if (pieces[index]!.when!.isStated) return true
  let right = index + 1
  while (pieces[right]?.role === 'filler') right += 1
  const next = pieces[right]?.role
  return next === undefined || CLOSERS.has(next) || ANCHORS.has(next)
}

/** The text without the words that were understood at its beginning and end. */
function commentOf(text: string, pieces: readonly Piece[], { kind }: ReadingRules): string {
  const isUnderstood = ({ role, when }: Piece) => ['yes', 'no', 'weak', 'free', 'busy'].includes(role) || (kind === 'availability' && (role === 'not_before' || (role === 'date' && when?.meaning !== 'period')))
  const isSmall = ({ role }: Piece) => ['filler', 'greeting', 'polite', 'break', 'join', 'negation', 'leaning_yes'].includes(role)
  const isCourtesy = ({ role }: Piece) => ['greeting', 'polite', 'break', 'join'].includes(role)
  const trimmed = strip(pieces, isUnderstood, isSmall, isCourtesy)
  const rest = strip(trimmed.toReversed(), isUnderstood, isSmall, isCourtesy).toReversed()
  if (rest.every((piece) => isSmall(piece) || isUnderstood(piece))) return ''
  return text.slice(rest[0]!.at, rest.at(-1)!.end).trim()
}

function strip(pieces: readonly Piece[], isUnderstood: (piece: Piece) => boolean, isSmall: (piece: Piece) => boolean, isCourtesy: (piece: Piece) => boolean): Piece[] {
  let end = 0
  for (let at = 0; at < pieces.length && (isSmall(pieces[at]!) || isUnderstood(pieces[at]!)); at++) if (isUnderstood(pieces[at]!)) end = at + 1
  while (end < pieces.length && isCourtesy(pieces[end]!)) end += 1
  return pieces.slice(end)
}
