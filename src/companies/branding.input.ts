import { z } from 'zod'
import { tidyText } from '../web/typed-text.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import {
  BRANDING_VARIANTS, GENERAL_LIMITS, GENERAL_PARTS, PRIVACY_LIMIT, QUICK_DATES, TEXT_LIMITS, TEXT_PARTS, textField,
  type BrandingContent, type GeneralPart, type QuickDate, type TextPart,
} from './branding.domain.ts'
import { readPictureFields, type PictureFields } from './images.input.ts'

/** Everything as it was typed, by field name, so that a refused form shows it again. */
export type BrandingValues = Record<string, string>
export type FieldProblem = { field: string; word: 'missing' | 'tooLong' | 'color' | 'phone'; limit: number }
export type BrandingForm = PictureFields & {
  values: BrandingValues
  problems: FieldProblem[]
  /** Of the draft that the form was made from. */
  revision: number
  content: BrandingContent
  /** How the candidate's page is being looked at beside the form. */
  look: PreviewLook
  action: 'save' | 'publish'
}

/** Pages of the candidate as tabs of the preview. */
export const PREVIEW_VIEWS = ['simple', 'availability', 'thanks', 'answered', 'closed', 'error', 'stop'] as const
export const PREVIEW_SCHEMES = ['light', 'dark'] as const
export type PreviewLook = { view: (typeof PREVIEW_VIEWS)[number]; lang: Language; scheme: (typeof PREVIEW_SCHEMES)[number] }

export function readLook(given: Record<string, unknown>, language: Language): PreviewLook {
  return {
    view: z.enum(PREVIEW_VIEWS).catch('availability').parse(given['view']),
    lang: z.enum(LANGUAGES).catch(language).parse(given['lang']),
    scheme: z.enum(PREVIEW_SCHEMES).catch('light').parse(given['scheme']),
  }
}

export const quickField = (rule: QuickDate) => `quick_${rule}`
export const privacyField = (language: Language) => `privacy_${language}`

/** Field name → shortest, longest, and whether it may have several lines. */
const FIELDS = new Map<string, { least: number; most: number; isLong: boolean }>([
  ...GENERAL_PARTS.map((part) => [part, { ...GENERAL_LIMITS[part], isLong: part === 'footerText' }] as const),
  ...LANGUAGES.map((language) => [privacyField(language), { least: 0, most: PRIVACY_LIMIT, isLong: true }] as const),
  ...BRANDING_VARIANTS.flatMap((variant) => TEXT_PARTS.map((part) => [textField(variant, part), { ...TEXT_LIMITS[part], isLong: part === 'body' }] as const)),
])
const COLOR = /^#[0-9a-f]{6}$/
/** As it is printed on a letter: digits, and what people put between them. */
const PHONE = /^(?=(\D*\d){3})[\d\s+()./-]*$/

const revision = z.coerce.number().int().min(0).max(2 ** 31 - 1).catch(0)

/** Reads the form whatever it holds: missing fields are empty, and every fault is told by its field. */
export function readBrandingForm(body: Record<string, unknown>, language: Language): BrandingForm {
  const values: BrandingValues = { brandColor: tidyText(body['brandColor']) }
  for (const [name, { isLong }] of FIELDS) values[name] = isLong ? tidyText(body[name]) : tidyText(body[name]).replaceAll('\n', ' ')
  for (const rule of QUICK_DATES) values[quickField(rule)] = body[quickField(rule)] === 'on' ? 'on' : ''
  return {
    values, problems: problemsOf(values), revision: revision.parse(body['version']), content: contentOf(values), look: readLook(body, language),
    action: body['action'] === 'publish' ? 'publish' : 'save', ...readPictureFields(body),
  }
}

function problemsOf(values: BrandingValues): FieldProblem[] {
  const problems: FieldProblem[] = []
  for (const [field, { least, most }] of FIELDS) {
    const { length } = values[field]!
    if (length < least) problems.push({ field, word: 'missing', limit: most })
    else if (length > most) problems.push({ field, word: 'tooLong', limit: most })
  }
  if (!COLOR.test(values['brandColor']!.toLowerCase())) problems.push({ field: 'brandColor', word: 'color', limit: 0 })
  if (values['phone'] !== '' && !PHONE.test(values['phone']!)) problems.push({ field: 'phone', word: 'phone', limit: 0 })
  return problems
}

function contentOf(values: BrandingValues): BrandingContent {
  const value = (name: string) => values[name] ?? ''
  return {
    ...(Object.fromEntries(GENERAL_PARTS.map((part) => [part, value(part)])) as Record<GeneralPart, string>),
    brandColor: value('brandColor').toLowerCase(),
    privacyTexts: Object.fromEntries(LANGUAGES.map((language) => [language, value(privacyField(language))])) as Record<Language, string>,
    quickDates: QUICK_DATES.filter((rule) => value(quickField(rule)) === 'on'),
    texts: BRANDING_VARIANTS.map((variant) => ({ ...variant, ...(Object.fromEntries(TEXT_PARTS.map((part) => [part, value(textField(variant, part))])) as Record<TextPart, string>) })),
  }
}

export const versionParams = z.object({ version: z.coerce.number().int().positive().max(2 ** 31 - 1) })
export const versionsQuery = z.object({
  before: z.coerce.number().int().positive().max(2 ** 31 - 1).nullable().catch(null),
  /** The one that is looked at. */
  version: z.coerce.number().int().positive().max(2 ** 31 - 1).nullable().catch(null),
})
export const restoringForm = z.object({ revision })
