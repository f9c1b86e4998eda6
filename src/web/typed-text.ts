import { z } from 'zod'

/** One line as a person typed it, in one way to write accents and without what nobody sees; a field left out is empty. */
export const line = z.string().transform((text) => text.normalize('NFC').replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ').replace(/\s+/g, ' ').trim()).catch('')
