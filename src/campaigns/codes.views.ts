import type { Reader } from '../candidates/views.ts'
import type { CodeOption, JobOption } from '../references/pickers.queries.ts'
import type { TargetVisits } from '../links/targets.queries.ts'
import { paths } from '../web/paths.ts'
import { requiredCodes, type ChosenCodes, type LinkField, type MissingCode, type RequiredCode } from './codes.domain.ts'
import { CODE_FIELDS } from './codes.input.ts'
import type { Inspection } from './inspection.ts'
import { usedFields } from './message.domain.ts'

/** Jobs shown at once; more are found by typing. */
export const JOBS_SHOWN = 20

type Option = { value: string; label: string }
type Picker = { name: string; label: string; type: 'select'; value: string; options: Option[]; emptyLabel: string; isOptional: boolean; hint?: string; error?: string; attrs?: Record<string, string> }

export type JobsModel = { choice: Picker; note: string }
export type CodesModel = {
  pickers: Picker[]
  /** Undefined where the text holds no code of a job. */
  job: { search: { name: string; label: string; hint: string; value: string; type: string; autocomplete: string; attrs: Record<string, string> }; jobs: JobsModel } | undefined
  autoResponse: Picker
}

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/_jobs': { jobs: JobsModel }
  }
}

/** Everything that can be picked now: pages and jobs are those of the chosen site. */
export type CodeOptions = {
  codes: CodeOption[]
  networks: { id: number; name: string }[]
  sites: { id: number; name: string }[]
  pages: { id: number; name: string }[]
  jobs: JobOption[]
  autoResponses: { id: number; name: string }[]
  jobSearch: string
  seesConfidential: boolean
}

/** Pickers appear when the text asks for them (S28–S35). `isSent`: a button was pressed, so what is missing is said beside it. */
export function codesModel(reader: Reader, campaignId: number, inspection: Pick<Inspection, 'chosen' | 'missing' | 'compiled'>, options: CodeOptions, isSent: boolean): CodesModel {
  const { t } = reader
  const { chosen, missing } = inspection
  const required = new Set<RequiredCode>(requiredCodes(usedFields(inspection.compiled)))
  const needsSite = required.has('career_page') || required.has('job')
  const picker = (name: keyof typeof CODE_FIELDS, code: MissingCode['code'] | 'site', list: Option[], more: Partial<Picker> = {}): Picker => {
    const found = missing.find((one) => one.code === code)
    // What was archived since it was picked is said at once; what is not picked yet, once somebody goes on.
    const isTold = found !== undefined && (isSent || found.problem !== 'missing')
    const isOptional = code === 'auto_response' || (code === 'campaign_code' && !required.has(code))
    return {
      name: CODE_FIELDS[name], label: t(`codes.${code}`), type: 'select', value: String(chosen[name]?.id ?? ''), options: withChosen(list, chosen[name], t('codes.archived')), isOptional,
      emptyLabel: t(isOptional ? 'codes.none' : 'codes.choose'), ...(isTold ? { error: missingText(reader, found) } : {}), ...more,
    }
  }
  const named = (rows: readonly { id: number; name: string }[]): Option[] => rows.map(({ id, name }) => ({ value: String(id), label: name }))
  return {
    pickers: [
      picker('campaignCode', 'campaign_code', options.codes.map((row) => ({ value: String(row.id), label: t(row.is_published ? 'codes.codePublished' : 'codes.code', row) })), { hint: t(required.has('campaign_code') ? 'codes.campaign_code.required' : 'codes.campaign_code.hint') }),
      ...(required.has('talent_network') ? [picker('network', 'talent_network', named(options.networks), { hint: t('codes.talent_network.hint') })] : []),
      ...(needsSite ? [picker('site', 'site', named(options.sites), { hint: t('codes.site.hint') })] : []),
      ...(required.has('career_page') ? [picker('page', 'career_page', named(options.pages), { hint: t(chosen.site ? 'codes.career_page.hint' : 'codes.siteFirst') })] : []),
    ],
    job: required.has('job') ? { search: searchModel(reader, campaignId, options), jobs: jobsModel(reader, inspection, options, isSent) } : undefined,
    autoResponse: picker('autoResponse', 'auto_response', named(options.autoResponses), { hint: t('codes.auto_response.hint') }),
  }
}

function searchModel({ t }: Reader, campaignId: number, { jobSearch }: CodeOptions): NonNullable<CodesModel['job']>['search'] {
  return {
    name: 'job_search', label: t('codes.jobSearch'), hint: t('codes.jobSearch.hint'), value: jobSearch, type: 'search', autocomplete: 'off',
    attrs: { maxlength: '100', 'hx-get': paths.campaignJobs(campaignId), 'hx-trigger': 'input changed delay:250ms', 'hx-target': '#job-choice', 'hx-swap': 'outerHTML', 'hx-sync': 'this:replace' },
  }
}

/** Jobs of the chosen site that begin as typed, with the one that is picked. */
export function jobsModel(reader: Reader, { chosen, missing }: Pick<Inspection, 'chosen' | 'missing'>, options: Pick<CodeOptions, 'jobs' | 'seesConfidential' | 'jobSearch'>, isSent: boolean): JobsModel {
  const { t } = reader
  const found = missing.find(({ code }) => code === 'job')
  const shown = options.jobs.slice(0, JOBS_SHOWN)
  const picked = chosen.job && { ...chosen.job, name: chosen.job.isConfidential && !options.seesConfidential ? t('codes.confidentialJob') : t('codes.job.option', { title: chosen.job.title, reference: chosen.job.reference, town: 'none' }) }
  const list = shown.map((job) => ({ value: String(job.id), label: t('codes.job.option', { title: job.title, reference: job.reference, town: job.town ?? 'none' }) }))
  const note = !chosen.site ? t('codes.siteFirst') : options.jobs.length > JOBS_SHOWN ? t('codes.jobMore', { count: JOBS_SHOWN }) : shown.length === 0 ? t('codes.jobNone') : ''
  return {
    note,
    choice: {
      name: CODE_FIELDS.job, label: t('codes.job'), type: 'select', value: String(chosen.job?.id ?? ''), options: withChosen(list, picked, t('codes.archived')), isOptional: false, emptyLabel: t('codes.choose'),
      ...(found && (isSent || found.problem !== 'missing') ? { error: missingText(reader, found) } : {}),
    },
  }
}

/** What is picked stays in the list, also beyond its end or when it was archived. */
function withChosen(list: Option[], chosen: { id: number; isArchived: boolean; name?: string; code?: string } | null, archived: string): Option[] {
  if (!chosen || list.some(({ value }) => value === String(chosen.id))) return list
  const name = chosen.code ?? chosen.name ?? ''
  return [{ value: String(chosen.id), label: chosen.isArchived ? `${name} (${archived})` : name }, ...list]
}

export function missingText({ t }: Reader, { code, problem }: MissingCode): string {
  if (problem === 'unpublished') return t('codes.problem.unpublished')
  return problem === 'archived' ? t('codes.problem.archived') : t(`codes.problem.${code as RequiredCode}`)
}

/** Where each missing thing is put right, for the summary of a refused form. */
export function codeErrors(reader: Reader, missing: readonly MissingCode[]): { field: string; text: string }[] {
  const fields = { campaign_code: CODE_FIELDS.campaignCode, talent_network: CODE_FIELDS.network, career_page: CODE_FIELDS.page, job: CODE_FIELDS.job, auto_response: CODE_FIELDS.autoResponse } as const
  return missing.map((one) => ({ field: fields[one.code], text: missingText(reader, one) }))
}

/** What was picked, for pages that only tell it. */
export function chosenRows({ t }: Reader, chosen: ChosenCodes, seesConfidential: boolean): { term: string; text: string }[] {
  const { campaignCode, network, page, job, autoResponse } = chosen
  return [
    ...(campaignCode ? [{ term: t('codes.campaign_code'), text: t('codes.code', campaignCode) }] : []),
    ...(network ? [{ term: t('codes.talent_network'), text: network.name }] : []),
    ...(page ? [{ term: t('codes.career_page'), text: page.name }] : []),
    ...(job ? [{ term: t('codes.job'), text: job.isConfidential && !seesConfidential ? t('codes.confidentialJob') : t('codes.job.option', { title: job.title, reference: job.reference, town: 'none' }) }] : []),
    ...(autoResponse ? [{ term: t('codes.auto_response'), text: autoResponse.name }] : []),
  ]
}

/** How often each link that is the same for everybody was opened; previews and scanners are counted apart. */
export function visitRows({ t }: Reader, visits: readonly TargetVisits[]): { term: string; text: string }[] {
  return visits.map(({ field, people, robots }) => ({ term: t(`codes.link.${field as LinkField}`), text: t('codes.visits', { people, robots }) }))
}
