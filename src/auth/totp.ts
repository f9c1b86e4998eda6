import { randomInt } from 'node:crypto'
import { generateSecret, generateURI, verifySync } from 'otplib'
import { encode } from 'uqr'

/** RFC 6238 as every authenticator app knows it: SHA-1, six digits, steps of 30 seconds. */
const STEP_SECONDS = 30
/** Without letters that are mistaken for digits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const RECOVERY_CODES = 10
const RECOVERY_LENGTH = 12

export { generateSecret }

/** The time step a code belongs to: this one, the one before or the one after; undefined where it is none of them. */
export function stepOf(secret: string, code: string, now: Date): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined
  const result = verifySync({ secret, token: code, epoch: Math.floor(now.getTime() / 1000), epochTolerance: STEP_SECONDS })
  return result.valid && 'timeStep' in result ? result.timeStep : undefined
}

/** `otpauth://…`, as apps read it from the picture. */
export function setupAddress(secret: string, account: string, issuer: string): string {
  return generateURI({ secret, label: account, issuer })
}

/** The picture as one path of an SVG, `size` modules wide with its quiet border. */
export function qrPath(text: string): { size: number; path: string } {
  const { size, data } = encode(text, { ecc: 'M', border: 4 })
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return { size, path }
}

/** Fresh codes for the day the telephone is lost: `7kq2-m8xa-04dn`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => Array.from({ length: RECOVERY_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('').replace(/(.{4})(?=.)/g, '$1-'))
}

/** As it was given out, however it is typed; undefined where it cannot be one. */
export function readRecoveryCode(typed: string): string | undefined {
  const code = typed.toLowerCase().replace(/[^a-z0-9]/g, '').replace(/[il]/g, '1').replaceAll('o', '0')
  return code.length === RECOVERY_LENGTH ? code : undefined
}
