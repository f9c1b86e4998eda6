import { nameOf, type Pill, type Reader } from '../candidates/views.ts'
import { shownStart } from '../sms/shown.ts'
import { paths } from '../web/paths.ts'
import { ago, longMoment } from '../words/format.ts'
import { REPLIES_COUNTED } from './replies.domain.ts'
import type { CampaignReplies } from './replies.queries.ts'

/** The newest texts on the page of a campaign; all of them, and what to do with them, are on the page of replies. */
export type CampaignRepliesModel = {
  heading: string
  url: string
  all: string
  pills: (Pill & { href: string })[]
  rows: { url: string; who: string; text: string; isUnread: boolean; at: { text: string; datetime: string; exact: string } }[]
}

/** Long enough for a sentence. */
const START = 140

export function campaignRepliesModel(reader: Reader, campaignId: number, { rows, total, unread, toReview }: CampaignReplies, now: Date): CampaignRepliesModel | undefined {
  if (rows.length === 0) return undefined
  const { t, language, zone } = reader
  const url = (show?: 'unread' | 'review') => `${paths.replies}?${new URLSearchParams({ ...(show ? { show } : {}), campaign: String(campaignId) })}`
  return {
    heading: t('replies.campaign.title'), url: url(), all: t('replies.campaign.all', { count: total, more: total >= REPLIES_COUNTED ? 'yes' : 'no' }),
    pills: [
      ...(toReview > 0 ? [{ text: t('replies.campaign.review', { count: toReview }), tone: 'warning', icon: 'circle-question-mark', href: url('review') } as const] : []),
      ...(unread > 0 ? [{ text: t('replies.campaign.unread', { count: unread }), tone: 'accent', icon: 'mail', href: url('unread') } as const] : []),
    ],
    rows: rows.map((row) => ({
      url: paths.reply(row.id), who: row.candidate_id === null ? t('replies.unknown') : nameOf(t, { id: row.candidate_id, first_name: row.first_name, last_name: row.last_name }),
      text: shownStart(row.body, START).text.replaceAll('\n', ' ') || t(row.body === '' ? 'replies.noText' : 'replies.nothingToSee'), isUnread: row.is_unread,
      at: { text: ago(language, row.received_at, now), datetime: row.received_at.toISOString(), exact: longMoment(language, row.received_at, zone) },
    })),
  }
}
