import type { Privilege } from '../web/privileges.ts'

/** Presets offered when a user is made; afterwards only the privileges count (S1). */
export const ROLE_PRIVILEGES = {
  recruiter: ['candidates.view', 'candidates.edit', 'candidates.import', 'campaigns.view', 'campaigns.send', 'campaigns.send_list', 'campaigns.manage', 'consent.edit'],
  manager: [
    'candidates.view', 'candidates.edit', 'candidates.import', 'campaigns.view', 'campaigns.send', 'campaigns.send_list', 'campaigns.manage', 'campaigns.release',
    'consent.edit', 'templates.edit', 'references.edit', 'jobs.confidential',
  ],
  administrator: [
    'candidates.view', 'candidates.edit', 'candidates.import', 'campaigns.view', 'campaigns.send', 'campaigns.send_list', 'campaigns.manage',
    'campaigns.release', 'consent.edit', 'consent.override', 'templates.edit', 'references.edit', 'jobs.confidential', 'branding.edit', 'users.manage', 'settings.edit', 'data.manage', 'journal.view',
  ],
  reader: ['candidates.view', 'campaigns.view'],
} as const satisfies Record<string, readonly Privilege[]>

export type Role = keyof typeof ROLE_PRIVILEGES

/** A recruiter works all day with pauses for visits and lunch; a forgotten session still ends the same evening. */
export const SESSION_IDLE_SECONDS = 4 * 3600
export const SESSION_SECONDS = 12 * 3600

/** How somebody came in. */
export type SignInWay = 'password' | 'sso' | 'setup' | 'invitation'

/**
 * Wrong passwords before waiting, never locking. One subscriber cannot use up what an account has from everywhere, and a
 * browser that has signed in before is counted by itself: whoever tries from elsewhere keeps nobody out.
 */
export const SIGN_IN_LIMITS = {
  subscriber: { tries: 40, windowSeconds: 900 },
  pair: { tries: 5, windowSeconds: 300 },
  account: { tries: 30, windowSeconds: 900 },
  device: { tries: 5, windowSeconds: 300 },
} as const

/** What was tried too often: a password, or the code after a right one. */
export type SlowedWhat = 'password' | 'code'
/** An owner hears of it once in so long, however long somebody goes on: their mailbox is not ours to fill. */
export const SLOWED_MAIL_SECONDS = 3600

/** A second factor is asked for within this time of the password. */
export const CODE_SECONDS = 600

/** An invitation waits for somebody to come back from a long weekend. */
export const INVITATION_SECONDS = 72 * 3600

/** A link to a new password opens an account to whoever reads the mailbox: at most an hour (ASVS 6.4). */
export const RESET_SECONDS = 3600

/** Requests for a new password: per subscriber, per account and subscriber, per account. */
export const RESET_LIMITS = { subscriber: { tries: 10, windowSeconds: 3600 }, pair: { tries: 3, windowSeconds: 3600 }, account: { tries: 10, windowSeconds: 3600 } } as const

/** The page that shows the secret to be scanned. */
export const SETUP_SECONDS = 1800

/** Wrong codes, for one account from one place, and for it from all places but its own browsers. */
export const CODE_LIMITS = { pair: { tries: 5, windowSeconds: 300 }, account: { tries: 20, windowSeconds: 3600 } } as const

/** Whoever may let people in or change what the company's rules are. */
export const ADMINISTERING: readonly Privilege[] = ['users.manage', 'settings.edit']

/** Whether the company asks a second factor of somebody; a provider that signs people in has rules of its own. */
export function mustHaveFactor(rule: unknown, privileges: ReadonlySet<Privilege>, how: SignInWay): boolean {
  if (how === 'sso') return false
  return rule === 'everybody' || (rule === 'administrators' && ADMINISTERING.some((privilege) => privileges.has(privilege)))
}
