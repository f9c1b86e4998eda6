/** What a text refers to beside its reader: which pickers it asks for, and whether they say something. Pure. */
import type { MergeField } from '../message-templates/merge.ts'

export const REQUIRED_CODES = ['campaign_code', 'talent_network', 'career_page', 'job'] as const
export type RequiredCode = (typeof REQUIRED_CODES)[number]

const ASKED_BY: Partial<Record<MergeField, RequiredCode>> = {
  campaign_page: 'campaign_code', join_network: 'talent_network', career_page: 'career_page', job_title: 'job', job_reference: 'job', job_url: 'job',
}

/** What must be picked before a text with these fields may go out (S28, S30, S32, S33). */
export function requiredCodes(fields: Iterable<MergeField>): RequiredCode[] {
  const asked = new Set([...fields].map((field) => ASKED_BY[field]))
  return REQUIRED_CODES.filter((code) => asked.has(code))
}

/** Ids, as the columns of a campaign hold them. */
export type CodeChoices = { campaignCode: number | null; network: number | null; site: number | null; page: number | null; job: number | null; autoResponse: number | null }
export const NO_CHOICES: CodeChoices = { campaignCode: null, network: null, site: null, page: null, job: null, autoResponse: null }

type Picked = { id: number; isArchived: boolean }
/** The records behind the ids; null where nothing was picked. */
export type ChosenCodes = {
  campaignCode: (Picked & { code: string; name: string; isPublished: boolean }) | null
  network: (Picked & { name: string; url: string }) | null
  site: (Picked & { name: string }) | null
  page: (Picked & { name: string; url: string }) | null
  job: (Picked & { reference: string; title: string; url: string; isConfidential: boolean }) | null
  autoResponse: (Picked & { name: string }) | null
}

export type MissingCode = { code: RequiredCode | 'auto_response'; problem: 'missing' | 'archived' | 'unpublished' }

/** What stands against sending a text with these fields. What was archived since it was picked says nothing any more. */
export function missingCodes(fields: Iterable<MergeField>, chosen: ChosenCodes): MissingCode[] {
  const required = requiredCodes(fields)
  const missing = required.flatMap((code): MissingCode[] => {
    const picked = pickedFor(code, chosen)
    if (!picked) return [{ code, problem: 'missing' }]
    if (picked.isArchived) return [{ code, problem: 'archived' }]
    // S28: the page must be there to be read.
    return code === 'campaign_code' && !chosen.campaignCode?.isPublished ? [{ code, problem: 'unpublished' }] : []
  })
  const { campaignCode, autoResponse } = chosen
  if (campaignCode?.isArchived && !required.includes('campaign_code')) missing.push({ code: 'campaign_code', problem: 'archived' })
  if (autoResponse?.isArchived) missing.push({ code: 'auto_response', problem: 'archived' })
  return missing
}

function pickedFor(code: RequiredCode, chosen: ChosenCodes): Picked | null {
  if (code === 'campaign_code') return chosen.campaignCode
  if (code === 'talent_network') return chosen.network
  return code === 'career_page' ? chosen.page : chosen.job
}

export const LINK_FIELDS = ['campaign_page', 'join_network', 'career_page', 'job_url'] as const satisfies readonly MergeField[]
export type LinkField = (typeof LINK_FIELDS)[number]
/** Where a short link of a campaign leads: to an address that was checked when it was saved, or to the page of a campaign code. */
export type Target = { field: LinkField; url: string | null; campaignCodeId: number | null }

/** The links that a text with these fields needs, one of each. */
export function targetsOf(fields: ReadonlySet<MergeField>, chosen: ChosenCodes): Target[] {
  const to = (field: LinkField): Omit<Target, 'field'> | undefined => {
    if (field === 'campaign_page') return chosen.campaignCode ? { url: null, campaignCodeId: chosen.campaignCode.id } : undefined
    const record = field === 'join_network' ? chosen.network : field === 'career_page' ? chosen.page : chosen.job
    return record ? { url: record.url, campaignCodeId: null } : undefined
  }
  return LINK_FIELDS.filter((field) => fields.has(field)).flatMap((field) => {
    const target = to(field)
    return target ? [{ field, ...target }] : []
  })
}
