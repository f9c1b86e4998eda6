import type { CampaignKind } from '../campaigns/domain.ts'
import type { Settings } from '../companies/settings.ts'
import { formatPhone, parsePhone, type CountryCode } from '../sms/phone.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import { translator, type Translate } from '../words/index.ts'
import { imageFiles, type Brand, type PageImage } from './brand.ts'
import { remember, richText, type ImageMode, type RichText } from './domain.ts'
import type { InvitationRow } from './queries.ts'

/** Where the page's links and forms lead; a preview has others than a personal link. */
export type PageLinks = {
  page: string
  edit: string
  answer: string
  /** Where a new availability is told once the campaign is over. */
  availability: string
  stop: string
  privacy: string
  accessibility: string
  method: 'post' | 'get'
  inLanguage: (language: Language) => string
  image: (file: string) => string
  /** Absolute, for programs that show a link before it is opened. */
  absoluteImage: (file: string) => string
}

export type PageContext = {
  row: InvitationRow
  brand: Brand
  kind: CampaignKind
  settings: Settings
  language: Language
  images: ImageMode
  links: PageLinks
  css: string
  isPreview: boolean
  /** A page for everybody who has its link, and nobody in particular. */
  isForAll?: boolean
}

type ShownImage = { inline: string; avif: string; webp: string; jpeg: string; src: string; alt: string; width: number; height: number }

/** What stands around every page of a company, the same for all its candidates of one language: made once. */
export type Frame = {
  language: Language
  css: string
  ribbon: string
  agency: string
  town: string
  ogTitle: string
  ogImage: string
  header: ShownImage | undefined
  footer: ShownImage | undefined
  footerText: RichText
  otherLanguage: { language: Language; label: string; navigation: string }
  call: { text: string; href: string; phone: string; hours: string } | undefined
  why: string
  privacy: { label: string; text: RichText; language: Language | '' }
  stopLabel: string
  privacyMore: string
  accessibilityLabel: string
}

export type FrameModel = { frame: Frame; t: Translate; title: string; heading: string; languageUrl: string; stopUrl: string; privacyUrl: string; accessibilityUrl: string }

export function frameModel(context: PageContext, heading: string, hasProblem: boolean): FrameModel {
  const { brand, language, links } = context
  const t = translator(language)
  const frame = frameOf(context)
  return {
    frame, t, heading, title: titleOf(language, hasProblem, heading, brand.displayName),
    languageUrl: links.inLanguage(frame.otherLanguage.language), stopUrl: links.stop, privacyUrl: links.privacy, accessibilityUrl: links.accessibility,
  }
}

const titleOf = remember(
  (language: Language, hasProblem: boolean, heading: string, agency: string) => translator(language)(hasProblem ? 'landing.errorTitle' : 'landing.title', { heading, agency }),
  (language, hasProblem, heading, agency) => `${language} ${hasProblem} ${heading}\n${agency}`,
)

/** A new version of the branding is a new key. */
const frames = new WeakMap<Brand, Map<string, Frame>>()
const MOST_PER_BRAND = 200

function frameOf(context: PageContext): Frame {
  const { row, brand, language, images, isPreview, isForAll } = context
  const key = [language, images, isPreview, isForAll, row.town, row.country, row.company_language, row.recruiter_name, row.registered_on?.slice(0, 4)].join('\n')
  const made = frames.get(brand) ?? new Map<string, Frame>()
  frames.set(brand, made)
  const known = made.get(key)
  if (known) return known
  if (made.size >= MOST_PER_BRAND) made.clear()
  const frame = makeFrame(context)
  made.set(key, frame)
  return frame
}

function makeFrame(context: PageContext): Frame {
  const { row, brand, language, links } = context
  const t = translator(language)
  const agency = brand.displayName
  // In the company's language where it wrote nothing in this one.
  const privacyText = brand.privacyTexts[language] || brand.privacyTexts[row.company_language]
  const isTranslated = privacyText === '' || brand.privacyTexts[language] !== '' || row.company_language === language
  return {
    language, agency, css: context.css,
    ribbon: context.isPreview ? t('landing.preview') : '',
    town: row.town ?? '',
    ogTitle: t('landing.ogTitle', { agency }),
    ogImage: brand.header && context.images !== 'none' ? imageFiles(brand.header, 'jpeg', links.absoluteImage).src : '',
    header: shownImage(brand.header, context, brand.headerAlt),
    footer: shownImage(brand.footer, context, brand.footerAlt),
    footerText: richText(brand.footerText),
    otherLanguage: { language: LANGUAGES.find((one) => one !== language) as Language, label: t('landing.otherLanguage'), navigation: t('landing.languages') },
    call: callModel(context),
    why: context.isForAll ? '' : t('landing.why', { agency, town: row.town ?? 'none', year: row.registered_on?.slice(0, 4) ?? 'none' }),
    privacy: { label: t('landing.privacy'), text: richText(privacyText || t('landing.privacyText', { agency })), language: isTranslated ? '' : row.company_language },
    stopLabel: context.isForAll ? '' : t('landing.stop'),
    privacyMore: t('landing.privacyMore'), accessibilityLabel: t('landing.accessibility'),
  }
}

/** Whom to call back: the surest sign that a message is genuine. */
function callModel({ row, brand, language, isForAll }: PageContext): Frame['call'] {
  if (brand.phone === '') return undefined
  const t = translator(language)
  const phone = parsePhone(brand.phone, row.country as CountryCode)
  const recruiter = (isForAll ? '' : row.recruiter_name?.trim().split(/\s+/)[0]) || 'none'
  return {
    text: t('landing.call', { recruiter }),
    href: phone.ok ? `tel:${phone.e164}` : '',
    phone: phone.ok ? formatPhone(phone.e164, row.country as CountryCode) : brand.phone,
    hours: brand.openingHours ? t('landing.hours', { hours: brand.openingHours }) : '',
  }
}

function shownImage(image: PageImage | undefined, { images, links }: PageContext, alt: string): ShownImage | undefined {
  if (!image || images === 'none') return undefined
  const isInlined = images === 'inlined' && image.inline !== undefined
  const files = (format: 'avif' | 'webp' | 'jpeg') => imageFiles(image, format, links.image)
  return {
    alt, width: image.width, height: image.height,
    inline: isInlined ? (image.inline as string) : '',
    avif: isInlined ? '' : files('avif').srcset,
    // Who takes AVIF needs no other list.
    webp: images === 'linked' ? files('webp').srcset : '',
    jpeg: images === 'linked' ? files('jpeg').srcset : '',
    src: images === 'linked' ? files('jpeg').src : files('avif').src,
  }
}
