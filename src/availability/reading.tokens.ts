import { FORGIVEN, PHRASES, type Role } from './reading.words.ts'

/** A word, a number, an emoji or a mark of a text, and where it stands there. */
export type Token = { word: string; at: number; end: number; isBreak: boolean }
export type Phrase = { role: Role; length: number }

/** What is longer is never certain, and of it only so much is read. Four parts of an SMS. */
export const READ_AT_MOST = 640

const MONTH = /^(?:janv?(?:ier|uary)?|fevr?(?:ier)?|feb(?:ruary)?|mars|march|avr(?:il)?|apr(?:il)?|mai|may|juin|june?|juil(?:let)?|july?|aout|aug(?:ust)?|sept?(?:embre|ember)?|oct(?:obre|ober)?|nov(?:embre|ember)?|dec(?:embre|ember)?)$/
// Numbers with their parts (« 15/01 ») first, then words with what hangs on letters, emoji, and marks. Apostrophes, hyphens and
// strokes within words only part them (« peut-être », « oui/non »).
const PIECES = /\p{Nd}+(?:[./\-–]\p{Nd}+)+|[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}\p{Cf}]*|\p{Extended_Pictographic}|(?!(?<=[\p{L}\p{Nd}])[-–/](?=[\p{L}\p{Nd}]))[^\s\p{L}\p{M}\p{Nd}\p{Cf}\p{Emoji_Modifier}'’ʼ`´]/gu

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (const { 0: piece, index } of text.slice(0, READ_AT_MOST).matchAll(PIECES)) {
    const end = index + piece.length
    const glued = /^(\d{1,2})(\p{L}{3,})$/u.exec(piece)
    // « 12janvier » is two words.
    if (glued && MONTH.test(fold(glued[2]!))) tokens.push(token(glued[1]!, index, index + glued[1]!.length), token(glued[2]!, index + glued[1]!.length, end))
    else tokens.push(token(piece, index, end))
  }
  return tokens
}

function token(piece: string, at: number, end: number): Token {
  const isWord = /[\p{L}\p{Nd}]/u.test(piece)
  return { word: fold(piece), at, end, isBreak: !isWord && !/\p{Extended_Pictographic}/u.test(piece) }
}

export function fold(piece: string): string {
  return piece
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
    .normalize('NFKD')
    .replace(/[\p{Mark}\p{Cf}]/gu, '')
    .toLowerCase()
    .replaceAll('–', '-')
    .replaceAll('œ', 'oe')
}

/** The longest phrase we know that begins here. */
export function phraseAt(tokens: readonly Token[], at: number): Phrase | undefined {
  const first = tokens[at]
  if (!first || first.isBreak) return undefined
  for (const word of [first.word, squeezed(first.word), forgiven(first.word)]) {
    const found = word === undefined ? undefined : PHRASES.get(word)?.find(({ words }) => words.every((one, ahead) => ahead === 0 || tokens[at + ahead]?.word === one))
    if (found) return { role: found.role, length: found.words.length }
  }
  return undefined
}

/** « ouiiii » and « okkk »: letters repeated at the end, or three times and more. Undefined where nothing of a word is left. */
function squeezed(word: string): string | undefined {
  const once = word.replace(/(\p{L})\1{2,}/gu, '$1').replace(/(\p{L})\1+$/u, '$1')
  return once === word || once.length < 2 ? undefined : once
}

function forgiven(word: string): string | undefined {
  return FORGIVEN.find((known) => isNear(word, known))
}

/** One letter wrong, missing, too many, or two swapped; two such slips in a long word. The first letter is right. */
export function isNear(word: string, known: string): boolean {
  if (word.length < 5 || known.length < 5 || word[0] !== known[0]) return false
  const slips = known.length >= 9 ? 2 : 1
  return Math.abs(word.length - known.length) <= slips && distance(word, known) <= slips
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function distance(one: string, other: string): number {
  let before: number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1]
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (isSame ? 0 : 1))
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) cost = Math.min(cost, before[j - 2]! + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return row[other.length]!
}

/**
 * Letters and signs that nobody types into a plain answer: controls, invisible signs, letters of other scripts or of full
 * width, several accents on one letter. Who reads the text may still understand it.
 */
export function isStrange(text: string): boolean {
  const plain = text.replace(/\p{Emoji_Modifier}|\u200d|\ufe0e|\ufe0f|[\u00a0\u202f\u2009…´ªº°²³½¼¾€]/gu, '')
  if (/[^\P{C}\n\r\t]/u.test(plain) || !plain.isWellFormed() || /\p{M}{2}/u.test(plain.normalize('NFD'))) return true
  if (/[^\P{L}\p{Script=Latin}]/u.test(plain)) return true
  return plain.normalize('NFKC') !== plain.normalize('NFC')
}
