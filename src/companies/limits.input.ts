import { z } from 'zod'
import type { Language } from '../words/define.ts'
import { LIMIT_NAMES, ruleOf, type LimitFault, type LimitName, type Limits } from './limits.domain.ts'
import { SETTINGS } from './settings.ts'

/** The number of the newest change that the form knew of. */
export const mark = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).catch(0)

export type LimitsForm = {
  mark: number
  /** What was typed, as typed; a setting that the form did not send is missing. */
  typed: Partial<Record<LimitName, string>>
  /** Of those, what could be read. */
  values: Partial<Limits>
  toDefault: LimitName[]
  faults: LimitFault[]
}

export function readLimits(body: unknown, language: Language): LimitsForm {
  const fields = (body ?? {}) as Record<string, unknown>
  const toDefault = LIMIT_NAMES.filter((name) => [fields['default']].flat().includes(name))
  const form: LimitsForm = { mark: mark.parse(fields['mark']), typed: {}, values: {}, toDefault, faults: [] }
  for (const name of LIMIT_NAMES) {
    const sent = fields[name]
    if (typeof sent !== 'string') continue
    form.typed[name] = sent.slice(0, 60)
    const value = toDefault.includes(name) ? SETTINGS[name].default : readValue(name, sent, language)
    if (typeof value === 'object' && value !== null) form.faults.push({ name, reason: value.reason })
    else Object.assign(form.values, { [name]: value })
  }
  return form
}

type Fault = { reason: LimitFault['reason'] }

function readValue(name: LimitName, typed: string, language: Language): number | string | null | Fault {
  const rule = ruleOf(name)
  if (rule.kind === 'choice') return rule.options.includes(typed) ? typed : { reason: 'choice' }
  if (typed.trim() === '') return rule.isOptional ? null : { reason: 'missing' }
  const value = readWholeNumber(typed, language)
  if (value === undefined) return { reason: 'not_number' }
  return value >= rule.min && value <= rule.max ? value : { reason: 'range' }
}

/**
 * « 25 000 » everywhere, “25,000” only in English: to a French reader that is twenty-five. Undefined: no whole number.
 */
export function readWholeNumber(typed: string, language: Language): number | undefined {
  const text = typed.normalize('NFKC').trim()
  const isGrouped = language === 'en' ? /^\d{1,3}(?:[ ,]\d{3})+$/ : /^\d{1,3}(?: \d{3})+$/
  if (!/^-?\d{1,12}$/.test(text) && !isGrouped.test(text)) return undefined
  return Number(text.replace(/[ ,]/g, ''))
}

export const changesQuery = z.object({
  after: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional().catch(undefined),
  name: z.string().regex(/^[\w.]{1,60}$/).optional().catch(undefined),
})
