import type { CalendarDate } from '../core/dates.ts'
import { whenAt, type When } from './reading.dates.ts'
import { phraseAt, tokensOf, type Token } from './reading.tokens.ts'
import type { Role } from './reading.words.ts'

/** A part of a text with what it does there; `at` and `end` are places in the text. */
export type Piece = { role: PieceRole; word: string; at: number; end: number; when?: When }
export type PieceRole = Role | 'date' | 'content' | 'break'
  /** « pas avant le 15 », « not until Monday ». */
  | 'not_before'
  /** « pas indisponible » */
  | 'negated_busy'

const LOOK_BACK = 5
/** Between « pas » and « dispo » these change nothing. */
const ADVERBS = new Set(['encore', 'tout', 'du tout', 'bien', 'tres', 'at all', 'really', 'actuellement', 'yet', 'still'])
const ENGLISH_UNTIL = /^(?:until|untill|till|til)$/

/** The text as pieces, with negations already joined to what they deny. */
export function piecesOf(text: string, today: CalendarDate): Piece[] {
  const tokens = tokensOf(text)
  const pieces: Piece[] = []
  for (let at = 0; at < tokens.length; ) {
    const when = whenAt(tokens, at, today)
    const phrase = phraseAt(tokens, at)
    const isDate = when !== undefined && when.length >= (phrase?.length ?? 0)
    const length = isDate ? when.length : (phrase?.length ?? 1)
    const role: PieceRole = isDate ? 'date' : (phrase?.role ?? roleOfOther(tokens[at]!))
    const covered = tokens.slice(at, at + length)
    pieces.push({ role, word: covered.map(({ word }) => word).join(' '), at: covered[0]!.at, end: covered.at(-1)!.end, ...(isDate ? { when } : {}) })
    at += length
  }
  nameAfterGreeting(pieces)
  return joinNegations(pieces)
}

function roleOfOther({ isBreak, word }: Token): PieceRole {
  return isBreak ? 'break' : /^\d{1,2}h(?:\d{2})?$/.test(word) ? 'aside' : 'content'
}

/** « Bonjour Sophie »: one name is part of it. */
function nameAfterGreeting(pieces: Piece[]): void {
  const index = pieces.findIndex(({ role }) => role !== 'greeting' && role !== 'polite' && role !== 'break')
  const name = pieces[index]
  if (index > 0 && name?.role === 'content' && pieces.slice(0, index).some(({ role }) => role === 'greeting') && pieces[index - 1]!.role !== 'break') pieces[index] = { ...name, role: 'greeting' }
}

function joinNegations(pieces: Piece[]): Piece[] {
  pieces.forEach((piece, index) => {
    if (piece.role === 'free' || piece.role === 'busy') {
      const denial = denialOf(pieces, index)
      if (denial.length > 0) {
        piece.role = piece.role === 'free' ? 'busy' : 'negated_busy'
        for (const one of denial) pieces[one]!.role = 'filler'
      }
    }
    const { when } = piece
    if (when && (when.meaning === 'before' || (when.meaning === 'end' && ENGLISH_UNTIL.test(piece.word.split(' ')[0]!)))) {
      const denial = denialOf(pieces, index)
      if (denial.length > 0) {
        piece.role = 'not_before'
        for (const one of denial) if (pieces[one]!.role === 'negation') pieces[one]!.role = 'filler'
      } else if (follows(pieces, index, 'busy')) piece.role = 'not_before'
    }
  })
  return pieces
}

/** The negations directly before a piece, with nothing but small words between; a break ends the look. */
function denialOf(pieces: readonly Piece[], index: number): number[] {
  const found: number[] = []
  for (let at = index - 1; at >= Math.max(0, index - LOOK_BACK); at--) {
    const { role, word, when } = pieces[at]!
    if (role === 'negation') found.push(at)
    else if (when?.meaning !== 'now' && role !== 'filler' && !ADVERBS.has(word)) break
  }
  // « ne » alone denies nothing: « je ne suis dispo que lundi ».
  return found.every((at) => /^(?:ne|n)$/.test(pieces[at]!.word)) ? [] : found
}

function follows(pieces: readonly Piece[], index: number, wanted: PieceRole): boolean {
  let at = index - 1
  while (at >= 0 && pieces[at]!.role === 'filler') at -= 1
  return pieces[at]?.role === wanted
}
