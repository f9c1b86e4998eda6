import type { Privilege } from '../web/privileges.ts'

/** What a key may be allowed, and what its person must hold for it at every request: one of the privileges. */
export const SCOPE_PRIVILEGES = {
  'candidates:read': ['candidates.view'],
  'candidates:write': ['candidates.edit'],
  'contacts:read': ['candidates.view'],
  'contacts:write': ['candidates.edit'],
  'lists:read': ['candidates.view'],
  'lists:write': ['candidates.edit'],
  'notes:read': ['candidates.view'],
  'notes:write': ['candidates.edit'],
  'templates:read': ['templates.edit', 'campaigns.send'],
  'templates:write': ['templates.edit'],
  'campaigns:read': ['campaigns.view'],
  'campaigns:write': ['campaigns.send'],
  'campaigns:send': ['campaigns.send', 'campaigns.manage'],
  'answers:read': ['campaigns.view'],
  'availability:read': ['candidates.view'],
  'availability:write': ['candidates.edit'],
  'opt_outs:read': ['candidates.view'],
  'opt_outs:write': ['candidates.edit'],
} as const satisfies Record<string, readonly Privilege[]>

export type ApiScope = keyof typeof SCOPE_PRIVILEGES
export const API_SCOPES = Object.keys(SCOPE_PRIVILEGES) as ApiScope[]

/** What a test key does is undone, or marked and never sent. */
export const KEY_KINDS = ['live', 'test'] as const
export type KeyKind = (typeof KEY_KINDS)[number]

export const KEY_NAME_LENGTH = 80
/** Days a new key lasts; '' is for ever. */
export const KEY_DAYS = ['30', '90', '365', ''] as const

/** A key as a request shows it: 214 random bits behind a beginning that scanners of source code recognise. */
export const KEY_PATTERN = /^dispo_(live|test)_[0-9A-Za-z]{36}$/
/** Something like a key anywhere in a text. */
export const KEY_IN_TEXT = /dispo_(?:live|test)_[0-9A-Za-z]{8}/
export const KEY_SIGNS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const KEY_RANDOM_LENGTH = 36

/** Requests of one key in a minute; wrong keys from one place in five. */
export const RATE = { most: 600, windowSeconds: 60 } as const
export const WRONG_KEYS = { most: 60, windowSeconds: 300 } as const

export const IDEMPOTENCY_HOURS = 24

/** Everything a request can run into, and its status. */
export const API_PROBLEMS = {
  bad_request: 400,
  key_in_address: 400,
  bad_cursor: 400,
  unauthenticated: 401,
  key_revoked: 401,
  key_expired: 401,
  person_inactive: 401,
  live_key_in_browser: 403,
  missing_scope: 403,
  missing_privilege: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  duplicate: 409,
  request_in_progress: 409,
  answer_forgotten: 409,
  changed_meanwhile: 412,
  too_large: 413,
  unsupported_media: 415,
  invalid: 422,
  key_reused: 422,
  too_many_requests: 429,
  unexpected: 500,
  unavailable: 503,
} as const
export type ApiProblemCode = keyof typeof API_PROBLEMS

/** Resources as the documentation lists them. */
export const API_RESOURCES = ['candidates', 'contacts', 'lists', 'notes', 'templates', 'campaigns', 'recipients', 'answers', 'availability', 'opt_outs'] as const
export type ApiResource = (typeof API_RESOURCES)[number]

/** A key, once it has proved itself. */
export type ApiKey = { id: number; kind: KeyKind; name: string; scopes: ReadonlySet<ApiScope> }
export type KeyState = 'active' | 'expired' | 'revoked'

export function keyState(key: { revokedAt: Date | null; expiresAt: Date | null }, now: Date): KeyState {
  if (key.revokedAt) return 'revoked'
  return key.expiresAt && key.expiresAt <= now ? 'expired' : 'active'
}
