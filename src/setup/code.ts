import { keyedHash } from '../web/secrets.ts'

const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * Proves that whoever makes the first company can read what the program prints. It follows from the installation's secret, so that
 * every process prints the same, and is worth nothing once there is a company. 140 bits in groups of four.
 */
export function setupCode(secretKey: string): string {
  const letters = [...keyedHash(secretKey, 'setup', 'first company').subarray(0, 28)].map((byte) => LETTERS[byte % 32])
  return letters.join('').replace(/(.{4})(?=.)/g, '$1-')
}
