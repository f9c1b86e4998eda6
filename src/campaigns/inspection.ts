import { getSettings } from '../companies/queries.ts'
import type { Settings } from '../companies/settings.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { linkFor, CODE_LENGTH } from '../links/codes.ts'
import type { Config } from '../config.ts'
import { lintText, MOST_SEGMENTS, type LintFinding } from '../message-templates/lint.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import { specFor, type AudienceCounts, type AudienceSpec } from './audience.domain.ts'
import { getAudience, type AudienceGroup } from './audience.queries.ts'
import { compileTexts, measureGroups, usedFields, type CompiledTexts, type Measured, type SharedValues } from './message.domain.ts'
import { getSendingContext, type Campaign } from './queries.ts'

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
  /** What stops the sending. */
  blockers: ('sms_off' | 'nobody' | 'text' | 'incomplete')[]
}

/** Everything a person should know of a draft before it is sent; the launch asks the same again. */
export async function inspectDraft(db: Db, config: Pick<Config, 'linkUrl'>, scope: CompanyScope, draft: Pick<Campaign, 'audience' | 'limit_to' | 'texts' | 'stop_text' | 'created_by_name'>): Promise<Inspection> {
  const settings = await getSettings(db, scope)
  const context = await getSendingContext(db, scope)
  const spec = specFor(draft, settings, context.language)
  const compiled = compileTexts(draft.texts, { stopText: draft.stop_text })
  const shared: SharedValues = { agency: context.agency, recruiter: draft.created_by_name, link: linkFor(config, SAMPLE_CODE), stop: draft.stop_text }
  const found = await getAudience(db, scope, spec, { fields: usedFields(compiled), recentDays: settings['campaign.recent_contact_days'] })
  const measured = measureGroups(compiled, found.groups, shared)

  const findings = LANGUAGES.filter((language) => language === context.language || compiled.has(language)).flatMap((language) =>
    lintText(draft.texts[language] ?? '', { stopText: draft.stop_text, agencyNames: [context.name, context.agency], isMass: true }).map((finding) => ({ ...finding, language })),
  )
  const segments = measured.longest?.measure.segments ?? 0
  if (segments > MOST_SEGMENTS) findings.push({ rule: 'too_long', level: 'error', detail: String(segments), language: context.language })

  const blockers: Inspection['blockers'] = []
  if (!context.can_send_sms) blockers.push('sms_off')
  if (found.counts.recipients === 0) blockers.push('nobody')
  if (findings.some((finding) => finding.level === 'error')) blockers.push('text')
  if (measured.incompletePeople > 0) blockers.push('incomplete')
  return {
    settings, context, spec, compiled, shared, counts: found.counts, countries: found.countries, recent: found.recent, namelessPosition: found.nameless, groups: found.groups,
    measured, findings, blockers,
  }
}
