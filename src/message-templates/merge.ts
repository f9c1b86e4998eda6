/** Merge fields: `{prenom}`, or `{prenom|vous}` with what stands there when the value is empty. Pure. */

export const MERGE_FIELDS = [
  'first_name', 'last_name', 'trade', 'town', 'branch', 'agency', 'recruiter', 'link', 'stop',
  'campaign_page', 'join_network', 'career_page', 'job_title', 'job_reference', 'job_url',
] as const
export type MergeField = (typeof MERGE_FIELDS)[number]

/** What stands on the record, so that it may be empty on some of them: a fallback is asked for. */
export const PERSONAL_FIELDS = ['first_name', 'last_name', 'trade', 'town', 'branch'] as const satisfies readonly MergeField[]
/** Written now and then; they stand behind a fold, so that the usual ones are found at a glance. */
const RARE_FIELDS: readonly MergeField[] = ['campaign_page', 'join_network', 'career_page', 'job_title', 'job_reference', 'job_url']

export function isRareField(field: MergeField): boolean {
  return RARE_FIELDS.includes(field)
}

/** Say nothing without a career site, so no answer to a reply may hold them (S35). */
export const JOB_AND_SITE_FIELDS = ['career_page', 'job_title', 'job_reference', 'job_url'] as const satisfies readonly MergeField[]

/** How a field is written in a text, per language; every spelling is understood in every text. */
export const FIELD_NAMES = {
  fr: {
    first_name: 'prenom', last_name: 'nom', trade: 'metier', town: 'ville', branch: 'branche', agency: 'agence', recruiter: 'recruteur', link: 'lien', stop: 'stop',
    campaign_page: 'page_campagne', join_network: 'rejoindre_reseau', career_page: 'page_carriere', job_title: 'poste', job_reference: 'reference_poste', job_url: 'lien_poste',
  },
  en: {
    first_name: 'first_name', last_name: 'last_name', trade: 'trade', town: 'town', branch: 'branch', agency: 'agency', recruiter: 'recruiter', link: 'link', stop: 'stop',
    campaign_page: 'campaign_page', join_network: 'join_network', career_page: 'career_page', job_title: 'job_title', job_reference: 'job_reference', job_url: 'job_url',
  },
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

export type RenderedPart = { text: string; field?: MergeField }

/**
 * The text one person gets, in parts so that a page can mark what was filled in. `missing` names the fields that are
 * empty and have no fallback: such a text must not be sent. A sender without a STOP text has an empty `stop`, which is no mistake.
 */
export function renderParts(template: MergeTemplate, values: MergeValues): { parts: RenderedPart[]; missing: MergeField[] } {
  const parts: RenderedPart[] = []
  const missing: MergeField[] = []
  let isDropped = false
  for (const part of template.parts) {
    if ('text' in part) {
      // « Bonjour {prenom|}, » without a first name reads « Bonjour, ».
      if (isDropped && /^[\s,.;!?]/.test(part.text)) trimLast(parts, /[ \u00a0]$/)
      parts.push({ text: part.text })
      isDropped = false
      continue
    }
    const value = cleanValue(values[part.field]) || part.fallback
    if (value === undefined && part.field !== 'stop') missing.push(part.field)
    if (value) parts.push({ text: value, field: part.field })
    // A line made for the STOP words alone goes with them.
    else if (part.field === 'stop') trimLast(parts, /\s+$/)
    isDropped = !value
  }
  trimLast(parts, /\s+$/)
  return { parts, missing }
}

export function renderText(template: MergeTemplate, values: MergeValues): { text: string; missing: MergeField[] } {
  const { parts, missing } = renderParts(template, values)
  return { text: parts.map((part) => part.text).join(''), missing }
}

function trimLast(parts: RenderedPart[], ending: RegExp): void {
  const last = parts.at(-1)
  if (last && last.field === undefined) last.text = last.text.replace(ending, '')
}

/** Line ends as phones count them, composed accents, nothing invisible. */
export function normaliseText(text: string): string {
  return text.normalize('NFC').toWellFormed().replace(/\r\n?|[\u2028\u2029]/g, '\n').replace(/[ \t]+$/gm, '').replace(/[\u0000-\u0009\u000b-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '').trim()
}

/** Values come from imported records: one line, no control characters, never longer than a name can be. */
function cleanValue(value: string): string {
  if (value.length <= 300 && PLAIN_VALUE.test(value)) return value
  return normaliseText(value.slice(0, 1000).replace(/\s+/g, ' ')).slice(0, 300)
}

/** Nearly every value is like this already, in letters that are composed as they are, and the test is far cheaper than the cleaning. */
const PLAIN_VALUE = /^[A-Za-z0-9\u00c0-\u024f'./:_-]+(?: [A-Za-z0-9\u00c0-\u024f'./:_-]+)*$/

/** Names are found without regard to case, accents, spaces and underscores: {Prénom} is {prenom}. */
function plain(name: string): string {
  return name.normalize('NFD').replace(/[\p{M}\s_-]/gu, '').toLowerCase()
}
