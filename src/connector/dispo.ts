import { createHash } from 'node:crypto'
import { z } from 'zod'
import { call, Refused, type Answer, type Patience } from './calls.ts'

/** Our own API, as any other program uses it. */

const outcome = z.object({ external_id: z.string(), id: z.int().nullable(), result: z.string(), reason: z.string().nullable(), warnings: z.array(z.string()) })
const synced = z.object({ data: z.array(outcome), counts: z.record(z.string(), z.int()) })
const answers = z.object({
  data: z.array(z.object({
    recipient_id: z.int(), campaign_id: z.int(), candidate_id: z.int().nullable(), choice: z.enum(['yes', 'no']), available_from: z.string().nullable(), available_until: z.string().nullable(), comment: z.string(),
    answered_at: z.string(), version: z.int(),
  })),
  next_cursor: z.string().nullable(),
})
const people = z.object({ data: z.array(z.object({ id: z.int(), external_id: z.string().nullable() })), next_cursor: z.string().nullable() })

export type TakenOver = z.output<typeof synced>
export type TheirAnswer = z.output<typeof answers>['data'][number]

export function dispo({ url, key }: { url: string; key: string }, patience: Patience, stop?: AbortSignal) {
  async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const answer = await call(`${url.replace(/\/$/, '')}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        // The same rows sent again after a broken answer are answered as the first time.
        ...(text === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': createHash('sha256').update(`${Math.floor(Date.now() / 3_600_000)} ${text}`).digest('hex') }),
      },
      ...(text === undefined ? {} : { body: text }),
    }, patience, stop)
    if (answer.status >= 400) throw new Refused(answer.status, `Dispo refuses ${method} ${path.split('?')[0]}: ${String((answer.json as { code?: string } | undefined)?.code ?? answer.status)}`)
    return answer
  }

  return {
    sync: async (candidates: readonly Record<string, unknown>[]): Promise<TakenOver> => synced.parse((await ask('POST', '/candidates/sync', { candidates })).json),

    /** Answers since a moment, in the order in which they came; the newest version of each. */
    async *answers(since: string | undefined): AsyncGenerator<TheirAnswer> {
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const query = new URLSearchParams({ ...(since ? { since } : {}), ...(cursor ? { cursor } : {}) })
        const page = answers.parse((await ask('GET', `/answers?${query}`)).json)
        yield* page.data
        cursor = page.next_cursor
      }
    },

    async keyOf(candidateId: number): Promise<string | undefined> {
      const answer = await ask('GET', `/candidates/${candidateId}`).catch((error: unknown) => {
        // A contact, or erased meanwhile.
        if (error instanceof Refused && error.status === 404) return undefined
        throw error
      })
      return (answer?.json as { external_id?: string | null } | undefined)?.external_id ?? undefined
    },

    /** The keys of everybody who has one. */
    async *keys(): AsyncGenerator<string> {
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = people.parse((await ask('GET', `/candidates?${new URLSearchParams(cursor ? { cursor } : {})}`)).json)
        for (const { external_id } of page.data) if (external_id !== null) yield external_id
        cursor = page.next_cursor
      }
    },
  }
}

export type Dispo = ReturnType<typeof dispo>
