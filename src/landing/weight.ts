/** What the candidate's page weighs on the line, from its real bytes, for who prepares its pictures and words. */
import { BRANDING_KINDS } from '../companies/branding.domain.ts'
import { findDraft } from '../companies/branding.queries.ts'
import { findImageVariant } from '../companies/images.queries.ts'
import { settingsFrom } from '../companies/settings.ts'
import { EMPTY_FORM } from '../availability/domain.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Config } from '../config.ts'
import type { Db } from '../db/pool.ts'
import { linkPaths } from '../web/paths.ts'
import { assembleBrand } from './brand.ts'
import type { PageContext } from './frame.views.ts'
import { compress, renderPage } from './page.ts'
import { findPreview } from './queries.ts'
import { styleFor } from './style.ts'
import { formModel } from './views.ts'

/** Slow 3G as page tests define it: 400 ms there and back, 400 kbit/s. */
const ROUND_TRIP_SECONDS = 0.4
const BYTES_PER_SECOND = 50_000
/** The name, the connection, its encryption, the page itself. */
const ROUND_TRIPS = 4
/** What a server may send before it hears from the phone again; every round trip more doubles it. */
const FIRST_FLIGHT_BYTES = 14_600
/** A slow phone's time to lay out and paint, as measured with the CPU slowed down six times. */
const PAINT_SECONDS = 0.35
/** Headers of our answer. */
const HEAD_BYTES = 700

/** Until the page stands there, its header picture included. */
export function secondsOnSlow3G(bytes: number): number {
  let trips = ROUND_TRIPS
  for (let sent = FIRST_FLIGHT_BYTES; sent < bytes; sent = sent * 2 + FIRST_FLIGHT_BYTES) trips += 1
  return trips * ROUND_TRIP_SECONDS + bytes / BYTES_PER_SECOND + PAINT_SECONDS
}

export type PageWeight = { bytes: number; footerBytes: number; seconds: number }

/** Of the page that the draft would make, the heavier of the two kinds, compressed as it is sent. */
export async function weighDraft({ db, config }: { db: Db; config: Pick<Config, 'linkUrl'> }, scope: CompanyScope): Promise<PageWeight> {
  const row = await findPreview(db, scope, null)
  if (!row) return { bytes: 0, footerBytes: 0, seconds: 0 }
  const brand = await assembleBrand(db, { ...(await findDraft(db, scope)), version: 0 }, undefined)
  const urls = linkPaths(config.linkUrl)
  const code = 'x'.repeat(10)
  const links = {
    page: urls.page(code), edit: urls.page(code), answer: urls.answer(code), availability: urls.availability(code), stop: urls.stop(code), privacy: urls.statement(code, 'privacy'), accessibility: urls.statement(code, 'accessibility'), method: 'post' as const,
    inLanguage: () => urls.page(code), image: urls.image, absoluteImage: (file: string) => `${config.linkUrl}/i/${file}`,
  }
  const context: Omit<PageContext, 'kind'> = {
    row, brand, language: row.company_language, settings: settingsFrom(row.settings ?? []), images: 'inlined', links, css: styleFor(brand.brandColor).css, isPreview: false,
  }
  const pages = BRANDING_KINDS.map((kind) => renderPage('form', formModel({ ...context, kind }, { form: EMPTY_FORM, problems: [], notice: '', keepUrl: '', hidden: [], isEdit: false })))
  const sizes = await Promise.all(pages.map(async (page) => (await compress(page, 'br')).length))
  const bytes = Math.max(...sizes) + HEAD_BYTES
  // The widest: phones with dense screens ask for it.
  const footer = brand.footer && (await findImageVariant(db, brand.footer.id, 'avif'))
  return { bytes, footerBytes: footer ? footer.bytes.length + HEAD_BYTES : 0, seconds: secondsOnSlow3G(bytes) }
}
