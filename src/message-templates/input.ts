import { z } from 'zod'
import { decodeCursor } from '../core/paging.ts'
import { idParams, rowId } from '../web/ids.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import { CAMPAIGN_KINDS, FOLDER_LENGTH, TEMPLATE_KINDS, TEMPLATE_NAME_LENGTH, TEMPLATE_TEXT_LENGTH, type TemplateBodies } from './domain.ts'
import type { TemplateForm } from './editing.commands.ts'
import { EXAMPLES, type Example } from './example.ts'
import type { TemplateCursor, TemplateFilter } from './library.queries.ts'
import { normaliseText } from './merge.ts'

const word = z.string().catch('')
const line = (longest: number) => z.string().max(10_000).catch('').transform((text) => normaliseText(text).replace(/\s+/g, ' ').trim().slice(0, longest).trim())
const whole = z.string().regex(/^\d{1,9}$/).transform(Number)

export const versionParams = idParams.extend({ version: z.string().regex(/^[1-9]\d{0,8}$/).transform(Number) })
/** The template as its page showed it. */
export const moveForm = z.object({ revision: whole.catch(0) })
export const versionsQuery = z.object({ before: whole.nullable().catch(null) })

export const choicesQuery = z.object({
  kind: z.enum([...TEMPLATE_KINDS]).catch('availability'),
  q: line(TEMPLATE_NAME_LENGTH),
  /** The one picked now: it stays in the list. */
  template: rowId.nullable().catch(null),
})

const list = z.object({
  shelf: z.enum(['active', 'published', 'draft', 'archived']).catch('active'),
  kind: z.enum([...TEMPLATE_KINDS]).nullable().catch(null),
  folder: line(FOLDER_LENGTH),
  q: line(TEMPLATE_NAME_LENGTH),
  after: word,
})

/** What makes no sense counts as not given. */
export function readTemplateList(query: unknown): TemplateFilter & { after: TemplateCursor | undefined } {
  const { shelf, kind, folder, q, after } = list.parse(query ?? {})
  const [name, id] = (after.length <= 2_000 ? decodeCursor(after, 2) : undefined) ?? []
  const isCursor = typeof name === 'string' && name.length <= 400 && !name.includes('\u0000') && typeof id === 'number' && Number.isSafeInteger(id)
  return { shelf, kind, folder, startsWith: q, after: isCursor ? { name, id } : undefined }
}

export type TemplateAction = 'save' | 'publish' | 'test' | 'plain_letters' | 'preview'
export type TemplateFormResult = TemplateForm & { action: TemplateAction; example: Example; shown: Language; mobile: string; tooLong: Language[] }

const fields = z.object({
  revision: whole.catch(0),
  name: line(TEMPLATE_NAME_LENGTH),
  folder: line(FOLDER_LENGTH),
  kind: z.enum([...TEMPLATE_KINDS]).catch('availability'),
  career_site: rowId.nullable().catch(null),
  action: z.enum(['save', 'publish', 'test', 'plain_letters', 'preview']).catch('save'),
  example: z.enum(EXAMPLES).catch('usual'),
  shown: z.enum(LANGUAGES).catch('fr'),
  mobile: z.string().catch('').transform((text) => text.trim().slice(0, 40)),
})

/** The editor's form, whatever it holds. Texts that are too long are given back whole, and named. */
export function readTemplateForm(body: unknown, mainLanguage: Language): TemplateFormResult {
  const given = z.record(z.string(), z.unknown()).catch({}).parse(body ?? {})
  const form = fields.parse({ shown: mainLanguage, ...given })
  const texts: TemplateBodies = Object.fromEntries(LANGUAGES.map((language) => [language, normaliseText(word.parse(given[`text_${language}`]).slice(0, 20_000))]))
  return {
    revision: form.revision, name: form.name, folder: form.folder, kind: form.kind, careerSiteId: form.career_site, texts, action: form.action, example: form.example, shown: form.shown, mobile: form.mobile,
    tooLong: LANGUAGES.filter((language) => (texts[language] ?? '').length > TEMPLATE_TEXT_LENGTH),
  }
}

/** A new template begins as what its link asked for. */
export const newQuery = z.object({ kind: z.enum([...TEMPLATE_KINDS]).catch(CAMPAIGN_KINDS[1]) })
