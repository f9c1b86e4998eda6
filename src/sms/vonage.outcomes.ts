/** What an HTTP status or a network failure proves about a hand-over. Errors: https://developer.vonage.com/en/api-errors/messages */
import { z } from 'zod'
import type { HandOver } from './gateway.ts'
import { AnswerTimeout } from './vonage.exchange.ts'

/** The request never reached the provider: no such name, no one listening, no way there, or a certificate we refused before sending. */
const NEVER_LEFT = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL',
  'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_REVOKED', 'CERT_UNTRUSTED', 'CERT_REJECTED', 'CERT_SIGNATURE_FAILURE', 'CERT_CHAIN_TOO_LONG', 'INVALID_CA', 'INVALID_PURPOSE',
  'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
])
const MAX_RETRY_AFTER_SECONDS = 3600

const problem = z.looseObject({
  type: z.string().catch(''),
  title: z.union([z.string(), z.number()]).transform(String).catch(''),
  detail: z.string().catch(''),
  invalid_parameters: z.array(z.looseObject({ name: z.string().catch(''), reason: z.string().catch('') })).catch([]),
})
type Problem = z.output<typeof problem>

/** Any status outside 2xx. 3xx, 408 and 5xx prove nothing: somewhere behind them the message may have been taken. */
export function fromRefusal(status: number, retryAfter: string | undefined, body: string): HandOver {
  if (status === 429) {
    const retryAfterSeconds = readRetryAfter(retryAfter)
    return { outcome: 'not_sent', reason: 'throttled', ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
  }
  if (status < 400 || status >= 500 || status === 408) return { outcome: 'in_doubt', reason: `http_${status}` }
  const told = readProblem(body)
  const code = /#(\w+)$/.exec(told.type)?.[1]?.slice(0, 40) ?? `http_${status}`
  if (status === 401 || status === 402 || status === 403) return { outcome: 'account_refused', code, detail: describe(told) }
  return { outcome: 'rejected', code, detail: describe(told), blame: blameOf(told) }
}

/** Anything the exchange or the SDK threw that is not an answer. */
export function fromFailure(error: unknown): HandOver {
  if (error instanceof AnswerTimeout) return { outcome: 'in_doubt', reason: 'timeout' }
  const causes = listCauses(error)
  const code = causes.map((cause) => cause.code).find((name) => name !== undefined)
  // Happy Eyeballs tries several addresses: only when every one of them failed to connect did nothing leave.
  const leaves = causes.filter((cause) => cause.isLeaf)
  if (leaves.length > 0 && leaves.every((cause) => cause.neverLeft)) return { outcome: 'not_sent', reason: code ?? 'unreachable' }
  return { outcome: 'in_doubt', reason: code ?? 'unreadable_answer' }
}

type Cause = { code: string | undefined; isLeaf: boolean; neverLeft: boolean }

function listCauses(error: unknown, depth = 0): Cause[] {
  if (!(error instanceof Error) || depth > 5) return []
  const { code, syscall, cause, errors } = error as Error & { code?: unknown; syscall?: unknown; errors?: unknown }
  const inner = [...(cause === undefined ? [] : [cause]), ...(Array.isArray(errors) ? errors : [])].filter((item) => item instanceof Error)
  const neverLeft = (typeof code === 'string' && NEVER_LEFT.has(code)) || syscall === 'connect' || syscall === 'getaddrinfo'
  return [{ code: typeof code === 'string' ? code : undefined, isLeaf: inner.length === 0, neverLeft }, ...inner.flatMap((item) => listCauses(item, depth + 1))]
}

function readProblem(body: string): Problem {
  try {
    return problem.parse(JSON.parse(body))
  } catch {
    return { type: '', title: '', detail: '', invalid_parameters: [] } // a proxy's HTML page: the status alone counts
  }
}

/** For a log or an administrator; numbers are masked, because refusals like to quote them. */
function describe({ title, detail, invalid_parameters }: Problem): string {
  const parameters = invalid_parameters.slice(0, 5).map(({ name, reason }) => `${name}: ${reason}`)
  return [title, detail, ...parameters].filter((part) => part !== '').join(' · ').replace(/\d{5,}(?=\d{2})/g, '…').slice(0, 300)
}

function blameOf(told: Problem): 'recipient' | 'sender' | 'content' {
  const names = told.invalid_parameters.map(({ name }) => name.toLowerCase())
  const words = `${told.title} ${told.detail}`.toLowerCase()
  if (names.includes('from') || /invalid sender|\bsender\b|`?\bfrom\b`? (?:parameter|is|was)/.test(words)) return 'sender'
  if (names.includes('to') || /invalid recipient|\brecipient\b|msisdn/.test(words)) return 'recipient'
  return 'content'
}

/** Seconds, or a date by RFC 9110; bounded, so that one strange header cannot stop a day's sending. */
function readRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '') return undefined
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000)
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_SECONDS) : undefined
}
