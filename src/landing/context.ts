import type { FastifyRequest } from 'fastify'
import type { AnswerRules } from '../availability/domain.ts'
import { settingsFrom, type Settings } from '../companies/settings.ts'
import type { Config } from '../config.ts'
import { dateIn } from '../core/dates.ts'
import { refuseUntil, type HitCounter } from '../web/hit-counter.ts'
import { linkPaths } from '../web/paths.ts'
import { isLanguage, type Language } from '../words/define.ts'
import type { BrandStore } from './brand.ts'
import { ANSWERS_PER_MINUTE, chooseLanguage, imageMode, remember } from './domain.ts'
import type { PageContext, PageLinks } from './frame.views.ts'
import type { InvitationRow } from './queries.ts'
import { styleFor, type Style } from './style.ts'

export type LandingTools = {
  config: Config
  brands: BrandStore
  isSecure: boolean
  find: (request: FastifyRequest) => Promise<InvitationRow | undefined>
  /** Throws `too-many` for somebody who sends their form again and again. */
  limitAnswers: (recipientId: number) => void
}

export function limitAnswers(answers: HitCounter, recipientId: number): void {
  const { hits, until } = answers.count(String(recipientId))
  if (hits > ANSWERS_PER_MINUTE) refuseUntil(until)
}

/** Of companies that changed nothing: nearly all. */
const DEFAULTS: Settings = settingsFrom([])

/** Everything a page of this link needs: branding, language, pictures, addresses. */
export async function contextFor(tools: Pick<LandingTools, 'config' | 'brands'>, request: FastifyRequest, row: InvitationRow): Promise<PageContext> {
  const brand = await tools.brands.get(row)
  const asked = (request.query as Record<string, unknown> | undefined)?.['lang']
  const language = chooseLanguage({ asked, record: row.candidate_language, accepted: request.headers['accept-language'], company: row.company_language })
  return {
    row, brand, language, kind: row.kind ?? 'availability', settings: row.settings ? settingsFrom(row.settings) : DEFAULTS,
    images: imageMode({ accept: request.headers.accept, saveData: request.headers['save-data'] }),
    links: linksOf(tools.config, row.code as string, isLanguage(asked) ? asked : undefined, placeOf(request)),
    css: styleFor(brand.brandColor).css, isPreview: row.recipient_id === null && row.target_field === null,
  }
}

export function styleOf({ brand }: PageContext): Style {
  return styleFor(brand.brandColor)
}

export function rulesFor({ kind, row, settings }: PageContext): AnswerRules {
  return { kind, today: dateIn(row.time_zone, row.now), latestStartMonths: settings['landing.latest_start_months'], keptStart: row.available_from }
}

const PLACES = ['stop', 'availability', 'privacy', 'accessibility'] as const
type Place = 'page' | 'edit' | (typeof PLACES)[number]

/** Where a change of language leads back to. */
function placeOf(request: FastifyRequest): Place {
  const own = PLACES.find((place) => request.routeOptions.url?.endsWith(`/${place}`))
  if (own) return own
  return (request.query as Record<string, unknown>)['edit'] === undefined ? 'page' : 'edit'
}

const pathsBelow = remember(linkPaths, (linkUrl) => linkUrl)

/** A language chosen on the page stays chosen: every address of the page carries it on. */
function linksOf(config: Config, code: string, chosen: Language | undefined, place: Place): PageLinks {
  const urls = pathsBelow(config.linkUrl)
  const carry = (address: string, more = '') => {
    if (!chosen) return more ? `${address}?${more}` : address
    const query = [more, chosen ? `lang=${chosen}` : ''].filter(Boolean).join('&')
    return query ? `${address}?${query}` : address
  }
  return {
    page: carry(urls.page(code)), edit: carry(urls.page(code), 'edit=1'), answer: carry(urls.answer(code)), availability: carry(urls.availability(code)), stop: carry(urls.stop(code)), method: 'post',
    privacy: carry(urls.statement(code, 'privacy')), accessibility: carry(urls.statement(code, 'accessibility')),
    inLanguage: (language) => `${place === 'stop' ? urls.stop(code) : place === 'availability' ? urls.availability(code) : place === 'page' || place === 'edit' ? urls.page(code) : urls.statement(code, place)}?${place === 'edit' ? 'edit=1&' : ''}lang=${language}`,
    image: urls.image,
    absoluteImage: (file) => `${config.linkUrl}/i/${file}`,
  }
}
