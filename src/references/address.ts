/** Addresses that a person enters and that a short link later leads to. Pure. */
import { done, refused, type Outcome } from '../core/outcome.ts'

export const ADDRESS_LENGTH = 2_000

export const ADDRESS_PROBLEMS = ['scheme', 'login', 'host', 'unreadable', 'tooLong'] as const
export type AddressProblem = (typeof ADDRESS_PROBLEMS)[number]

/**
 * The address as it is stored and later sent, written in one way. Only https to a public host: no other scheme, no name or
 * password in front of the host (« https://agence.fr@ailleurs.example »), nothing invisible that a browser would pass over.
 */
export function readAddress(text: string): Outcome<string, AddressProblem> {
  const typed = text.trim()
  if (typed.length > ADDRESS_LENGTH) return refused('tooLong')
  if (!/^https:\/\//i.test(typed)) return refused('scheme')
  // A browser drops tabs and line ends and reads a backslash as a slash; what is stored must be what was read.
  if (/[\s\\\p{C}\u00ad]/u.test(typed)) return refused('unreadable')
  const url = URL.parse(typed)
  if (url === null || url.protocol !== 'https:') return refused('unreadable')
  if (url.username !== '' || url.password !== '' || /^https:\/\/[^/?#]*@/i.test(typed)) return refused('login')
  if (!isPublicName(url.hostname)) return refused('host')
  return url.href.length > ADDRESS_LENGTH ? refused('tooLong') : done(url.href)
}

/** A name with a dot and letters at its end: no bare machine, no number. */
function isPublicName(host: string): boolean {
  return /^(?!-)[a-z0-9.-]+\.(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})$/.test(host) && !/\.(?:local|localhost|internal|invalid|onion)$/.test(host)
}
