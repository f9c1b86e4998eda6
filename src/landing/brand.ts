import type { Branding } from '../companies/branding.domain.ts'
import { findBranding, findImageVariant } from '../companies/branding.queries.ts'
import { companyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'

/** Width of the picture inside the page: sharp enough on a phone, small enough for the first flight. */
const INLINE_WIDTH = 480
const WIDTHS = [320, 480, 640] as const
const MOST_COMPANIES = 200

export type PageImage = {
  id: string
  /** Room kept for it before it arrives. */
  width: number
  height: number
  /** AVIF as a data URI; the header only. */
  inline: string | undefined
}
export type Brand = Branding & { header: PageImage | undefined; footer: PageImage | undefined }
export type BrandStore = ReturnType<typeof createBrandStore>

/** Branding with its pictures ready for the page, kept until its version changes. */
export function createBrandStore(db: Db) {
  const kept = new Map<number, { key: string; brand: Promise<Brand> }>()

  return {
    get(company: { company_id: number; company_name: string; branding_version: number }): Promise<Brand> {
      // Without a branding of its own a company is shown under its name.
      const key = `${company.branding_version} ${company.company_name}`
      const known = kept.get(company.company_id)
      if (known?.key === key) return known.brand
      const brand = loadBrand(db, company.company_id)
      if (kept.size >= MOST_COMPANIES) kept.delete(kept.keys().next().value as number)
      kept.set(company.company_id, { key, brand })
      // A failed load must not be remembered.
      brand.catch(() => kept.delete(company.company_id))
      return brand
    },
  }
}

async function loadBrand(db: Db, companyId: number): Promise<Brand> {
  const branding = await findBranding(db, companyScope(companyId))
  const [header, footer] = await Promise.all([loadImage(db, branding.headerImageId, true), loadImage(db, branding.footerImageId, false)])
  return { ...branding, header, footer }
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
