import type { Privilege } from '../web/privileges.ts'

/** What a line can be about. Who has one of the privileges may open it, and so may read its name here. */
export const SUBJECTS = {
  candidate: ['candidates.view'],
  campaign: ['campaigns.view'],
  template: ['templates.edit', 'campaigns.send'],
  list: ['candidates.view'],
  user: ['users.manage'],
  mail: ['users.manage'],
  branch: ['settings.edit'],
  setting: ['settings.edit'],
  sms_sender: ['settings.edit'],
  sender_pool: ['settings.edit'],
  branding: ['branding.edit'],
  codes: ['references.edit'],
  networks: ['references.edit'],
  sites: ['references.edit'],
  pages: ['references.edit'],
  jobs: ['references.edit'],
  company: ['settings.edit'],
  sso: ['users.manage'],
  retention: ['data.manage'],
  webhook: ['settings.edit'],
  api_key: ['users.manage'],
} as const satisfies Record<string, readonly Privilege[]>

export type SubjectKind = keyof typeof SUBJECTS
export const SUBJECT_KINDS = Object.keys(SUBJECTS) as SubjectKind[]

export function isSubjectKind(kind: string | null): kind is SubjectKind {
  return kind !== null && Object.hasOwn(SUBJECTS, kind)
}

export type JournalFilter = {
  /** `system`: what nobody in person did. */
  person?: number | 'system' | undefined
  /** Part of somebody's name, where there are too many people to choose from. */
  name: string
  kind?: SubjectKind | undefined
  /** Id of the object, as text: settings have names. */
  object: string
  /** Days of the company's own calendar, both included. */
  from?: string | undefined
  until?: string | undefined
}
