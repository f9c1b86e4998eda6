/** Merge fields: `{prenom}`, or `{prenom|vous}` with what stands there when the value is empty. Pure. */

export const MERGE_FIELDS = ['first_name', 'last_name', 'trade', 'town', 'agency', 'recruiter', 'link', 'stop'] as const
export type MergeField = (typeof MERGE_FIELDS)[number]

/** How a field is written in a text, per language; every spelling is understood in every text. */
export const FIELD_NAMES = {
  fr: { first_name: 'prenom', last_name: 'nom', trade: 'metier', town: 'ville', agency: 'agence', recruiter: 'recruteur', link: 'lien', stop: 'stop' },
  en: { first_name: 'first_name', last_name: 'last_name', trade: 'trade', town: 'town', agency: 'agency', recruiter: 'recruiter', link: 'link', stop: 'stop' },
} as const satisfies Record<'fr' | 'en', Record<MergeField, string>>

export type MergePart = { text: string } | { field: MergeField; fallback: string | undefined }
export type MergeProblem =
  | { kind: 'unknown_field'; name: string }
  /** A brace that opens and never closes. */
  | { kind: 'unclosed'; name: string }
export type MergeTemplate = { parts: readonly MergePart[]; problems: readonly MergeProblem[]; fields: ReadonlySet<MergeField> }
export type MergeValues = Readonly<Record<MergeField, string>>

const BY_NAME = new Map<string, MergeField>(
  Object.values(FIELD_NAMES).flatMap((names) => Object.entries(names).map(([field, name]): [string, MergeField] => [plain(name), field as MergeField])),
)

/** Reads a text into literal parts and fields. A field we do not know stays in the text as written and is named in `problems`. */
export function parseTemplate(body: string): MergeTemplate {
  const text = normaliseText(body)
  const parts: MergePart[] = []
  const problems: MergeProblem[] = []
  let rest = 0
  for (const { index, 0: raw, 1: inner, 2: closed } of text.matchAll(/\{([^{}\n]{0,120})(\}?)/g)) {
    if (index > rest) parts.push({ text: text.slice(rest, index) })
    rest = index + raw.length
    if (!closed) {
      problems.push({ kind: 'unclosed', name: raw.slice(0, 24) })
      parts.push({ text: raw })
      continue
    }
    const bar = inner!.indexOf('|')
    const name = (bar < 0 ? inner! : inner!.slice(0, bar)).trim()
    const field = BY_NAME.get(plain(name))
    if (!field) problems.push({ kind: 'unknown_field', name: raw })
    parts.push(field ? { field, fallback: bar < 0 ? undefined : inner!.slice(bar + 1).trim() } : { text: raw })
  }
  if (rest < text.length) parts.push({ text: text.slice(rest) })
  return { parts, problems, fields: new Set(parts.flatMap((part) => ('field' in part ? [part.field] : []))) }
}

/**
 * The text one person gets. `missing` names the fields that are empty and have no fallback: such a text must not be sent.
 * A sender without a STOP text has an empty `stop`, which is no mistake.
 */
export function renderTemplate(template: MergeTemplate, values: MergeValues): { text: string; missing: MergeField[] } {
  const missing: MergeField[] = []
  let text = ''
  let dropped = false
  for (const part of template.parts) {
    if ('text' in part) {
      // « Bonjour {prenom|}, » without a first name reads « Bonjour, ».
      if (dropped && /^[\s,.;!?]|^$/.test(part.text)) text = text.replace(/[ \u00a0]$/, '')
      text += part.text
      dropped = false
      continue
    }
    const value = cleanValue(values[part.field]) || part.fallback
    if (value === undefined && part.field !== 'stop') missing.push(part.field)
    text += value ?? ''
    dropped = !value
  }
  return { text: text.replace(/[ \u00a0]+$/gm, '').replace(/\n{3,}/g, '\n\n').trim(), missing }
}

/** Line ends as phones count them, composed accents, nothing invisible. */
export function normaliseText(text: string): string {
  return text.normalize('NFC').toWellFormed().replace(/\r\n?|[\u2028\u2029]/g, '\n').replace(/[\u0000-\u0009\u000b-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '').trim()
}

/** Values come from imported records: one line, no control characters, never longer than a name can be. */
function cleanValue(value: string): string {
  return normaliseText(value.replace(/\s+/g, ' ')).slice(0, 300)
}

/** Names are found without regard to case, accents, spaces and underscores: {Prénom} is {prenom}. */
function plain(name: string): string {
  return name.normalize('NFD').replace(/[\p{M}\s_-]/gu, '').toLowerCase()
}
