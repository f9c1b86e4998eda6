import { isLanguage, LANGUAGES, type Language } from '../words/define.ts'

/** The first visit after an answer thanks for it; later ones only show it. */
export const JUST_ANSWERED_MINUTES = 10
/** « Je me suis trompé » takes an opt-out back for this long. */
export const STOP_UNDO_HOURS = 24

/** Limits per minute. Valid links are never slowed down: a site hut with 200 phones shares one address. */
export const MISSES_PER_MINUTE = 10
/** Somebody who keeps on is guessing: from here on nothing is looked up any more. */
export const GUESSES_PER_MINUTE = 60
export const ANSWERS_PER_MINUTE = 20

/**
 * What the person chose on the page, else the language on record, else what the browser prefers, else the company's.
 */
export function chooseLanguage(given: { asked: unknown; record: string | null; accepted: string | undefined; company: Language }): Language {
  if (isLanguage(given.asked)) return given.asked
  if (isLanguage(given.record)) return given.record
  return preferred(given.accepted) ?? given.company
}

/** Language of pages about no company at all. */
export function neutralLanguage(asked: unknown, accepted: string | undefined): Language {
  return isLanguage(asked) ? asked : (preferred(accepted) ?? 'fr')
}

/** The best language we have of an Accept-Language header (RFC 9110, 12.5.4). */
function preferred(header: string | undefined): Language | undefined {
  let best: { language: Language; weight: number } | undefined
  for (const part of (header ?? '').slice(0, 500).split(',')) {
    const [range = '', ...parameters] = part.trim().toLowerCase().split(';')
    const language = LANGUAGES.find((one) => range === one || range.startsWith(`${one}-`))
    const quality = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean)
    const weight = quality === undefined ? 1 : Number(quality)
    if (language && weight > 0 && weight > (best?.weight ?? 0)) best = { language, weight }
  }
  return best?.language
}

export type ImageMode = 'inlined' | 'linked' | 'none'

/** Chromium names AVIF in the Accept of a navigation; other engines say nothing and choose from a list. Who saves data gets no image. */
export function imageMode(headers: { accept?: string | undefined; saveData: unknown }): ImageMode {
  if (typeof headers.saveData === 'string' && headers.saveData.trim().toLowerCase() === 'on') return 'none'
  return headers.accept?.includes('image/avif') ? 'inlined' : 'linked'
}

/** Company text: paragraphs of lines of pieces; a blank line parts paragraphs, `**` encloses bold. */
export type RichText = { text: string; isBold: boolean }[][][]

/** `make` with its latest results kept by key; for pure functions whose arguments repeat. */
export function remember<Arguments extends unknown[], Result>(make: (...given: Arguments) => Result, keyOf: (...given: Arguments) => string, most = 500): (...given: Arguments) => Result {
  const kept = new Map<string, Result>()
  return (...given) => {
    const key = keyOf(...given)
    if (kept.has(key)) return kept.get(key) as Result
    if (kept.size >= most) kept.clear()
    const result = make(...given)
    kept.set(key, result)
    return result
  }
}

/** Companies write few texts, and every page of theirs shows them. */
export const richText = remember((text: string): RichText =>
  text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => paragraph.split('\n').map((line) => line.split(/\*\*(.+?)\*\*/).flatMap((piece, index) => (piece === '' ? [] : [{ text: piece, isBold: index % 2 === 1 }])))), (text) => text)
