/** The fields about answers, as people type them: on a draft and on a campaign that is under way. */
import { z } from 'zod'
import { normaliseText } from '../message-templates/merge.ts'
import { LANGUAGES } from '../words/define.ts'
import { NO_PLAN, REMINDER_HOURS, USUAL_REMINDERS, WAVE_WAITS, type AnswerPlan } from './closing.domain.ts'
import { MESSAGE_LENGTH } from './domain.ts'
import type { Texts } from './queries.ts'
import { readStart, START_FIELD_LENGTH, type StartProblem } from './schedule.input.ts'

/** What the fields held, so that nothing typed is lost. */
export type PlanFields = {
  closing: 'usual' | 'date'
  on: string
  time: string
  yes: string
  remind: 'off' | '24' | '48' | 'other'
  hours: string
  waves: boolean
  size: string
  wait: string
}

export type PlanProblem = { field: 'close_on' | 'close_time'; start: StartProblem } | { field: 'close_yes' | 'remind_hours' | 'wave_size' }

export type TypedPlan = { fields: PlanFields; problems: PlanProblem[] }

export type ReadPlan = { ok: true; plan: AnswerPlan } | { ok: false; typed: TypedPlan }

const typed = z.string().transform((text) => text.slice(0, START_FIELD_LENGTH)).catch('')

const planFields = z.object({
  closing: z.enum(['usual', 'date']).catch('usual'), close_on: typed, close_time: typed, close_yes: typed,
  remind: z.enum(['off', '24', '48', 'other']).catch('off'), remind_hours: typed,
  waves: z.unknown().optional().transform((value) => value === 'on'), wave_size: typed, wave_wait: typed,
})

/** A form that is older than these fields leaves what they say alone. */
export function hasPlan(body: unknown): boolean {
  return z.object({ answers_box: z.literal('1') }).safeParse(body ?? {}).success
}

export function readPlan(body: unknown, { zone, now }: { zone: string; now: Date }): ReadPlan {
  const form = planFields.parse(body ?? {})
  const fields: PlanFields = {
    closing: form.closing, on: form.close_on, time: form.close_time, yes: form.close_yes, remind: form.remind, hours: form.remind_hours, waves: form.waves, size: form.wave_size, wait: form.wave_wait,
  }
  const problems: PlanProblem[] = []
  const plan: AnswerPlan = { ...NO_PLAN }
  if (form.closing === 'date') {
    const read = readStart({ on: form.close_on, time: form.close_time }, zone, now)
    if (read.ok) Object.assign(plan, { closeOn: read.start.on, closeTime: read.start.time })
    else problems.push(...read.problems.map((start) => ({ field: start.field === 'on' ? 'close_on' as const : 'close_time' as const, start })))
  }
  if (form.close_yes.trim() !== '') plan.closeAtYes = wholeOr(form.close_yes, 1, 1_000_000, () => problems.push({ field: 'close_yes' }))
  if (form.remind === 'other') plan.remindAfterHours = wholeOr(form.remind_hours, REMINDER_HOURS.least, REMINDER_HOURS.most, () => problems.push({ field: 'remind_hours' }))
  else if (form.remind !== 'off') plan.remindAfterHours = USUAL_REMINDERS.find((hours) => String(hours) === form.remind) ?? null
  if (form.waves) {
    plan.waveSize = wholeOr(form.wave_size, 1, 1_000_000, () => problems.push({ field: 'wave_size' }))
    plan.waveMinutes = WAVE_WAITS.find((minutes) => String(minutes) === form.wave_wait) ?? 60
  }
  return problems.length > 0 ? { ok: false, typed: { fields, problems } } : { ok: true, plan }
}

/** The words of the second text; the usual ones, left as they are, stay the usual ones. */
export function readReminderTexts(body: unknown, usual: Texts): Texts {
  const fields = (body ?? {}) as Record<string, unknown>
  return Object.fromEntries(LANGUAGES.flatMap((language) => {
    const text = fields[`reminder_${language}`]
    const plain = typeof text === 'string' ? normaliseText(text).slice(0, MESSAGE_LENGTH).trim() : ''
    return plain === '' || plain === usual[language] ? [] : [[language, plain] as const]
  }))
}

function wholeOr(text: string, least: number, most: number, refuse: () => void): number | null {
  const plain = text.replace(/[\s\u00a0\u202f]/g, '')
  const value = /^\d{1,7}$/.test(plain) ? Number(plain) : Number.NaN
  if (value >= least && value <= most) return value
  refuse()
  return null
}
