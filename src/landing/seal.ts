import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'

/** A form left open in a tab stays good for this long. */
const VALID_SECONDS = 30 * 86_400

export type SealedForm = { formId: string; version: number }

/**
 * The hidden field of a form: its id, the version of the answer it was made from, the time, and a proof that we made it
 * for this link and purpose. A POST without the GET before it has none, so no robot that only sends forms gets through.
 */
export function sealForm(secretKey: string, purpose: 'answer' | 'stop' | 'availability', code: string, version: number, now: Date): string {
  const content = `${randomUUID()}.${version}.${Math.floor(now.getTime() / 1000).toString(36)}`
  return `${content}.${proof(secretKey, purpose, code, content)}`
}

/** Undefined when the field is missing, forged, of another link, or too old. */
export function openSeal(secretKey: string, purpose: 'answer' | 'stop' | 'availability', code: string, field: unknown, now: Date): SealedForm | undefined {
  const parts = typeof field === 'string' ? /^(([0-9a-f-]{36})\.(\d{1,9})\.([0-9a-z]{1,9}))\.([\w-]{22})$/.exec(field) : null
  if (!parts) return undefined
  const [, content = '', formId = '', version, time = '', given = ''] = parts
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(proof(secretKey, purpose, code, content)))) return undefined
  const age = now.getTime() / 1000 - Number.parseInt(time, 36)
  return age < -3600 || age > VALID_SECONDS ? undefined : { formId, version: Number(version) }
}

function proof(secretKey: string, purpose: string, code: string, content: string): string {
  return createHmac('sha256', secretKey).update(`landing ${purpose} ${code} ${content}`).digest().subarray(0, 16).toString('base64url')
}
