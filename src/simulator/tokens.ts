/** JSON Web Tokens on both sides of the imaginary account, with node:crypto alone: RS256 comes in, HS256 goes out. */
import { createHash, createHmac, createPublicKey, randomUUID, timingSafeEqual, verify, type KeyObject } from 'node:crypto'

type Token = { header: unknown; claims: Record<string, unknown>; signed: string; signature: Buffer }

/** Checks what the real provider checks of a caller: signature, application, age. */
export function createCallerCheck({ publicKeyPem, applicationId }: { publicKeyPem: string; applicationId: string }): (authorization: string | undefined) => boolean {
  const key = createPublicKey(publicKeyPem)
  // A sender reuses its token for minutes; verifying it thousands of times would measure this server, not the sender.
  const verified = new Map<string, number>()
  return (authorization) => {
    const text = /^Bearer (\S{1,4096})$/.exec(authorization ?? '')?.[1]
    if (text === undefined) return false
    const now = Date.now() / 1000
    const known = verified.get(text)
    if (known !== undefined) return known > now
    const expiry = verifyCaller(text, key, applicationId, now)
    if (expiry === undefined) return false
    if (verified.size > 200) verified.clear()
    verified.set(text, expiry)
    return true
  }
}

function verifyCaller(text: string, key: KeyObject, applicationId: string, now: number): number | undefined {
  const token = parseToken(text)
  if (!token || (token.header as { alg?: unknown }).alg !== 'RS256') return undefined
  if (!verify('RSA-SHA256', Buffer.from(token.signed), key, token.signature)) return undefined
  const { application_id, exp, iat, jti } = token.claims
  if (application_id !== applicationId || typeof jti !== 'string' || typeof iat !== 'number' || iat > now + 60) return undefined
  return typeof exp === 'number' && exp > now ? exp : undefined
}

function parseToken(text: string): Token | undefined {
  const [header, payload, signature, ...rest] = text.split('.')
  if (!header || !payload || !signature || rest.length > 0) return undefined
  try {
    const parsed = { header: JSON.parse(decode(header)), claims: JSON.parse(decode(payload)), signed: `${header}.${payload}`, signature: Buffer.from(signature, 'base64url') }
    return parsed.header && parsed.claims ? parsed : undefined
  } catch {
    return undefined // not a token
  }
}

/** The reports know the account by its key and secret alone, as the real ones do. */
export function isAccountHolder(authorization: string | undefined, { apiKey, apiSecret }: { apiKey: string; apiSecret: string }): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(authorization ?? ''), digest(`Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`))
}

/** The Authorization header of a webhook: the body's SHA-256 is one of the signed claims. */
export function signWebhook(body: string, { apiKey, applicationId, signatureSecret }: { apiKey: string; applicationId: string; signatureSecret: string }): string {
  const claims = {
    iat: Math.floor(Date.now() / 1000),
    jti: randomUUID(),
    iss: 'Vonage',
    payload_hash: createHash('sha256').update(body).digest('hex'),
    api_key: apiKey,
    application_id: applicationId,
  }
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `Bearer ${signed}.${createHmac('sha256', signatureSecret).update(signed).digest('base64url')}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8')
}
