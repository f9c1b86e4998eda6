/**
 * The provider's books: Vonage's Reports API v2, read through its SDK. https://developer.vonage.com/en/api/reports
 *
 * It wants the account's key and secret (Basic), not the application's token that messages are sent with, and is sold apart:
 * an account may well be without it.
 */
import { Vonage } from '@vonage/server-sdk'
import { z } from 'zod'
import type { RecordsAnswer, RecordsQuestion, SentRecord, SentRecords } from './gateway.ts'

export type ReportsOptions = { apiKey: string; apiSecret: string; apiHost: string; timeoutMs: number }

/** What one question may read; a page has up to 1,000 records. */
const MAX_PAGES = 100

/** Access may be bought meanwhile; a program that runs for months notices it the next day. */
const CLOSED_MS = 24 * 3_600_000

/** 401 and 403: not with these credentials. 404: no such thing in this region or for this account. */
const NO_ACCESS: readonly number[] = [401, 403, 404]

const text = z.union([z.string(), z.number()]).transform(String).nullish().catch(undefined)
/** An answer without these is none: a garbled one must never read as "not in the books". */
const page = z.looseObject({
  requestStatus: z.enum(['SUCCESS', 'TRUNCATED']),
  cursor: text,
  iv: text,
  records: z.array(z.looseObject({ clientRef: text, messageId: text, status: text, errorCode: text })),
})
type Page = z.output<typeof page>
type Place = { cursor: string; iv: string }

export function createVonageReports({ apiKey, apiSecret, apiHost, timeoutMs }: ReportsOptions): SentRecords {
  // An empty key file, because the SDK looks for one whether it is needed or not.
  const { reports } = new Vonage({ apiKey, apiSecret, privateKey: '' }, { apiHost: new URL(apiHost).href.replace(/\/+$/, ''), timeout: timeoutMs })
  let closedUntil = -Infinity
  let isNews = true

  async function read(question: RecordsQuestion, place: Place | undefined): Promise<Page> {
    const parameters = {
      product: 'MESSAGES', accountId: apiKey, direction: 'outbound', provider: 'sms', includeMessage: false,
      dateStart: question.from.toISOString(), dateEnd: question.until.toISOString(),
      ...(question.to === undefined ? {} : { to: question.to.replace(/^\+/, '') }),
      // Documented, but not in the SDK's types.
      ...place,
    }
    return page.parse(await reports.getRecords(parameters as Parameters<typeof reports.getRecords>[0]))
  }

  function refuse(detail: string): RecordsAnswer {
    closedUntil = performance.now() + CLOSED_MS
    const wasNews = isNews
    isNews = false
    return { outcome: 'no_access', detail, isNews: wasNews }
  }

  return {
    isClosed: () => performance.now() < closedUntil,

    async find(question) {
      const records: SentRecord[] = []
      let place: Place | undefined
      try {
        for (let pages = 0; pages < MAX_PAGES; pages++) {
          const answer = await read(question, place)
          records.push(...answer.records.flatMap((record) => recordOf(record, question.references)))
          if (answer.requestStatus === 'SUCCESS') return { outcome: 'answered', records, isComplete: true }
          place = answer.cursor && answer.iv ? { cursor: answer.cursor, iv: answer.iv } : undefined
          if (!place) break
        }
        return { outcome: 'answered', records, isComplete: false }
      } catch (error) {
        const status = statusOf(error)
        if (status !== undefined && NO_ACCESS.includes(status)) return refuse(`http_${status}`)
        // What was read before it broke off is true all the same.
        return records.length > 0 ? { outcome: 'answered', records, isComplete: false } : { outcome: 'unavailable', detail: detailOf(error) }
      }
    },
  }
}

function recordOf({ clientRef, messageId, status, errorCode }: Page['records'][number], references: ReadonlySet<string>): SentRecord[] {
  if (!clientRef || !messageId || !references.has(clientRef)) return []
  const code = errorCode?.trim() ?? ''
  return [{ reference: clientRef, providerId: messageId, status: status || 'submitted', code: code === '' || code === '0' ? null : code }]
}

function statusOf(error: unknown): number | undefined {
  const response = error instanceof Error && 'response' in error ? error.response : undefined
  return response instanceof Response && !response.ok ? response.status : undefined
}

/** Enough for a log, and nothing of what was sent or answered. */
export function detailOf(error: unknown): string {
  const status = statusOf(error)
  if (status !== undefined) return `http_${status}`
  if (error instanceof z.ZodError) return 'unreadable_answer'
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined
  return typeof cause?.code === 'string' ? cause.code : error instanceof Error ? error.name : 'unknown'
}
