/** What a careful colleague would say about a text before it goes to many people. Pure. */
import { completeText, fold, type Completed } from './complete.ts'
import { FIELD_NAMES, normaliseText, parseTemplate, PERSONAL_FIELDS, type MergeField } from './merge.ts'

export type LintRule =
  | 'empty' | 'unknown_field' | 'unclosed' | 'job_field' | 'too_long' | 'link_added' | 'stop_added'
  | 'agency_missing' | 'only_if_available' | 'no_fallback' | 'last_name' | 'capitals' | 'shortener' | 'foreign_link'

/** `error` stops the sending, `warning` wants a look, `info` tells what will be done. */
export type LintFinding = { rule: LintRule; level: 'error' | 'warning' | 'info'; detail: string }

/** Vonage accepts 3,200 characters and advises against more than six parts; beyond ten nobody reads on. */
export const MOST_SEGMENTS = 6

export type LintContext = {
  stopText: string
  agencyNames: readonly string[]
  isMass: boolean
  /** An automatic answer to somebody who wrote: it gets neither a link nor STOP words of its own. */
  isReply?: boolean
}

export function lintText(body: string, context: LintContext): LintFinding[] {
  const found: LintFinding[] = []
  const add = (rule: LintRule, level: LintFinding['level'], detail = '') => { found.push({ rule, level, detail }) }
  const { template, added } = context.isReply ? asWritten(body) : completeText(body, context)
  if (template.parts.length === 0) return [{ rule: 'empty', level: 'error', detail: '' }]

  for (const problem of template.problems) add(problem.kind, 'error', problem.name)
  if (added.link) add('link_added', 'info')
  if (added.stop) add('stop_added', 'info', context.stopText)
  const text = fold(body)
  const has = (field: MergeField) => template.fields.has(field)
  // People are told to distrust a text that does not say who writes.
  if (!has('agency') && !context.agencyNames.some((name) => name !== '' && text.includes(fold(name)))) add('agency_missing', 'warning')
  // S58: people who are not free today can still give the date when they will be.
  if (ONLY_IF.some((wording) => wording.test(text))) add('only_if_available', 'warning')
  // S34 advises against names in mass texts. A first name raises trust, a last name does not.
  if (context.isMass && has('last_name')) add('last_name', 'warning')
  if (isShouting(body)) add('capitals', 'warning')
  const shortened = SHORTENED.exec(body)
  const address = shortened ?? /\b(?:https?:\/\/|www\.)\S+/i.exec(body)
  if (address) add(shortened ? 'shortener' : 'foreign_link', 'warning', address[0].slice(0, 60))
  return found
}

/** An automatic answer goes out as it is. */
export function asWritten(body: string): Completed {
  return { template: parseTemplate(normaliseText(body)), added: { link: false, stop: false } }
}

/** Fields of a person without words for an empty value, as they are written: whoever has none would get no text. */
export function withoutFallback(body: string, language: 'fr' | 'en'): string[] {
  const fields = parseTemplate(body).parts.flatMap((part) => ('field' in part && part.fallback === undefined && (PERSONAL_FIELDS as readonly MergeField[]).includes(part.field) ? [part.field] : []))
  return [...new Set(fields)].map((field) => `{${FIELD_NAMES[language][field]}}`)
}

// Carriers block what hides where it leads.
const SHORTENED = /\b(?:https?:\/\/)?(?:bit\.ly|tinyurl\.com|t\.co|goo\.gl|ow\.ly|is\.gd|cutt\.ly|rebrand\.ly|buff\.ly|lnkd\.in|shorturl\.at|urlz\.fr|short\.io|rb\.gy|t\.ly|tiny\.cc|v\.gd)\/\S+/i

// Folded text: no case, no accents.
const ONLY_IF = [
  /uniquement (?:si|en cas de)[^.!?\n]{0,40}(?:dispo|libre)/,
  /seulement (?:si|en cas de)[^.!?\n]{0,40}(?:dispo|libre)/,
  /ne (?:cliqu|repond)[^.!?\n]{0,30} que si[^.!?\n]{0,40}(?:dispo|libre)/,
  /only (?:if|when)[^.!?\n]{0,40}(?:available|free)/,
]

function isShouting(body: string): boolean {
  const letters = body.replace(/\{[^}]*\}/g, '').match(/\p{L}/gu) ?? []
  const capitals = letters.filter((letter) => letter !== letter.toLowerCase())
  return letters.length >= 20 && capitals.length / letters.length > 0.6
}
