import { z } from 'zod'
import type { Audience } from '../candidates/domain.ts'
import { decodeCursor, isCount } from '../core/paging.ts'
import { EXCLUSION_REASONS } from '../consent/domain.ts'
import { normaliseText } from '../message-templates/merge.ts'
import { rowId } from '../web/ids.ts'
import { LANGUAGES } from '../words/define.ts'
import { hasPlan, readPlan, readReminderTexts, type TypedPlan } from './closing.input.ts'
import { readChoices } from './codes.input.ts'
import { COMMENT_LENGTH, MESSAGE_LENGTH, REASON_LENGTH } from './domain.ts'
import type { DraftForm } from './drafts.commands.ts'
import { USUAL_REMINDER } from './reminders.domain.ts'
import { proposedStart } from './schedule.domain.ts'
import { readStart, START_FIELD_LENGTH, type TypedSchedule } from './schedule.input.ts'
import { readTold } from './told.input.ts'

const line = (longest: number) => z.string().transform((text) => normaliseText(text).replace(/\s+/g, ' ').slice(0, longest)).catch('')
const word = z.string().catch('')
const whole = z.string().transform((text) => text.replace(/[\s\u00a0\u202f.]/g, '')).pipe(z.string().regex(/^\d{1,9}$/)).transform(Number)

export type DraftFormResult = DraftForm & {
  /** Which button was pressed. */
  action: 'save' | 'check' | 'plain_letters' | 'propose' | 'restore'
  /** What the limit field held when it was no number from 1 to the company's limit. */
  badLimit: string | undefined
  /** The default that the limit field was made with. */
  limitDefault: string
  /** The box that texts people over a refusal was ticked without saying why. */
  lacksReason: boolean
  /** The schedule as it was typed, when it cannot be kept. */
  badSchedule: TypedSchedule | undefined
  /** The same for what is planned about the answers. */
  badAnswers: TypedPlan | undefined
  at: number
}

/** What a draft's form is read against: the clock, the zone of the campaign and the company's limit. */
export type DraftGround = { now: Date; zone: string; mostRecipients: number }

/** The form on a record says that the message is for that person alone. */
export function readIsSingle(body: unknown, audience: Audience): boolean {
  return audience.mode === 'selected' && audience.ids.length === 1 && z.object({ single: word }).parse(body ?? {}).single === '1'
}

const draftFields = z.object({
  version: whole.catch(0),
  name: line(200),
  availability: word,
  template: word,
  sender: word,
  limit: word,
  /** What the field held when the page was made: left alone, it means "no limit of its own". */
  limit_default: word,
  comment: z.string().transform((text) => normaliseText(text).slice(0, COMMENT_LENGTH)).catch(''),
  comment_box: word,
  with_comment: word,
  ignore_box: word,
  ignore: word,
  ignore_reason: line(REASON_LENGTH),
  starts: word,
  start_on: word,
  start_time: word,
  weekends: word,
  action: z.enum(['save', 'check', 'plain_letters', 'propose', 'restore']).catch('save'),
  at: whole.catch(1),
})

export function readDraft(body: unknown, ground: DraftGround): DraftFormResult {
  const form = draftFields.parse(body ?? {})
  const fields = (body ?? {}) as Record<string, unknown>
  const limit = whole.safeParse(form.limit)
  const isUnset = form.limit.trim() === '' || form.limit.trim() === form.limit_default
  const isBad = !isUnset && !(limit.success && limit.data > 0 && limit.data <= ground.mostRecipients)
  return {
    version: form.version,
    name: form.name,
    kind: form.availability === 'on' ? 'availability' : 'simple',
    templateId: rowId.safeParse(form.template).data ?? null,
    senderId: rowId.safeParse(form.sender).data ?? null,
    limitTo: isBad ? 'keep' : isUnset || !limit.success ? null : limit.data,
    limitDefault: form.limit_default.trim(),
    badLimit: isBad ? form.limit.slice(0, 40) : undefined,
    ...readSchedule(form, ground),
    // The field is there whether or not its box is ticked; a form without the box has only the field.
    internalComment: form.comment_box !== '' && form.with_comment !== 'on' ? '' : form.comment,
    ...readOverride(form),
    texts: Object.fromEntries(LANGUAGES.map((language) => {
      const text = fields[`text_${language}`]
      return [language, typeof text === 'string' ? normaliseText(text).slice(0, MESSAGE_LENGTH) : '']
    })),
    codes: readChoices(body),
    told: readTold(body),
    ...readAnswers(body, ground),
    action: form.action,
    at: form.at,
  }
}

/** A message to one person, and a form older than these fields, leave them alone. */
function readAnswers(body: unknown, ground: DraftGround): Pick<DraftFormResult, 'answers' | 'reminderTexts' | 'badAnswers'> {
  if (!hasPlan(body)) return { answers: undefined, reminderTexts: undefined, badAnswers: undefined }
  const read = readPlan(body, ground)
  return { answers: read.ok ? read.plan : undefined, reminderTexts: readReminderTexts(body, USUAL_REMINDER), badAnswers: read.ok ? undefined : read.typed }
}

/** A form without the box leaves it as it is; a box without a reason is none, and is told. */
function readOverride(form: z.infer<typeof draftFields>): Pick<DraftFormResult, 'overrideReason' | 'lacksReason'> {
  if (form.ignore_box === '') return { lacksReason: false }
  if (form.ignore !== 'on') return { overrideReason: null, lacksReason: false }
  return { ...(form.ignore_reason === '' ? { overrideReason: null } : { overrideReason: form.ignore_reason }), lacksReason: form.ignore_reason === '' }
}

/** A form without the radios, from a page older than they are, leaves the schedule alone. */
function readSchedule(form: z.infer<typeof draftFields>, { now, zone }: DraftGround): Pick<DraftFormResult, 'schedule' | 'badSchedule'> {
  const startsNow = form.starts === 'now'
  if (!startsNow && form.starts !== 'later') return { schedule: 'keep', badSchedule: undefined }
  const allowWeekends = form.weekends === 'on'
  const fields = { on: form.start_on.slice(0, START_FIELD_LENGTH), time: form.start_time.slice(0, START_FIELD_LENGTH) }
  const read = form.action === 'propose' ? { ok: true as const, start: proposedStart(zone, now) } : readStart(fields, zone, now)
  if (read.ok) return { schedule: { startsNow: startsNow && form.action !== 'propose', start: read.start, allowWeekends }, badSchedule: undefined }
  // Sent at once, the fields below do not matter.
  if (startsNow) return { schedule: { startsNow, start: 'keep', allowWeekends }, badSchedule: undefined }
  return { schedule: 'keep', badSchedule: { startsNow, fields, allowWeekends, problems: read.problems } }
}

export const previewQuery = z.object({ at: whole.catch(1), view: z.enum(['sms', 'page']).catch('sms') })

export const testForm = z.object({ mobile: line(60), version: whole.catch(0) })

export const launchForm = z.object({
  version: whole,
  launch_key: z.uuid(),
  recipients: whole,
  typed: z.string().transform((text) => text.replace(/[\s\u00a0\u202f]/g, '')).catch(''),
  checked: word,
})

const cursorText = z.string().max(400).optional().catch(undefined)

export const audienceQuery = z.object({
  reason: z.enum([...EXCLUSION_REASONS, 'recipients']).catch('recipients'),
  /** The rank of the last row shown, and how many rows were shown. */
  after: cursorText.transform((text) => {
    const [rank, offset] = decodeCursor(text, 2) ?? []
    return isCount(rank) && isCount(offset) ? { rank, offset } : { rank: 0, offset: 0 }
  }),
})
