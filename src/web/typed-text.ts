import { z } from 'zod'

/** One line as a person typed it, in one way to write accents and without what nobody sees; a field left out is empty. */
export const line = z.string().transform((text) => text.normalize('NFC').replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ').replace(/\s+/g, ' ').trim()).catch('')

/** One way to write line ends and accents, and nothing invisible that a phone could stumble over. */
export function tidyText(value: unknown): string {
  if (typeof value !== 'string') return ''
  return value.normalize('NFC').toWellFormed().replace(/\r\n?/g, '\n').replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '').trim()
}
