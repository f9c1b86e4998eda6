import { createCipheriv, createDecipheriv, createHash, createHmac, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto'

/** Each use of the one secret has a key of its own, so that what is sealed or hashed for one proves nothing elsewhere. */
function keyFor(secretKey: string, purpose: string): KeyObject {
  const name = `${purpose} ${secretKey}`
  const known = keys.get(name)
  if (known) return known
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secretKey, '', `dispo ${purpose}`, 32)))
  keys.set(name, key)
  return key
}

/** Purposes are few; an import asks for the same key thousands of times, and a key that is made already costs a quarter. */
const keys = new Map<string, KeyObject>()

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** What the product has to read again but a copy of the database must not tell: AES-256-GCM, as base64url. */
export function seal(secretKey: string, purpose: string, text: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keyFor(secretKey, purpose), nonce)
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url')
}

/** Undefined when it was sealed with another key or for another purpose, or was changed. */
export function open(secretKey: string, purpose: string, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined
  const decipher = createDecipheriv('aes-256-gcm', keyFor(secretKey, purpose), bytes.subarray(0, NONCE_BYTES))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return undefined
  }
}

/** A secret for a link, 160 random bits, and what the database keeps of it. */
export function tokenPair(): { token: string; hash: Buffer } {
  const token = randomBytes(20).toString('base64url')
  return { token, hash: hashToken(token) }
}

/** Plain SHA-256 is enough for a random secret; a slow hash protects what people make up. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Tells whether two texts are equal without keeping either; useless to whoever lacks the secret. */
export function keyedHash(secretKey: string, purpose: string, text: string): Buffer {
  return createHmac('sha256', keyFor(secretKey, purpose)).update(text).digest()
}
