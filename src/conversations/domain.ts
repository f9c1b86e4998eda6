/** Which texts the page of replies shows. */
export const REPLY_FILTERS = ['all', 'unread', 'review', 'unknown'] as const
export type ReplyFilter = (typeof REPLY_FILTERS)[number]

export type ReplySearch = {
  show: ReplyFilter
  q: string
  campaign?: number | undefined
  candidate?: number | undefined
  /** Texts older than this one. */
  before?: number | undefined
}

export const REPLIES_PER_PAGE = 30
/** From here on a number is « 99+ ». */
export const COUNTED_TO = 100
