import { LANGUAGES, type Language } from '../words/define.ts'
import { translator } from '../words/index.ts'

export const BRANDING_KINDS = ['simple', 'availability'] as const
export type BrandingKind = (typeof BRANDING_KINDS)[number]

export type BrandingText = { kind: BrandingKind; language: Language; heading: string; body: string; question: string; yesLabel: string; noLabel: string; commentHint: string }

export type Branding = {
  displayName: string
  brandColor: string
  headerImageId: string | null
  footerImageId: string | null
  footerText: string
  privacyText: string
  version: number
  texts: BrandingText[]
}

export const BRANDING_VARIANTS: readonly { kind: BrandingKind; language: Language }[] = BRANDING_KINDS.flatMap((kind) => LANGUAGES.map((language) => ({ kind, language })))

/** Lengths the page was designed for. */
export const TEXT_LIMITS = {
  heading: { least: 1, most: 120 },
  body: { least: 0, most: 400 },
  question: { least: 1, most: 160 },
  yesLabel: { least: 1, most: 80 },
  noLabel: { least: 1, most: 80 },
  commentHint: { least: 0, most: 160 },
} as const
export type TextPart = keyof typeof TEXT_LIMITS
export const TEXT_PARTS = Object.keys(TEXT_LIMITS) as TextPart[]

/** Name of a text's field in the form. */
export function textField({ kind, language }: { kind: BrandingKind; language: Language }, part: TextPart): string {
  return `${kind}_${language}_${part}`
}

/** The same as the column's default in the schema. */
export const DEFAULT_BRAND_COLOR = '#1d4ed8'

/** One text per kind and language: the saved one, else a neutral one that fits any agency. */
export function completeTexts(saved: readonly BrandingText[]): BrandingText[] {
  return BRANDING_VARIANTS.map(({ kind, language }) => saved.find((text) => text.kind === kind && text.language === language) ?? neutralText(kind, language))
}

function neutralText(kind: BrandingKind, language: Language): BrandingText {
  const t = translator(language)
  return {
    kind, language, heading: t(`companies.neutral.${kind}.heading`), body: t(`companies.neutral.${kind}.body`), question: t(`companies.neutral.${kind}.question`),
    yesLabel: t(`companies.neutral.${kind}.yes`), noLabel: t(`companies.neutral.${kind}.no`), commentHint: t(`companies.neutral.${kind}.comment`),
  }
}

/** WCAG 2.2, 1.4.3: text on the brand colour is white. */
export const LEAST_CONTRAST = 4.5

/** Contrast ratio of white text on `hex` (`#rrggbb`), 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrastWithWhite(hex: string): number {
  const [red = 0, green = 0, blue = 0] = channels(hex).map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
}

/** The nearest darker shade on which white text can be read; the colour itself when it already is dark enough. */
export function readableBrandColor(hex: string): string {
  for (let percent = 100; percent > 0; percent -= 1) {
    const shade = `#${channels(hex).map((value) => Math.floor((value * percent) / 100).toString(16).padStart(2, '0')).join('')}`
    if (contrastWithWhite(shade) >= LEAST_CONTRAST) return shade
  }
  return '#000000'
}

function channels(hex: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
}
