import { createHmac, randomBytes } from 'node:crypto'
import { open, seal } from '../web/secrets.ts'

const PURPOSE = 'webhook secret'
const SECRET_BYTES = 32

/** As the Standard Webhooks specification writes them: 24 to 64 random bytes in base64 after a prefix. */
export function makeSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`
}

export function sealSecret(secretKey: string, secret: string): string {
  return seal(secretKey, PURPOSE, secret)
}

/** Undefined when the installation has another secret since. */
export function openSecret(secretKey: string, sealed: string): string | undefined {
  return open(secretKey, PURPOSE, sealed)
}

/** The headers of Standard Webhooks 1.0; one signature for each secret, so that the receiver may know any of them. */
export function signedHeaders(secrets: readonly string[], eventId: string, at: Date, body: string): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signatures = secrets.map((secret) => `v1,${createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64')).update(`${eventId}.${timestamp}.${body}`).digest('base64')}`)
  return { 'webhook-id': eventId, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
