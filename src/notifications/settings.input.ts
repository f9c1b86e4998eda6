import { z } from 'zod'
import { CHANNELS, NEWS_KINDS, type Channel, type Choices, type NewsKind } from './domain.ts'

export type ChoiceFault = { field: 'digest1' | 'digest2' | 'workDays' | 'workUntil' | `channel_${NewsKind}`; fault: 'missing' | 'same' | 'order' | 'unknown' }

/** What was typed, as far as the form can show it again. */
export type TypedChoices = { channels: Record<NewsKind, string>; digest1: string; digest2: string; isQuiet: boolean; workDays: string[]; workFrom: string; workUntil: string }
export type ReadChoices = { typed: TypedChoices; version: number; faults: ChoiceFault[]; choices: Choices }

const text = z.string().max(40).catch('')
const body = z.looseObject({
  version: z.coerce.number().int().min(0).max(2_000_000_000).catch(-1),
  digest1: text, digest2: text, quiet: text, workFrom: text, workUntil: text,
  workDays: z.union([z.array(z.string()), z.string().transform((one) => [one])]).catch([]),
})

export function readChoices(given: unknown): ReadChoices {
  const form = body.parse(given !== null && typeof given === 'object' ? given : {})
  const channels = Object.fromEntries(NEWS_KINDS.map((kind) => [kind, text.parse(form[`channel_${kind}`])])) as TypedChoices['channels']
  const typed: TypedChoices = { channels, digest1: form.digest1, digest2: form.digest2, isQuiet: form.quiet === 'on', workDays: form.workDays.slice(0, 10), workFrom: form.workFrom, workUntil: form.workUntil }
  const digest1 = hour(typed.digest1, 0, 23)
  const digest2 = hour(typed.digest2, 0, 23)
  const workFrom = hour(typed.workFrom, 0, 23)
  const workUntil = hour(typed.workUntil, 1, 24)
  const workDays = [...new Set(typed.workDays.map(Number))].filter((day) => Number.isInteger(day) && day >= 1 && day <= 7).sort()
  const faults: ChoiceFault[] = NEWS_KINDS.filter((kind) => !isChannel(channels[kind])).map((kind) => ({ field: `channel_${kind}`, fault: 'unknown' }))
  if (digest1 === undefined) faults.push({ field: 'digest1', fault: 'missing' })
  if (typed.digest2 !== '' && digest2 === undefined) faults.push({ field: 'digest2', fault: 'unknown' })
  if (digest1 !== undefined && digest1 === digest2) faults.push({ field: 'digest2', fault: 'same' })
  if (workDays.length === 0) faults.push({ field: 'workDays', fault: 'missing' })
  if (workFrom === undefined || workUntil === undefined || workFrom >= workUntil) faults.push({ field: 'workUntil', fault: 'order' })
  const digestHours = [digest1 ?? 8, ...(digest2 === undefined ? [] : [digest2])].sort((a, b) => a - b)
  const choices: Choices = { channels: channels as Choices['channels'], digestHours, isQuiet: typed.isQuiet, workDays, workFrom: workFrom ?? 8, workUntil: workUntil ?? 19 }
  return { typed, version: form.version, faults, choices }
}

export function typedFrom({ channels, digestHours, isQuiet, workDays, workFrom, workUntil }: Choices): TypedChoices {
  return { channels, digest1: String(digestHours[0]), digest2: digestHours[1] === undefined ? '' : String(digestHours[1]), isQuiet, workDays: workDays.map(String), workFrom: String(workFrom), workUntil: String(workUntil) }
}

function hour(typed: string, from: number, to: number): number | undefined {
  const value = /^\d{1,2}$/.test(typed) ? Number(typed) : Number.NaN
  return value >= from && value <= to ? value : undefined
}

function isChannel(value: string): value is Channel {
  return (CHANNELS as readonly string[]).includes(value)
}
