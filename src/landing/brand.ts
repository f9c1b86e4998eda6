import type { Branding } from '../companies/branding.domain.ts'
import { findBranding } from '../companies/branding.queries.ts'
import { findImageVariant } from '../companies/images.queries.ts'
import { companyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { findCodePage, type CodePage } from '../references/code-page.queries.ts'
import type { InvitationRow } from './queries.ts'

/** Width of the picture inside the page: sharp enough on a phone, small enough for the first flight. */
const INLINE_WIDTH = 480
const WIDTHS = [320, 480, 640] as const
const MOST_BRANDS = 200

export type PageImage = {
  id: string
  /** Room kept for it before it arrives. */
  width: number
  height: number
  /** AVIF as a data URI; the header only. */
  inline: string | undefined
}
/** `pageTexts`: of the page of a campaign code, by language. */
export type Brand = Branding & { header: PageImage | undefined; footer: PageImage | undefined; pageTexts: CodePage['texts'] }
export type BrandStore = ReturnType<typeof createBrandStore>

/** Branding with its pictures ready for the page, a campaign code's own words and pictures over the company's; kept until either changes. */
export function createBrandStore(db: Db) {
  const kept = new Map<string, { key: string; brand: Promise<Brand> }>()

  return {
    get(company: Pick<InvitationRow, 'company_id' | 'company_name' | 'phone' | 'opening_hours' | 'branding_version' | 'campaign_code_id' | 'code_version'>): Promise<Brand> {
      const whose = `${company.company_id} ${company.campaign_code_id ?? ''}`
      // Until it has published something a company is shown under its name, with its own number and hours.
      const key = [company.branding_version, company.code_version, company.company_name, company.phone, company.opening_hours].join('\n')
      const known = kept.get(whose)
      if (known?.key === key) return known.brand
      const brand = loadBrand(db, company.company_id, company.campaign_code_id)
      if (kept.size >= MOST_BRANDS) kept.delete(kept.keys().next().value as string)
      kept.set(whose, { key, brand })
      // A failed load must not be remembered.
      brand.catch(() => kept.delete(whose))
      return brand
    },
  }
}

async function loadBrand(db: Db, companyId: number, codeId: number | null): Promise<Brand> {
  const scope = companyScope(companyId)
  const page = codeId === null ? undefined : await findCodePage(db, scope, codeId)
  return assembleBrand(db, await findBranding(db, scope), page)
}

/** Any state of the branding, published or not, ready for the page; `code`: the page of a campaign code over it. */
export async function assembleBrand(db: Db, branding: Branding, page: CodePage | undefined): Promise<Brand> {
  const [header, footer] = await Promise.all([loadImage(db, page?.headerImageId ?? branding.headerImageId, true), loadImage(db, page?.footerImageId ?? branding.footerImageId, false)])
  const pageTexts = page?.texts ?? {}
  // A picture of its own is told by its own words; without any the header is told by the company's name.
  const headerAlt = (page?.headerImageId && page.headerAlt) || branding.headerAlt
  const footerAlt = page?.footerImageId ? page.footerAlt : branding.footerAlt
  return { ...branding, headerAlt, footerAlt, header, footer, pageTexts, texts: branding.texts.map((text) => ({ ...text, ...ownWords(pageTexts[text.language]) })) }
}

/** A heading without a text takes the company's place all the same; a language without a heading leaves both to the company. */
function ownWords(text: { heading: string; body: string } | undefined): { heading?: string; body?: string } {
  return text ? { heading: text.heading, ...(text.body === '' ? {} : { body: text.body }) } : {}
}

async function loadImage(db: Db, id: string | null, isInlined: boolean): Promise<PageImage | undefined> {
  if (!id) return undefined
  const variant = await findImageVariant(db, id, 'avif', INLINE_WIDTH)
  if (!variant) return undefined
  const scale = 640 / variant.width
  return { id, width: 640, height: Math.round(variant.height * scale), inline: isInlined ? `data:image/avif;base64,${variant.bytes.toString('base64')}` : undefined }
}

/** `srcset` of one format, and the file for browsers that know no srcset. */
export function imageFiles(image: PageImage, format: 'avif' | 'webp' | 'jpeg', address: (file: string) => string): { srcset: string; src: string } {
  const file = (width: number) => address(`${image.id}-${width}.${format}`)
  return { srcset: WIDTHS.map((width) => `${file(width)} ${width}w`).join(', '), src: file(INLINE_WIDTH) }
}
