import { z } from 'zod'
import { call, Refused, type Answer, type Patience } from './calls.ts'

/** Greenhouse, Harvest API v3: client credentials, lists by cursor in `Link`, limits told by 429. https://harvestdocs.greenhouse.io */

export type GreenhouseAccount = { apiUrl: string; tokenUrl: string; clientId: string; clientSecret: string; userId?: string | undefined }

const valued = z.object({ value: z.string(), type: z.string().nullish() })
const candidate = z.looseObject({
  id: z.int().positive(),
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
  title: z.string().nullish(),
  private: z.boolean().nullish(),
  phone_numbers: z.array(valued).nullish(),
  email_addresses: z.array(valued).nullish(),
  tags: z.array(z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)])).nullish(),
  updated_at: z.iso.datetime({ offset: true }),
})
export type GreenhouseCandidate = z.output<typeof candidate>
const note = z.looseObject({ id: z.int(), candidate_id: z.int().nullish(), body: z.string().nullish() })
const token = z.object({ access_token: z.string().min(1), expires_in: z.number().optional(), expires_at: z.string().optional() })

export type Page = { candidates: GreenhouseCandidate[]; /** People that could not be read, by number. */ unreadable: number; next: string | undefined; at: Date }

/** The largest page there is. */
const PER_PAGE = 500

export function greenhouse(account: GreenhouseAccount, patience: Patience, stop?: AbortSignal) {
  let held: { bearer: string; until: number } | undefined

  async function bearer(): Promise<string> {
    if (held && held.until > Date.now() + 30_000) return held.bearer
    const answer = await call(account.tokenUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${account.clientId}:${account.clientSecret}`).toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(account.userId ? { sub: account.userId } : {}) }).toString(),
    }, patience, stop)
    const read = token.safeParse(answer.json)
    if (answer.status !== 200 || !read.success) throw new Refused(answer.status, 'Greenhouse gives no access: check client id, secret and scopes')
    const seconds = read.data.expires_in ?? (read.data.expires_at ? (Date.parse(read.data.expires_at) - Date.now()) / 1000 : 3600)
    held = { bearer: read.data.access_token, until: Date.now() + Math.max(0, seconds) * 1000 }
    return held.bearer
  }

  async function ask(method: string, url: string, body?: unknown, isOnce = false): Promise<Answer> {
    // A next page leads to where we asked, or our access would go elsewhere.
    if (new URL(url).origin !== new URL(account.apiUrl).origin) throw new Refused(0, `Greenhouse names a page of another host: ${new URL(url).host}`)
    const asked = async () => call(url, { method, headers: { authorization: `Bearer ${await bearer()}`, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }, { ...patience, isOnce }, stop)
    const answer = await asked()
    if (answer.status !== 401) return answer
    // Withdrawn or run out before its time: once with a new one.
    held = undefined
    return asked()
  }

  return {
    /** The first page of people changed since a moment, or the page a cursor leads to. */
    async page(from: { since: string | undefined } | { next: string }): Promise<Page> {
      const query = 'next' in from ? undefined : new URLSearchParams({ per_page: String(PER_PAGE), ...(from.since ? { updated_at: `gte|${from.since}` } : {}) })
      const answer = await ask('GET', 'next' in from ? from.next : `${account.apiUrl}/candidates?${query}`)
      if (answer.status !== 200 || !Array.isArray(answer.json)) throw new Refused(answer.status, `Greenhouse refuses the list of candidates (${answer.status})`)
      const read = answer.json.map((one) => candidate.safeParse(one))
      return {
        candidates: read.flatMap((one) => (one.success ? [one.data] : [])), unreadable: read.filter(({ success }) => !success).length,
        next: nextOf(answer.headers.get('link')), at: new Date(answer.headers.get('date') ?? Date.now()),
      }
    },

    /** True when a note of this candidate holds the text. */
    async hasNote(candidateId: number, text: string): Promise<boolean> {
      let url: string | undefined = `${account.apiUrl}/notes?${new URLSearchParams({ candidate_ids: String(candidateId), per_page: String(PER_PAGE) })}`
      while (url !== undefined) {
        const answer: Answer = await ask('GET', url)
        if (answer.status !== 200 || !Array.isArray(answer.json)) throw new Refused(answer.status, `Greenhouse refuses the notes of a candidate (${answer.status})`)
        if (answer.json.some((one) => note.safeParse(one).data?.body?.includes(text))) return true
        url = nextOf(answer.headers.get('link'))
      }
      return false
    },

    /** False when the candidate is no longer there. */
    async addNote(candidateId: number, body: string): Promise<boolean> {
      const answer = await ask('POST', `${account.apiUrl}/notes`, { candidate_id: candidateId, body, visibility: 'public' }, true)
      if (answer.status === 404 || answer.status === 422) return false
      if (answer.status >= 300) throw new Refused(answer.status, `Greenhouse refuses a note (${answer.status})`)
      return true
    },
  }
}

export type Greenhouse = ReturnType<typeof greenhouse>

function nextOf(link: string | null): string | undefined {
  return /<([^>]+)>\s*;\s*rel="next"/.exec(link ?? '')?.[1]
}
