import { z } from 'zod'
import { rowId } from '../web/ids.ts'
import { NO_CHOICES, type CodeChoices } from './codes.domain.ts'

/** Names of the fields in the form. */
export const CODE_FIELDS = { campaignCode: 'campaign_code', network: 'network', site: 'site', page: 'career_page', job: 'job', autoResponse: 'auto_response' } as const satisfies Record<keyof CodeChoices, string>

/** What the form says of each; a picker that was not shown says nothing, so the draft keeps what it has. */
export type TypedChoices = Partial<CodeChoices>

export function readChoices(body: unknown): TypedChoices {
  const fields = (body ?? {}) as Record<string, unknown>
  return Object.fromEntries((Object.keys(NO_CHOICES) as (keyof CodeChoices)[]).flatMap((name) => {
    const value = fields[CODE_FIELDS[name]]
    return typeof value === 'string' ? [[name, rowId.safeParse(value).data ?? null] as const] : []
  }))
}

/** The start of a job's title or reference. */
export const jobQuery = z.object({ job_search: z.string().catch('').transform((text) => text.trim().slice(0, 100)) })
