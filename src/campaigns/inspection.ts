import { getSettings } from '../companies/queries.ts'
import { windowRules } from '../companies/sending-rules.ts'
import type { Settings } from '../companies/settings.ts'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { linkFor, CODE_LENGTH } from '../links/codes.ts'
import type { Config } from '../config.ts'
import { lintText, MOST_SEGMENTS, type LintFinding } from '../message-templates/lint.ts'
import type { WindowRules } from '../sms/windows.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import { specFor, type AudienceCounts, type AudienceSpec } from './audience.domain.ts'
import { getAudience, type AudienceGroup } from './audience.queries.ts'
import { budgetFindings, closedCountries, planOf, rulesOf, withCosts, type Blocker, type BudgetFinding, type PlannedBatch } from './launch.domain.ts'
import { findSpentToday } from './launch.queries.ts'
import { compileTexts, measureGroups, usedFields, type CompiledTexts, type Measured, type SharedValues } from './message.domain.ts'
import { getSendingContext, type Campaign } from './queries.ts'
import { proposedStart, type Start } from './schedule.domain.ts'

/** As long as every real link, and recognisable as none. */
const SAMPLE_CODE = '7k2mq9c4tz1a'.slice(0, CODE_LENGTH)

export type Inspection = {
  settings: Settings
  context: Awaited<ReturnType<typeof getSendingContext>>
  spec: AudienceSpec
  compiled: CompiledTexts
  shared: SharedValues
  counts: AudienceCounts
  countries: Record<string, number>
  /** Recipients texted within the last days of `campaign.recent_contact_days`. */
  recent: number
  namelessPosition: number | null
  groups: AudienceGroup[]
  measured: Measured
  findings: (LintFinding & { language: Language })[]
  /** When each part would leave if it were launched now; none when nobody is reached or the chosen moment has passed. */
  batches: PlannedBatch[]
  /** The last part begins then, by the hours of the company's country (S67). */
  estimatedEnd: Date | undefined
  /** A start that is possible, to be offered where the chosen one has passed. */
  proposal: Start
  /** Countries of the audience that may not be texted within a year of the start; « ? » is none known. */
  closedCountries: string[]
  /** Whose hours the texts leave at. */
  windows: WindowRules
  /** What today's campaigns of the company have cost so far, in segments. */
  spentToday: { on: CalendarDate; segments: number }
  /** SMS per second of this installation, for a guess at how long a batch takes. */
  perSecond: number
  /** Over the campaign's budget stops the sending; over a day's is said. */
  budget: BudgetFinding[]
  /** What stops the sending. */
  blockers: Blocker[]
}

type Draft = Pick<Campaign, 'audience' | 'limit_to' | 'texts' | 'stop_text' | 'created_by_name' | 'starts' | 'start_on' | 'start_time' | 'time_zone' | 'allow_weekends'>

/** Everything a person should know of a draft before it is sent; the launch asks the same again. */
export async function inspectDraft(db: Db, config: Pick<Config, 'linkUrl' | 'sending'>, scope: CompanyScope, draft: Draft): Promise<Inspection> {
  const settings = await getSettings(db, scope)
  const context = await getSendingContext(db, scope)
  const spec = specFor(draft, settings, context.language)
  const texts = inspectTexts(config, context, draft)
  const found = await getAudience(db, scope, spec, {
    fields: usedFields(texts.compiled), recentDays: settings['campaign.recent_contact_days'], batches: rulesOf(settings, draft),
  })
  const measured = measureGroups(texts.compiled, found.groups, texts.shared)
  const findings = [...texts.findings]
  const segments = measured.longest?.measure.segments ?? 0
  if (segments > MOST_SEGMENTS) findings.push({ rule: 'too_long', level: 'error', detail: String(segments), language: context.language })

  const plan = planOf(found.counts.recipients, draft, settings, context.now)
  const windows = windowRules(settings, context.time_zone)
  const batches = withCosts(plan ?? [], measured.segmentsPerBatch, context.country, windows)
  const spentToday = await findSpentToday(db, scope)
  const budget = budgetFindings(settings, measured.totalSegments, batches, spentToday)
  const closed = batches[0] ? closedCountries(found.countries, windows, batches[0].dueAt) : []

  const blockers: Blocker[] = []
  if (!context.can_send_sms) blockers.push('sms_off')
  if (found.counts.recipients === 0) blockers.push('nobody')
  if (findings.some((finding) => finding.level === 'error')) blockers.push('text')
  if (measured.incompletePeople > 0) blockers.push('incomplete')
  if (plan === undefined) blockers.push('past')
  if (closed.length > 0) blockers.push('no_opening')
  if (budget.some(({ kind }) => kind === 'campaign')) blockers.push('budget')
  return {
    settings, context, spec, ...texts, counts: found.counts, countries: found.countries, recent: found.recent, namelessPosition: found.nameless, groups: found.groups,
    measured, findings, batches, estimatedEnd: batches.at(-1)?.opensAt, proposal: proposedStart(draft.time_zone, context.now), closedCountries: closed,
    windows, spentToday, perSecond: config.sending.perSecond, budget, blockers,
  }
}

/** What can be said of a draft's texts without knowing anybody who gets them. */
export function inspectTexts(
  config: Pick<Config, 'linkUrl'>,
  context: Inspection['context'],
  draft: Pick<Draft, 'texts' | 'stop_text' | 'created_by_name'>,
): Pick<Inspection, 'compiled' | 'shared' | 'findings'> {
  const compiled = compileTexts(draft.texts, { stopText: draft.stop_text })
  const shared: SharedValues = { agency: context.agency, recruiter: draft.created_by_name, link: linkFor(config, SAMPLE_CODE), stop: draft.stop_text }
  const findings = LANGUAGES.filter((language) => language === context.language || compiled.has(language)).flatMap((language) =>
    lintText(draft.texts[language] ?? '', { stopText: draft.stop_text, agencyNames: [context.name, context.agency], isMass: true }).map((finding) => ({ ...finding, language })),
  )
  return { compiled, shared, findings }
}
