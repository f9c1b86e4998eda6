import { z } from 'zod'
import { BELLS } from '../web/bell.ts'
import { TOPICS_PER_PAGE } from './news.domain.ts'

/** `campaign:7 candidate:9 replies`; what cannot be read is nothing to look at. */
export const newsQuery = z.object({ topics: z.string().max(2_000).catch('').transform(readTopics), again: z.string().optional().catch(undefined) })

function readTopics(text: string): { campaigns: number[]; candidates: number[]; withReplies: boolean } {
  const found = [...text.matchAll(/(?<![^ ])(campaign|candidate):([1-9]\d{0,14})(?![^ ])/g)].slice(0, TOPICS_PER_PAGE)
  const idsOf = (kind: string) => found.filter(([, one]) => one === kind).map(([, , id]) => Number(id))
  return { campaigns: idsOf('campaign'), candidates: idsOf('candidate'), withReplies: text.split(' ').includes('replies') }
}

export const bellQuery = z.object({ id: z.enum(BELLS).catch('bell-top') })

export const listQuery = z.object({
  show: z.enum(['unread']).optional().catch(undefined),
  before: z.string().max(200).optional().catch(undefined),
})

/** `upTo`: the position of the newest line the person saw. */
export const readingForm = z.object({
  upTo: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional().catch(undefined),
  back: z.string().max(2_000).optional().catch(undefined),
})
