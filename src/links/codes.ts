import { customAlphabet } from 'nanoid'
import type { Config } from '../config.ts'

/** Crockford base32 in lower case: survives retyping, dictation and a phone that writes capitals. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** 60 bits: with ten million live links a thousand guesses a second find one in about four years. */
export const CODE_LENGTH = 12

/** Stands in texts that nobody gets: as long as every real one, and recognisable as none. */
export const SAMPLE_CODE = '7k2mq9c4tz1a'.slice(0, CODE_LENGTH)

const mint = customAlphabet(ALPHABET, CODE_LENGTH)

/** Fresh codes, all different. */
export function mintCodes(count: number): string[] {
  const codes = new Set<string>()
  while (codes.size < count) codes.add(mint())
  return [...codes]
}

/**
 * The code a person or program typed, in our spelling: case does not matter, `o` is 0, `i` and `l` are 1, and hyphens
 * may group the characters. Undefined when it cannot be a code of ours.
 */
export function readCode(text: string): string | undefined {
  if (text.length > 40) return undefined
  const code = text.toLowerCase().replaceAll('-', '').replaceAll('o', '0').replace(/[il]/g, '1')
  return /^[0-9a-hjkmnp-tv-z]{10,24}$/.test(code) ? code : undefined
}

/** The address that goes into an SMS and belongs to one person. */
export function linkFor(config: Pick<Config, 'linkUrl'>, code: string): string {
  return `${config.linkUrl}/${code}`
}
