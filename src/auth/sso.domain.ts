import { ROLE_PRIVILEGES, type Role } from './domain.ts'
import type { Privilege } from '../web/privileges.ts'

/** Group of the provider → preset of privileges. */
export type GroupRoles = Record<string, Role>

export type SsoSettings = {
  label: string
  issuer: string
  clientId: string
  domains: string[]
  isEnforced: boolean
  groupClaim: string
  roles: GroupRoles
}

/** On the way to the provider and back; kept in the session of whoever left. */
export type SsoJourney = { companyId: number; version: number; state: string; nonce: string; verifier: string; next: string; at: number }

/** Whoever does not come back within this begins anew. */
export const JOURNEY_SECONDS = 600

/** Why somebody could not come in; each has a sentence. */
export const SSO_REFUSALS = ['off', 'expired', 'cancelled', 'provider', 'no_email', 'unverified', 'elsewhere', 'unknown', 'no_group', 'disabled'] as const
export type SsoRefusal = (typeof SSO_REFUSALS)[number]

/** Why a provider cannot be used as entered; each has a sentence. */
export const PROVIDER_FAULTS = ['unreachable', 'inside', 'insecure', 'not_a_provider', 'other_issuer'] as const
export type ProviderFault = (typeof PROVIDER_FAULTS)[number]

/** What the provider says of somebody, as far as it concerns us. */
export type ProviderPerson = { issuer: string; subject: string; email: string | null; isUnverified: boolean; name: string | null; groups: string[] }

export function isRole(text: string): text is Role {
  return Object.hasOwn(ROLE_PRIVILEGES, text)
}

export function readPerson(claims: Readonly<Record<string, unknown>>, groupClaim: string): ProviderPerson {
  const text = (name: string) => (typeof claims[name] === 'string' && claims[name] !== '' ? (claims[name] as string) : null)
  const groups = claims[groupClaim]
  return {
    issuer: String(claims['iss']), subject: String(claims['sub']), email: text('email')?.trim() ?? null,
    // Providers that never say anything about it are those where the agency itself makes the accounts.
    isUnverified: claims['email_verified'] === false || claims['email_verified'] === 'false',
    name: (text('name') ?? ([text('given_name'), text('family_name')].filter(Boolean).join(' ') || null))?.slice(0, 120) ?? null,
    groups: Array.isArray(groups) ? groups.filter((group): group is string => typeof group === 'string') : typeof groups === 'string' ? [groups] : [],
  }
}

/** What somebody's groups allow together; undefined where groups decide nothing here, empty where none of theirs does. */
export function privilegesOfGroups(roles: GroupRoles, groups: readonly string[]): ReadonlySet<Privilege> | undefined {
  if (Object.keys(roles).length === 0) return undefined
  return new Set(groups.flatMap((group) => (Object.hasOwn(roles, group) ? ROLE_PRIVILEGES[roles[group]!] : [])))
}
