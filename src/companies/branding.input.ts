import { z } from 'zod'
import { BRANDING_VARIANTS, TEXT_LIMITS, TEXT_PARTS, textField, type BrandingText, type TextPart } from './branding.domain.ts'
import { readPictureFields, type PictureFields } from './images.input.ts'

/** Everything as it was typed, by field name, so that a refused form shows it again. */
export type BrandingValues = Record<string, string>
export type FieldProblem = { field: string; word: 'missing' | 'tooLong' | 'color'; limit: number }
export type BrandingForm = PictureFields & {
  values: BrandingValues
  problems: FieldProblem[]
  version: number
  displayName: string
  brandColor: string
  footerText: string
  privacyText: string
  texts: BrandingText[]
}

const GENERAL_LIMITS = { displayName: 80, footerText: 400, privacyText: 2_000 } as const

const MANY_LINES = /^(footerText|privacyText|\w+_body)$/

const text = (most: number, least: 0 | 1) => z.string().min(least, 'missing').max(most, 'tooLong')

const FIELDS = z.object({
  displayName: text(GENERAL_LIMITS.displayName, 1),
  brandColor: z.string().toLowerCase().regex(/^#[0-9a-f]{6}$/, 'color'),
  footerText: text(GENERAL_LIMITS.footerText, 0),
  privacyText: text(GENERAL_LIMITS.privacyText, 0),
  ...Object.fromEntries(BRANDING_VARIANTS.flatMap((variant) => TEXT_PARTS.map((part) => [textField(variant, part), text(TEXT_LIMITS[part].most, TEXT_LIMITS[part].least)]))),
})

/** Reads the form whatever it holds: missing fields are empty, and every fault is told by its field. */
export function readBrandingForm(body: Record<string, unknown>): BrandingForm {
  const names = ['version', 'displayName', 'brandColor', 'footerText', 'privacyText', ...BRANDING_VARIANTS.flatMap((variant) => TEXT_PARTS.map((part) => textField(variant, part)))]
  const values = Object.fromEntries(names.map((name) => [name, MANY_LINES.test(name) ? tidy(body[name]) : tidy(body[name]).replaceAll('\n', ' ')]))
  const parsed = FIELDS.safeParse(values)
  const problems = (parsed.error?.issues ?? []).map((issue): FieldProblem => {
    const field = String(issue.path[0])
    return { field, word: issue.message as FieldProblem['word'], limit: limitOf(field) }
  })
  const value = (name: string) => values[name] ?? ''
  const version = z.coerce.number().int().min(0).max(2 ** 31 - 1).catch(0).parse(value('version'))
  return {
    values, problems, version,
    displayName: value('displayName'), brandColor: value('brandColor').toLowerCase(), footerText: value('footerText'), privacyText: value('privacyText'),
    texts: BRANDING_VARIANTS.map((variant) => ({ ...variant, ...(Object.fromEntries(TEXT_PARTS.map((part) => [part, value(textField(variant, part))])) as Record<TextPart, string>) })),
    ...readPictureFields(body),
  }
}

function limitOf(field: string): number {
  if (field in GENERAL_LIMITS) return GENERAL_LIMITS[field as keyof typeof GENERAL_LIMITS]
  const part = field.split('_')[2] as TextPart
  return TEXT_LIMITS[part]?.most ?? 0
}

/** One way to write line ends and accents, and nothing invisible that a phone could stumble over. */
function tidy(value: unknown): string {
  if (typeof value !== 'string') return ''
  return value.normalize('NFC').replace(/\r\n?/g, '\n').replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '').trim()
}
