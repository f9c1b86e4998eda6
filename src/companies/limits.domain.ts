/** Which settings one page edits, in which groups, and what makes their values impossible. Pure. */
import { z } from 'zod'
import { SETTINGS, type SettingName, type Settings } from './settings.ts'

/** In the order of the page. A setting stands here or in EDITED_ELSEWHERE. */
export const LIMIT_GROUPS = {
  campaigns: ['campaign.recipient_limit', 'campaign.immediate_up_to', 'campaign.typed_confirmation_from', 'campaign.undo_seconds'],
  batches: ['campaign.first_batch_size', 'campaign.next_batch_size'],
  contacts: ['sms.min_hours_between', 'campaign.recent_contact_days'],
  budgets: ['budget.campaign_segments', 'budget.day_segments'],
  suspension: ['suspension.percent', 'suspension.last', 'suspension.min_finals', 'suspension.refused_from_start'],
  answers: ['campaign.open_days', 'link.days_after_closing', 'link.test_days', 'reply.window_days', 'stop.confirmation', 'landing.tomorrow_from_hour', 'landing.latest_start_months', 'landing.after_closing'],
  security: ['auth.second_factor', 'sms.tests_per_hour'],
  retention: ['retention.bodies_days', 'retention.answers_months', 'retention.candidates_months', 'retention.journal_months', 'retention.webhooks_days', 'retention.mails_days'],
} as const satisfies Record<string, readonly SettingName[]>

export type LimitGroup = keyof typeof LIMIT_GROUPS
export type LimitName = (typeof LIMIT_GROUPS)[LimitGroup][number]
export type Limits = Pick<Settings, LimitName>

/** Settings that another page edits, and which. */
export const EDITED_ELSEWHERE = {
  'sms.allowed_countries': 'countries', 'sms.prices': 'countries', 'sms.currency': 'countries',
  'sms.block_lists': 'countries', 'sms.lifted_destinations': 'countries', 'sms.blocked_destinations': 'countries',
  'sms.windows': 'hours', 'sms.window_zone': 'hours',
} as const satisfies Partial<Record<SettingName, string>>

export const GROUP_IDS = Object.keys(LIMIT_GROUPS) as LimitGroup[]
export const LIMIT_NAMES: readonly LimitName[] = GROUP_IDS.flatMap((group) => LIMIT_GROUPS[group])

export type LimitRule = { kind: 'number'; min: number; max: number; isOptional: boolean } | { kind: 'choice'; options: readonly string[] }

/** What may be typed, read from the setting itself. */
export function ruleOf(name: LimitName): LimitRule {
  const schema: z.ZodType = SETTINGS[name].schema
  if (schema instanceof z.ZodEnum) return { kind: 'choice', options: schema.options as string[] }
  const isOptional = schema instanceof z.ZodNullable
  const inner = isOptional ? schema.unwrap() : schema
  if (!(inner instanceof z.ZodNumber)) throw new Error(`${name} is neither a number nor a choice`)
  return { kind: 'number', min: inner.minValue ?? 0, max: inner.maxValue ?? Number.MAX_SAFE_INTEGER, isOptional }
}

export type LimitFault = { name: LimitName; reason: 'missing' | 'not_number' | 'range' | 'choice' | 'finals_over_last' | 'first_over_limit' | 'campaign_over_day' }

/** Values that fit each by itself but not together. */
export function crossFaults(limits: Limits): LimitFault[] {
  const faults: LimitFault[] = []
  if (limits['suspension.min_finals'] > limits['suspension.last']) faults.push({ name: 'suspension.min_finals', reason: 'finals_over_last' })
  if (limits['campaign.first_batch_size'] > limits['campaign.recipient_limit']) faults.push({ name: 'campaign.first_batch_size', reason: 'first_over_limit' })
  const [campaign, day] = [limits['budget.campaign_segments'], limits['budget.day_segments']]
  if (campaign !== null && day !== null && campaign > day) faults.push({ name: 'budget.campaign_segments', reason: 'campaign_over_day' })
  return faults
}

/** The other setting of a fault that two of them make together. */
export const PARTNER_OF = {
  finals_over_last: 'suspension.last', first_over_limit: 'campaign.recipient_limit', campaign_over_day: 'budget.day_segments',
} as const satisfies Partial<Record<LimitFault['reason'], LimitName>>

/** Groups whose lowering running campaigns feel at once, and those that only count for what is launched later. */
const EFFECT_OF: Partial<Record<LimitGroup, 'planned' | 'now'>> = { campaigns: 'planned', batches: 'planned', contacts: 'now', budgets: 'now', suspension: 'now' }

/** What changed settings mean for campaigns that are under way. */
export function effectsOf(names: readonly LimitName[]): ('planned' | 'now')[] {
  const groups = GROUP_IDS.filter((group) => LIMIT_GROUPS[group].some((name) => names.includes(name)))
  return [...new Set(groups.flatMap((group) => EFFECT_OF[group] ?? []))]
}
