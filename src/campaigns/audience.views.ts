import { nameOf, phoneText, readerOf, type Reader } from '../candidates/views.ts'
import { EXCLUSION_REASONS, type ExclusionReason } from '../consent/domain.ts'
import { encodeCursor } from '../core/paging.ts'
import { regionsOf } from '../sms/regions.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { countryName, wholeNumber } from '../words/format.ts'
import type { AudienceCounts } from './audience.domain.ts'
import type { AudienceRow } from './audience.queries.ts'

/** One line of the subtraction; every number opens the list of that length. */
export type SumLine = { sign: string; count: string; label: string; href: string; isTotal: boolean }

export type PeopleModel = {
  crumbs: { label: string; href: string }[]
  heading: string
  note: string
  tabs: { label: string; items: { label: string; href: string; count: string; isCurrent: boolean }[] }
  export: ExportMenu
  hasTwins: boolean
  rows: { name: string; href: string | undefined; trade: string; town: string; phone: string; place: string; twin: { name: string; href: string } | undefined }[]
  pager: { from: number; to: number; total: number; nextUrl?: string; firstUrl?: string }
}

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/people': PeopleModel
  }
}

export const PEOPLE_PER_PAGE = 50

export function peopleUrl(campaignId: number, reason: ExclusionReason | 'recipients', after?: { rank: number; offset: number }): string {
  const query = new URLSearchParams({ reason, ...(after === undefined ? {} : { after: encodeCursor([after.rank, after.offset]) }) })
  return `${paths.campaignStep(campaignId, 'exclusions')}?${query}`
}

/** The calculation, in its order: total, each exclusion that is not zero, what remains (S43, S46). */
export function sumLines(reader: Reader, campaignId: number, counts: AudienceCounts, limit: number): SumLine[] {
  const number = (n: number) => wholeNumber(reader.language, n)
  const lines: SumLine[] = EXCLUSION_REASONS.filter((reason) => counts[reason] > 0).map((reason) => ({
    sign: '−', count: number(counts[reason]), label: reader.t(`audience.line.${reason}`, { count: counts[reason], limit: number(limit) }), href: peopleUrl(campaignId, reason), isTotal: false,
  }))
  return [
    { sign: '', count: number(counts.total), label: reader.t('audience.line.total', { count: counts.total }), href: '', isTotal: false },
    ...lines,
    { sign: '=', count: number(counts.recipients), label: reader.t('audience.line.recipients', { count: counts.recipients }), href: peopleUrl(campaignId, 'recipients'), isTotal: true },
  ]
}

export function peopleModel(
  viewer: Viewer,
  given: {
    campaign: { id: number; name: string }
    reason: ExclusionReason | 'recipients'
    counts: AudienceCounts
    rows: AudienceRow[]
    offset: number
    hasMore: boolean
    isFrozen: boolean
  },
): PeopleModel {
  const reader = readerOf(viewer)
  const { t, language } = reader
  const { campaign, reason, counts, rows } = given
  const total = counts[reason]
  const last = rows.at(-1)
  return {
    crumbs: [{ label: t('campaigns.title'), href: paths.campaigns }, { label: campaign.name, href: paths.campaign(campaign.id) }],
    heading: t(`audience.people.${reason}`),
    export: exportMenu(language, `${paths.exportOf(paths.campaignStep(campaign.id, 'exclusions'))}?reason=${reason}`),
    note: given.isFrozen ? t('audience.people.frozen') : '',
    tabs: {
      label: t('audience.people.lines'),
      items: (['recipients', ...EXCLUSION_REASONS] as const)
        .filter((line) => counts[line] > 0 || line === reason)
        .map((line) => ({ label: t(`audience.people.${line}`), href: peopleUrl(campaign.id, line), count: wholeNumber(language, counts[line]), isCurrent: line === reason })),
    },
    hasTwins: reason === 'duplicate_number',
    rows: rows.map((row) => ({
      name: nameOf(t, row),
      href: viewer.privileges.has('candidates.view') ? paths.candidate(row.id) : undefined,
      trade: row.trade ?? '',
      town: row.town ?? '',
      phone: phoneText(reader, row.e164, null),
      place: isAboutPlace(reason) && row.e164 ? placeText(reader, row.e164) : '',
      twin: row.twin_id === null ? undefined : { name: row.twin_name || t('candidates.nameless', { id: String(row.twin_id) }), href: paths.candidate(row.twin_id) },
    })),
    pager: {
      from: rows.length === 0 ? 0 : given.offset + 1, to: given.offset + rows.length, total,
      ...(given.offset > 0 ? { firstUrl: peopleUrl(campaign.id, reason) } : {}),
      ...(given.hasMore && last ? { nextUrl: peopleUrl(campaign.id, reason, { rank: last.rank, offset: given.offset + rows.length }) } : {}),
    },
  }
}

/** Lines whose people are left out because of where their number is from. */
function isAboutPlace(reason: ExclusionReason | 'recipients'): boolean {
  return reason === 'country_blocked' || reason === 'destination_blocked' || reason === 'no_sender'
}

/** « La Réunion », or every place that the number may be of, where it does not tell (S107). */
function placeText({ t, language }: Reader, e164: string): string {
  const found = regionsOf(e164, 'FR')
  if (!found) return ''
  const names = new Intl.ListFormat(language, { type: 'disjunction' }).format(found.possible.map((code) => countryName(language, code)))
  return found.region === null || found.possible.length > 1 ? t('compose.place.unsure', { places: names || `+${found.callingCode}` }) : names
}
