import type { Privilege } from '../web/privileges.ts'
import { ROLE_PRIVILEGES, type Role } from './domain.ts'

export const USER_STATES = ['active', 'pending', 'deactivated'] as const
export type UserState = (typeof USER_STATES)[number]
export type InvitationState = 'open' | 'used' | 'expired' | 'withdrawn'
export type UserFilters = { q: string; state: UserState | '' }

export function stateOf(person: { disabledAt: Date | null; joinedAt: Date | null }): UserState {
  return person.disabledAt ? 'deactivated' : person.joinedAt ? 'active' : 'pending'
}

export const ROLES = Object.keys(ROLE_PRIVILEGES) as Role[]

/** The preset that somebody's privileges are, if they are one. */
export function roleOf(privileges: readonly Privilege[]): Role | undefined {
  const held = new Set(privileges)
  return ROLES.find((role) => ROLE_PRIVILEGES[role].length === held.size && ROLE_PRIVILEGES[role].every((privilege) => held.has(privilege)))
}

/** Why a change wants a second look: one's own keys given away, or nobody left to stand in. */
export type Doubt = 'own' | 'one_left'

/**
 * What stands against taking « Manage users » from somebody. A company always keeps one administrator; below two, and
 * where somebody takes it from themselves, only when they say so twice.
 */
export function judgeLoss(given: { isOwn: boolean; others: number }): { isRefused: boolean; doubts: Doubt[] } {
  return { isRefused: given.others === 0, doubts: [...(given.isOwn ? (['own'] as const) : []), ...(given.others === 1 ? (['one_left'] as const) : [])] }
}
