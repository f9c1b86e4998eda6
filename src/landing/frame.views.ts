import type { CampaignKind } from '../campaigns/domain.ts'
import type { Settings } from '../companies/settings.ts'
import { formatPhone, parsePhone, type CountryCode } from '../sms/phone.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { imageFiles, type Brand, type PageImage } from './brand.ts'
import { richText, type ImageMode, type RichText } from './domain.ts'
import type { InvitationRow } from './queries.ts'

/** Where the page's links and forms lead; a preview has others than a personal link. */
export type PageLinks = {
  page: string
  edit: string
  answer: string
  stop: string
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
}

type ShownImage = { inline: string; avif: string; webp: string; jpeg: string; src: string; alt: string; width: number; height: number }

/** What stands around every page of a company. */
export type FrameModel = {
  language: Language
  title: string
  heading: string
  css: string
  ribbon: string
  agency: string
  town: string
  ogTitle: string
  ogImage: string
  header: ShownImage | undefined
  footer: ShownImage | undefined
  footerText: RichText
  languages: { href: string; language: Language; label: string }[]
  languagesLabel: string
  call: { text: string; href: string; phone: string; hours: string } | undefined
  why: string
  privacy: { label: string; text: RichText; language: Language | '' }
  stop: { href: string; label: string }
  t: ReturnType<typeof translator>
}

export function frameModel(context: PageContext, heading: string, hasProblem: boolean): FrameModel {
  const { brand, language, links } = context
  const t = translator(language)
  const agency = brand.displayName
  return {
    ...lastingParts(context), language, heading, t, agency, css: context.css,
    title: t(hasProblem ? 'landing.errorTitle' : 'landing.title', { heading, agency }),
    ribbon: context.isPreview ? t('landing.preview') : '',
    languages: LANGUAGES.filter((one) => one !== language).map((one) => ({ href: links.inLanguage(one), language: one, label: t('landing.otherLanguage') })),
    stop: { href: links.stop, label: t('landing.stop') },
  }
}

type LastingParts = Pick<FrameModel, 'town' | 'ogTitle' | 'ogImage' | 'header' | 'footer' | 'footerText' | 'languagesLabel' | 'call' | 'why' | 'privacy'>

/** What all candidates of a company see alike is made once; a new version of the branding is a new key. */
const lasting = new WeakMap<Brand, Map<string, LastingParts>>()
const MOST_PER_BRAND = 200

function lastingParts(context: PageContext): LastingParts {
  const { row, brand, language, images, isPreview } = context
  const key = [language, images, isPreview, row.town, row.phone, row.opening_hours, row.country, row.company_language, row.recruiter_name, row.registered_on?.slice(0, 4)].join('\n')
  const made = lasting.get(brand) ?? new Map<string, LastingParts>()
  lasting.set(brand, made)
  const known = made.get(key)
  if (known) return known
  if (made.size >= MOST_PER_BRAND) made.clear()
  const parts = makeLastingParts(context)
  made.set(key, parts)
  return parts
}

function makeLastingParts(context: PageContext): LastingParts {
  const { row, brand, language, links } = context
  const t = translator(language)
  const agency = brand.displayName
  const isTranslated = brand.privacyText === '' || row.company_language === language
  return {
    town: row.town ?? '',
    ogTitle: t('landing.ogTitle', { agency }),
    ogImage: brand.header && context.images !== 'none' ? imageFiles(brand.header, 'jpeg', links.absoluteImage).src : '',
    header: shownImage(brand.header, context, t('landing.headerImage', { agency })),
    footer: shownImage(brand.footer, context, brand.footerText ? '' : t('landing.footerImage', { agency })),
    footerText: richText(brand.footerText),
    languagesLabel: t('landing.languages'),
    call: callModel(context),
    why: t('landing.why', { agency, town: row.town ?? 'none', year: row.registered_on?.slice(0, 4) ?? 'none' }),
    privacy: { label: t('landing.privacy'), text: richText(brand.privacyText || t('landing.privacyText', { agency })), language: isTranslated ? '' : row.company_language },
  }
}

/** Whom to call back: the surest sign that a message is genuine. */
function callModel({ row, language }: PageContext): FrameModel['call'] {
  if (!row.phone) return undefined
  const t = translator(language)
  const phone = parsePhone(row.phone, row.country as CountryCode)
  const recruiter = row.recruiter_name?.trim().split(/\s+/)[0] || 'none'
  return {
    text: t('landing.call', { recruiter }),
    href: phone.ok ? `tel:${phone.e164}` : '',
    phone: phone.ok ? formatPhone(phone.e164, row.country as CountryCode) : row.phone,
    hours: row.opening_hours ? t('landing.hours', { hours: row.opening_hours }) : '',
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
