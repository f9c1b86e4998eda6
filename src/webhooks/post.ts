import { InsideAddress } from '../web/outbound.ts'
import { ANSWER_BYTES, LONGEST_RETRY_AFTER_SECONDS, type Failure } from './domain.ts'

/** What became of one request. */
export type Posted = {
  isTaken: boolean
  durationMs: number
  status: number | null
  /** The first bytes of the answer, as text. */
  answer: string
  reason: Failure | null
  retryAfterSeconds: number
}

/** One request: taken where the answer is 2xx, whatever stands in it. Never throws for what the other side does. */
export async function postEvent(fetch: typeof globalThis.fetch, url: string, headers: Record<string, string>, body: string): Promise<Posted> {
  const begun = performance.now()
  const end = (rest: Omit<Posted, 'durationMs'>): Posted => ({ ...rest, durationMs: Math.round(performance.now() - begun) })
  try {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', 'user-agent': 'Dispo-Webhooks/1', ...headers }, body })
    const answer = await readBeginning(response)
    return end({ isTaken: response.ok, status: response.status, answer, reason: response.ok ? null : reasonOf(response.status), retryAfterSeconds: retryAfter(response) })
  } catch (error) {
    return end({ isTaken: false, status: null, answer: '', reason: failureOf(error as Error), retryAfterSeconds: 0 })
  }
}

function reasonOf(status: number): Failure {
  if (status === 410) return 'gone'
  return status >= 300 && status < 400 ? 'redirect' : 'status'
}

/** The status is what counts: an answer that breaks off, or never ends, is as good as its beginning. */
async function readBeginning(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    while (size < ANSWER_BYTES) {
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(value)
      size += value.length
    }
  } catch {
    // The beginning is kept.
  }
  await reader.cancel().catch(() => undefined)
  // The database keeps no NUL, and half a character at the end is none.
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, ANSWER_BYTES)).replaceAll('\0', '').replace(/\ufffd+$/, '')
}

/** « 120 », or a moment, only where the receiver says that it is asked too much. */
function retryAfter({ status, headers }: Response): number {
  const value = headers.get('retry-after')
  if (value === null || ![429, 502, 503, 504].includes(status)) return 0
  const seconds = /^\d{1,9}$/.test(value.trim()) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), LONGEST_RETRY_AFTER_SECONDS) : 0
}

const UNKNOWN_HOST = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ENODATA'])

function failureOf(error: Error): Failure {
  const chain: (Error | undefined)[] = [error, error.cause as Error | undefined, (error.cause as Error | undefined)?.cause as Error | undefined]
  const codes = chain.map((one) => String((one as NodeJS.ErrnoException | undefined)?.code ?? ''))
  if (chain.some((one) => one instanceof InsideAddress)) return 'inside'
  if (chain.some((one) => one?.name === 'TimeoutError') || codes.some((code) => /TIMEOUT|ETIMEDOUT/.test(code))) return 'timeout'
  if (codes.some((code) => UNKNOWN_HOST.has(code))) return 'unknown_host'
  return codes.some((code) => /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(code)) ? 'tls' : 'unreachable'
}
