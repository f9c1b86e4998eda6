/** Is this webhook really the provider's? Signed webhooks: https://developer.vonage.com/en/getting-started/concepts/webhooks */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export type WebhookToVerify = {
  /** The Authorization header. */
  authorization: string | undefined
  /** The bytes as received; JSON written again does not hash alike. */
  rawBody: Uint8Array
  /** The account's signature secret, not its API secret. */
  secret: string
  apiKey?: string | undefined
  applicationId?: string | undefined
  nowSeconds: number
}
/** missing: answer 503, because the provider then sends it again, signed; invalid: answer 401, which it does not repeat. */
export type WebhookVerdict = { ok: true } | { ok: false; problem: 'missing' | 'invalid' }

const CLOCK_SKEW_SECONDS = 60
/** Retries run for 24 h, and it is not documented whether a retry is signed again. */
const MAX_AGE_SECONDS = 25 * 3600

type Claims = Record<string, unknown>

/** Own code because the SDK's `verifySignature` looks at the signature alone: no age, issuer nor `payload_hash`, and RS256 passes too. */
export function verifyWebhook(webhook: WebhookToVerify): WebhookVerdict {
  const token = /^Bearer\s+(\S+)$/i.exec(webhook.authorization?.trim() ?? '')?.[1]
  if (token === undefined) return { ok: false, problem: 'missing' }
  const claims = webhook.secret === '' ? undefined : readSigned(token, webhook.secret)
  return claims && claimsHold(claims, webhook) ? { ok: true } : { ok: false, problem: 'invalid' }
}

function readSigned(token: string, secret: string): Claims | undefined {
  const [header, payload, signature, ...rest] = token.split('.')
  if (!header || !payload || !signature || rest.length > 0 || token.length > 8192) return undefined
  const algorithm = decode(header)
  if (algorithm?.['alg'] !== 'HS256') return undefined
  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest()
  return sameBytes(Buffer.from(signature, 'base64url'), expected) ? decode(payload) : undefined
}

function claimsHold(claims: Claims, webhook: WebhookToVerify): boolean {
  const { iss, iat, nbf, exp, api_key, application_id, payload_hash } = claims
  if (iss !== 'Vonage') return false
  if (typeof iat !== 'number' || iat > webhook.nowSeconds + CLOCK_SKEW_SECONDS || webhook.nowSeconds - iat > MAX_AGE_SECONDS) return false
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= webhook.nowSeconds + CLOCK_SKEW_SECONDS)) return false
  if (exp !== undefined && !(typeof exp === 'number' && exp > webhook.nowSeconds - MAX_AGE_SECONDS)) return false
  if (webhook.apiKey !== undefined && api_key !== webhook.apiKey) return false
  if (webhook.applicationId !== undefined && application_id !== undefined && application_id !== webhook.applicationId) return false
  const actual = createHash('sha256').update(webhook.rawBody).digest()
  return typeof payload_hash === 'string' && sameBytes(Buffer.from(payload_hash, 'hex'), actual)
}

function decode(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined
  } catch {
    return undefined // anything unreadable is simply not a token
  }
}

function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
