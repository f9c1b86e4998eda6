import { getSettings } from '../companies/queries.ts'
import type { Sender } from '../companies/senders.domain.ts'
import { listPoolOf } from '../companies/senders.queries.ts'
import { windowRules } from '../companies/sending-rules.ts'
import type { Settings } from '../companies/settings.ts'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { linkFor, SAMPLE_CODE } from '../links/codes.ts'
import type { Config } from '../config.ts'
import { lintText, MOST_SEGMENTS, type LintFinding } from '../message-templates/lint.ts'
import { FIELD_NAMES } from '../message-templates/merge.ts'
import type { WindowRules } from '../sms/windows.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import { specFor, type AudienceCounts, type AudienceSpec } from './audience.domain.ts'
import { getAudience, type AudienceGroup, type AudienceLook, type AudiencePerson, type Overlap } from './audience.queries.ts'
import { missingCodes, type ChosenCodes, type MissingCode } from './codes.domain.ts'
import { findChosen } from './codes.queries.ts'
import type { PlanFault } from './closing.domain.ts'
import { answerFaults, budgetFindings, closedCountries, openingIn, planOf, rulesOf, withCosts, type Blocker, type BudgetFinding, type PlannedBatch } from './launch.domain.ts'
import { findSpentToday } from './launch.queries.ts'
import { compileTexts, measureGroups, usedFields, voicesOf, type CompiledTexts, type Measured, type SharedValues, type Voices, type CodeValues } from './message.domain.ts'
import { getSendingContext, type Campaign } from './queries.ts'
import { reminderTextsOf } from './reminders.domain.ts'
import { asksForReply } from './replies.domain.ts'
import { proposedStart, type Start } from './schedule.domain.ts'

export type Inspection = {
  settings: Settings
  context: Awaited<ReturnType<typeof getSendingContext>>
  spec: AudienceSpec
  /** Of the pool that was picked; none when it is out of use. */
  senders: Sender[]
  /** The text as the pool's first sender closes it; `voices` has them all. */
  compiled: CompiledTexts
  shared: SharedValues
  /** What was picked for the text to refer to, and what of it stands against the sending. */
  chosen: ChosenCodes
  missing: MissingCode[]
  voices: Voices
  counts: AudienceCounts
  countries: Record<string, number>
  /** Recipients whose box is not ticked, texted all the same; and people left out of whom somebody with the right might say so. */
  overridden: number
  overridable: number
  /** Recipients texted within the last days of `campaign.recent_contact_days`. */
  recent: number
  namelessPosition: number | null
  groups: AudienceGroup[]
  /** People that were asked for by their places. */
  members: AudiencePerson[]
  /** Campaigns that reach mostly the same people, where that was asked. */
  overlaps: Overlap[]
  measured: Measured
  findings: (LintFinding & { language: Language })[]
  /** Words that invite to an answer by SMS, although some sender of the pool receives none. */
  replyWords: string[]
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
  /** What keeps the plan for the answers from being carried out. */
  answerFaults: PlanFault[]
  /** The second text, where one is planned: what it costs if nobody answers at all. */
  reminder: (Pick<Inspection, 'compiled' | 'voices' | 'findings' | 'missing'> & { measured: Measured }) | undefined
  /** What stops the sending. */
  blockers: Blocker[]
}

type Draft = Pick<Campaign, 'audience' | 'limit_to' | 'sender_id' | 'override_reason' | 'is_single' | 'is_test' | 'texts' | 'codes' | 'stop_text' | 'created_by_name' | 'starts' | 'start_on' | 'start_time' | 'time_zone' | 'allow_weekends' | 'close_on' | 'close_time' | 'close_at_yes' | 'remind_after_hours' | 'wave_size' | 'wave_minutes' | 'reminder_texts'>

/** Which people a page shows; and of which campaign it is the last look. */
type Wanted = Pick<AudienceLook, 'places'> & { checkOf?: number | undefined }

/** Everything a person should know of a draft before it is sent; the launch asks the same again. */
export async function inspectDraft(db: Db, config: Pick<Config, 'linkUrl' | 'sending'>, scope: CompanyScope, draft: Draft, wanted: Wanted = { places: [] }): Promise<Inspection> {
  const settings = await getSettings(db, scope)
  const context = await getSendingContext(db, scope)
  const senders = await listPoolOf(db, scope, draft.sender_id)
  const spec = specFor(draft, settings, { ...context, senders })
  const texts = inspectTexts(config, context, draft, senders, await findChosen(db, scope, draft.codes))
  const second = inspectReminder(config, context, draft, senders, texts.chosen)
  const found = await getAudience(db, scope, spec, {
    fields: new Set([...usedFields(texts.compiled), ...(second ? usedFields(second.compiled) : [])]), recentDays: settings['campaign.recent_contact_days'], batches: rulesOf(settings, draft),
    look: { places: wanted.places, last: wanted.checkOf === undefined ? undefined : { campaignId: wanted.checkOf, days: settings['campaign.recent_contact_days'] } },
  })
  const measured = measureGroups(texts.voices, found.groups)
  const findings = [...texts.findings]
  const segments = measured.longest?.measure.segments ?? 0
  if (segments > MOST_SEGMENTS) findings.push({ rule: 'too_long', level: 'error', detail: String(segments), language: context.language })

  const windows = windowRules(settings, context.time_zone)
  const plan = planOf(found.counts.recipients, draft, settings, context.now, openingIn(context.country, windows))
  const batches = withCosts(plan ?? [], measured.segmentsPerBatch, context.country, windows)
  const spentToday = await findSpentToday(db, scope)
  const budget = budgetFindings(settings, measured.totalSegments, batches, spentToday)
  const reminder = second && { ...second, measured: measureGroups(second.voices, found.groups) }
  const faults = [
    ...answerFaults(draft, { recipients: found.counts.recipients, yes: 0, now: context.now, batches, settings }),
    ...(reminder && !isSendable(reminder) ? ['remind_text' as const] : []),
  ]
  const closed = batches[0] ? closedCountries(found.countries, windows, batches[0].dueAt) : []

  const blockers: Blocker[] = draft.is_test ? ['test'] : []
  if (!context.can_send_sms) blockers.push('sms_off')
  if (senders.length === 0) blockers.push('no_sender')
  if (found.counts.recipients === 0) blockers.push('nobody')
  if (findings.some((finding) => finding.level === 'error')) blockers.push('text')
  if (measured.incompletePeople > 0) blockers.push('incomplete')
  if (texts.missing.length > 0) blockers.push('codes')
  if (plan === undefined) blockers.push('past')
  if (closed.length > 0) blockers.push('no_opening')
  if (budget.some(({ kind }) => kind === 'campaign')) blockers.push('budget')
  if (faults.length > 0) blockers.push('answers')
  return {
    settings, context, senders, spec, ...texts, counts: found.counts, countries: found.countries, overridden: found.overridden, overridable: found.overridable, recent: found.recent, namelessPosition: found.nameless, groups: found.groups, members: found.members, overlaps: found.overlaps,
    measured, findings, batches, estimatedEnd: batches.at(-1)?.opensAt, proposal: proposedStart(draft.time_zone, context.now), closedCountries: closed,
    windows, spentToday, perSecond: config.sending.perSecond, budget, answerFaults: faults, reminder, blockers,
  }
}

/** Whether words may leave for everybody they are meant for. */
function isSendable({ findings, missing, measured }: Pick<Inspection, 'findings' | 'missing' | 'measured'>): boolean {
  return !findings.some(({ level }) => level === 'error') && missing.length === 0 && measured.incompletePeople === 0 && (measured.longest?.measure.segments ?? 0) <= MOST_SEGMENTS
}

type Second = Parameters<typeof inspectTexts>[2] & Pick<Draft, 'remind_after_hours' | 'reminder_texts'>

/** The same of the words of the reminder; undefined where none is planned. */
function inspectReminder(config: Pick<Config, 'linkUrl'>, context: Inspection['context'], draft: Second, senders: readonly Sender[], chosen: ChosenCodes): ReturnType<typeof inspectTexts> | undefined {
  return draft.remind_after_hours === null ? undefined : inspectTexts(config, context, { ...draft, texts: reminderTextsOf(draft, context.language) }, senders, chosen)
}

export function hasBadReminder(...given: Parameters<typeof inspectReminder>): boolean {
  const second = inspectReminder(...given)
  return second !== undefined && (second.missing.length > 0 || second.findings.some(({ level }) => level === 'error'))
}

/** What can be said of a draft's texts without knowing anybody who gets them. `senders`: of its pool. */
export function inspectTexts(
  config: Pick<Config, 'linkUrl'>,
  context: Inspection['context'],
  draft: Pick<Draft, 'texts' | 'sender_id' | 'stop_text' | 'created_by_name' | 'is_single'>,
  senders: readonly Sender[],
  chosen: ChosenCodes,
): Pick<Inspection, 'compiled' | 'shared' | 'voices' | 'findings' | 'replyWords' | 'chosen' | 'missing'> {
  const stopText = (senders.find(({ id }) => id === draft.sender_id) ?? senders[0])?.stop_text ?? draft.stop_text
  const compiled = compileTexts(draft.texts, { stopText })
  const link = linkFor(config, SAMPLE_CODE)
  const shared: SharedValues = { agency: context.agency, recruiter: draft.created_by_name, link, stop: stopText, ...codeValues(chosen, link, context.language) }
  const languages = LANGUAGES.filter((language) => language === context.language || compiled.has(language))
  const findings = new Map<string, Inspection['findings'][number]>()
  for (const language of languages) {
    for (const words of new Set([stopText, ...senders.map(({ stop_text }) => stop_text)])) {
      const found = lintText(draft.texts[language] ?? '', { stopText: words, agencyNames: [context.name, context.agency], isMass: !draft.is_single })
      for (const finding of found) findings.set(`${language} ${finding.rule} ${finding.detail}`, { ...finding, language })
    }
  }
  // Nobody may be invited to answer where an answer goes nowhere.
  const isMute = senders.some(({ can_receive }) => !can_receive)
  return {
    compiled, shared, chosen, missing: missingCodes(usedFields(compiled), chosen), voices: voicesOf(draft.texts, shared, senders), findings: [...findings.values()],
    replyWords: isMute ? languages.flatMap((language) => asksForReply(draft.texts[language] ?? '') ?? []) : [],
  }
}

/** Every link is as long as the sample. What is still to be picked stands as its field, so that nobody takes a hole for a text. */
function codeValues({ job }: ChosenCodes, link: string, language: Language): CodeValues {
  const names = FIELD_NAMES[language]
  return { campaign_page: link, join_network: link, career_page: link, job_url: link, job_title: job?.title ?? `{${names.job_title}}`, job_reference: job?.reference ?? `{${names.job_reference}}` }
}
