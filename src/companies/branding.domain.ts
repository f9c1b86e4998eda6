import { LANGUAGES, type Language } from '../words/define.ts'
import { translator } from '../words/index.ts'

export const BRANDING_KINDS = ['simple', 'availability'] as const
export type BrandingKind = (typeof BRANDING_KINDS)[number]

export type BrandingText = { kind: BrandingKind; language: Language; heading: string; body: string; question: string; yesLabel: string; noLabel: string; commentHint: string }

/** Starts that the page offers before « Une autre date ». `today` becomes tomorrow from the hour of `landing.tomorrow_from_hour` on. */
export const QUICK_DATES = ['today', 'next_monday', 'monday_after', 'month_start'] as const
export type QuickDate = (typeof QUICK_DATES)[number]
export const DEFAULT_QUICK_DATES: readonly QuickDate[] = ['today', 'next_monday', 'monday_after']

/** Everything that a draft may change but the pictures. */
export type BrandingContent = {
  displayName: string
  brandColor: string
  /** What the pictures say, for who cannot see them. The header's is never empty; an empty one of the footer means that it is decoration. */
  headerAlt: string
  footerAlt: string
  phone: string
  openingHours: string
  footerText: string
  /** Empty: neutral words that fit any agency. */
  privacyTexts: Record<Language, string>
  quickDates: QuickDate[]
  texts: BrandingText[]
}
export type BrandingImages = { headerImageId: string | null; footerImageId: string | null }
/** `version` 0: nothing was published yet. */
export type Branding = BrandingContent & BrandingImages & { version: number }

/** What stands in until the company has published something. */
export type CompanyFacts = { name: string; phone: string | null; openingHours: string | null }

/** Older versions go when a new one is published. */
export const VERSIONS_KEPT = 50

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

export const GENERAL_LIMITS = {
  displayName: { least: 1, most: 80 },
  headerAlt: { least: 1, most: 160 },
  footerAlt: { least: 0, most: 160 },
  phone: { least: 0, most: 40 },
  openingHours: { least: 0, most: 160 },
  footerText: { least: 0, most: 400 },
} as const
export type GeneralPart = keyof typeof GENERAL_LIMITS
export const GENERAL_PARTS = Object.keys(GENERAL_LIMITS) as GeneralPart[]
export const PRIVACY_LIMIT = 2_000

/** Name of a text's field in the form. */
export function textField({ kind, language }: { kind: BrandingKind; language: Language }, part: TextPart): string {
  return `${kind}_${language}_${part}`
}

/** The same as before anything was chosen. */
export const DEFAULT_BRAND_COLOR = '#1d4ed8'

/** Neutral words under the company's own name. */
export function neutralContent({ name, phone, openingHours }: CompanyFacts): BrandingContent {
  const displayName = name.slice(0, GENERAL_LIMITS.displayName.most)
  return {
    displayName, brandColor: DEFAULT_BRAND_COLOR, headerAlt: displayName, footerAlt: '', footerText: '',
    phone: (phone ?? '').slice(0, GENERAL_LIMITS.phone.most), openingHours: (openingHours ?? '').slice(0, GENERAL_LIMITS.openingHours.most),
    privacyTexts: { fr: '', en: '' }, quickDates: [...DEFAULT_QUICK_DATES], texts: completeTexts([]),
  }
}

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

/** Parts in which two states of the branding may differ, in the order of the page. */
export type BrandingPart = GeneralPart | 'brandColor' | 'quickDates' | 'headerImage' | 'footerImage' | `privacy_${Language}` | `${BrandingKind}_${Language}`

export function differingParts(one: BrandingContent & BrandingImages, other: BrandingContent & BrandingImages): BrandingPart[] {
  const parts: BrandingPart[] = []
  const note = (part: BrandingPart, isDifferent: boolean) => void (isDifferent && parts.push(part))
  note('displayName', one.displayName !== other.displayName)
  note('brandColor', one.brandColor !== other.brandColor)
  note('headerImage', one.headerImageId !== other.headerImageId)
  note('headerAlt', one.headerAlt !== other.headerAlt)
  note('footerImage', one.footerImageId !== other.footerImageId)
  note('footerAlt', one.footerAlt !== other.footerAlt)
  for (const variant of BRANDING_VARIANTS) note(`${variant.kind}_${variant.language}`, TEXT_PARTS.some((part) => textOf(one, variant)?.[part] !== textOf(other, variant)?.[part]))
  note('quickDates', one.quickDates.join() !== other.quickDates.join())
  for (const part of ['phone', 'openingHours', 'footerText'] as const) note(part, one[part] !== other[part])
  for (const language of LANGUAGES) note(`privacy_${language}`, one.privacyTexts[language] !== other.privacyTexts[language])
  return parts
}

function textOf({ texts }: BrandingContent, { kind, language }: { kind: BrandingKind; language: Language }): BrandingText | undefined {
  return texts.find((text) => text.kind === kind && text.language === language)
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
