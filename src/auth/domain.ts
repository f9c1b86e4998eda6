import type { Privilege } from '../web/privileges.ts'

/** Presets offered when a user is made; afterwards only the privileges count (S1). */
export const ROLE_PRIVILEGES = {
  recruiter: ['candidates.view', 'candidates.edit', 'candidates.import', 'campaigns.view', 'campaigns.send', 'campaigns.send_list', 'campaigns.manage', 'consent.edit'],
  administrator: [
    'candidates.view', 'candidates.edit', 'candidates.import', 'campaigns.view', 'campaigns.send', 'campaigns.send_list', 'campaigns.manage',
    'campaigns.release', 'consent.edit', 'consent.override', 'templates.edit', 'references.edit', 'jobs.confidential', 'branding.edit', 'users.manage', 'settings.edit',
  ],
  reader: ['candidates.view', 'campaigns.view'],
} as const satisfies Record<string, readonly Privilege[]>

export type Role = keyof typeof ROLE_PRIVILEGES

/** A recruiter works all day with pauses for visits and lunch; a forgotten session still ends the same evening. */
export const SESSION_IDLE_SECONDS = 4 * 3600
export const SESSION_SECONDS = 12 * 3600

/** Failed sign-ins per account and address before waiting. */
export const SIGN_IN_LIMIT = { tries: 5, windowSeconds: 300 }
