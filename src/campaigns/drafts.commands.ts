import { isDeepStrictEqual } from 'node:util'
import { requireVisibleAudience } from '../candidates/access.ts'
import type { Audience } from '../candidates/domain.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import { getSettings, listSenders } from '../companies/queries.ts'
import { listPoolOf } from '../companies/senders.queries.ts'
import type { Deps } from '../deps.ts'
import { CAMPAIGN_KINDS, sameTexts } from '../message-templates/domain.ts'
import { normaliseText } from '../message-templates/merge.ts'
import { findPublishedTemplate, listPublishedTemplates, type TemplateTexts } from '../message-templates/queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { LANGUAGES } from '../words/define.ts'
import { listRecentlyTexted } from './audience.queries.ts'
import { mayOverride, mayReach, specFor } from './audience.domain.ts'
import { planOfAnswers, type AnswerPlan } from './closing.domain.ts'
import { choicesAfter } from './codes.commands.ts'
import { NO_CHOICES } from './codes.domain.ts'
import type { TypedChoices } from './codes.input.ts'
import { updateChoices } from './codes.queries.ts'
import { keepPrevious } from './previous.commands.ts'
import { proposedStart, type Start } from './schedule.domain.ts'
import { followersFrom, markOf } from './told.domain.ts'
import { listColleagues } from './told.queries.ts'
import { CAMPAIGN_NAME_LENGTH, COMMENT_LENGTH, MESSAGE_LENGTH, REASON_LENGTH, type CampaignKind } from './domain.ts'
import { getSendingContext, insertDraft, lockCampaign, recordEvent, removeDraft, startOf, updateDraft, updateDraftAudience, type DraftStart, type Texts } from './queries.ts'

/** A draft for an audience, with the template used last already in it; of a kind that was asked for, without any. `isTest`: made with a test key. */
export async function createDraft(
  deps: Pick<Deps, 'db'>,
  viewer: Viewer,
  draft: { name: string; audience: Audience; isSingle?: boolean; kind?: CampaignKind; isTest?: boolean },
): Promise<Outcome<{ id: number }, 'sms_off' | 'no_sender' | 'list_forbidden' | 'nobody'>> {
  const { scope } = viewer
  if (!viewer.company.canSendSms) return refused('sms_off')
  if (!mayReach(draft.audience, viewer.privileges)) return refused('list_forbidden')
  if (draft.audience.mode === 'selected' && draft.audience.ids.length === 0) return refused('nobody')
  await requireVisibleAudience(deps.db, viewer, draft.audience)
  const sender = (await listSenders(deps.db, scope))[0]
  if (!sender) return refused('no_sender')

  const isSingle = draft.isSingle ?? false
  const { kind, template } = draft.kind === undefined ? await firstTemplate(deps, viewer, isSingle) : { kind: draft.kind, template: undefined }
  const start = await firstStart(deps, viewer, draft.audience, isSingle)
  const id = await deps.db.transaction().execute(async (trx) => {
    const campaignId = await insertDraft(trx, scope, {
      name: draft.name.slice(0, CAMPAIGN_NAME_LENGTH), kind, createdBy: viewer.userId, senderId: sender.id, timeZone: viewer.company.timeZone, audience: draft.audience,
      templateId: template?.id ?? null, templateVersion: template?.version ?? null, texts: template?.texts ?? {}, isSingle, isTest: draft.isTest ?? false, ...start,
    })
    if (template?.career_site_id) await updateChoices(trx, scope, campaignId, await choicesAfter(trx, viewer, NO_CHOICES, {}, template.career_site_id))
    await recordEvent(trx, scope, { campaignId, userId: viewer.userId, kind: 'created' })
    return campaignId
  })
  return done({ id })
}

/** S62: later today. S68: the few people somebody ticked may go at once, if the company likes that; a message to one person does. */
async function firstStart(deps: Pick<Deps, 'db'>, { scope, company }: Viewer, audience: Audience, isSingle: boolean): Promise<DraftStart> {
  const { 'campaign.immediate_up_to': immediateUpTo } = await getSettings(deps.db, scope)
  const { now } = await getSendingContext(deps.db, scope)
  const { on, time } = proposedStart(company.timeZone, now)
  return { startsNow: isSingle || audience.mode === 'selected' && audience.ids.length <= immediateUpTo, startOn: on, startTime: time, allowWeekends: false }
}

/**
 * Asking for dates is what the product is for, so that kind comes first; a company may have templates of the other only. To one person
 * somebody mostly wants to say something.
 */
async function firstTemplate(deps: Pick<Deps, 'db'>, viewer: Viewer, isSingle: boolean): Promise<{ kind: CampaignKind; template: TemplateTexts | undefined }> {
  for (const kind of isSingle ? (['simple'] as const) : [...CAMPAIGN_KINDS].reverse()) {
    const [choice] = await listPublishedTemplates(deps.db, viewer.scope, kind)
    if (choice) return { kind, template: await findPublishedTemplate(deps.db, viewer.scope, kind, choice.id) }
  }
  return { kind: isSingle ? 'simple' : 'availability', template: undefined }
}

export type DraftForm = {
  version: number
  name: string
  kind: CampaignKind
  templateId: number | null
  senderId: number | null
  /** `keep`: what was typed is no number, so the draft keeps the one it has. */
  limitTo: number | null | 'keep'
  /** `keep`: what was typed is no moment to come, so the draft keeps what it has. */
  schedule: { startsNow: boolean; start: Pick<Start, 'on' | 'time'> | 'keep'; allowWeekends: boolean } | 'keep'
  internalComment: string
  /** Why people are texted although their box is not ticked; null: they are not. Left out: as the draft has it. */
  overrideReason?: string | null
  texts: Texts
  /** The texts were rewritten by a button, not typed. */
  isRewritten?: boolean
  /** What the text refers to; what a form does not hold stays. */
  codes?: TypedChoices
  /** Left out: as the draft has it, because the form is older or what was typed cannot be kept. */
  answers?: AnswerPlan | undefined
  reminderTexts?: Texts | undefined
  /** Who was ticked to be told of answers; left out: the form does not ask. */
  told?: readonly number[] | undefined
}

export type SavedDraft = { version: number; savedAt: Date; textsLoaded: boolean }

/**
 * Saves what the form holds. Picking a template loads its texts; changing the kind drops a template that is not of that kind, and
 * loads the first of the new kind when nobody has edited the text. A form older than the draft is refused, unless it says the same.
 */
export async function saveDraft(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number, form: DraftForm): Promise<Outcome<SavedDraft, 'stale' | 'launched' | 'launching' | 'template' | 'override_forbidden'>> {
  const { scope } = viewer
  const senders = await listSenders(deps.db, scope)
  const { 'campaign.recipient_limit': mostRecipients } = await getSettings(deps.db, scope)
  const context = await getSendingContext(deps.db, scope)
  return deps.db.transaction().execute(async (trx) => {
    const draft = await lockCampaign(trx, scope, campaignId)
    if (!draft) throw notFound('campaign')
    if (draft.status !== 'draft') return refused('launched')
    if (draft.is_launching) return refused('launching')

    const overrideReason = form.overrideReason === undefined ? draft.override_reason : cleanReason(form.overrideReason)
    // Whoever may not decide that may leave it as it is, or take it back.
    if (overrideReason !== null && overrideReason !== draft.override_reason && !mayOverride(viewer.privileges, draft.audience)) return refused('override_forbidden')

    const typed = cleanTexts(form.texts)
    const picked = form.templateId !== draft.template_id || form.kind !== draft.kind
      ? await templateFor(trx, viewer, form, { kind: draft.kind, templateId: draft.template_id, templateVersion: draft.template_version, typed })
      : undefined
    if (picked === 'unknown') return refused('template')
    const change = {
      name: form.name.trim().slice(0, CAMPAIGN_NAME_LENGTH) || draft.name,
      kind: form.kind,
      senderId: senders.find((sender) => sender.id === form.senderId)?.id ?? draft.sender_id,
      templateId: picked ? picked.templateId : draft.template_id,
      templateVersion: picked ? picked.templateVersion : draft.template_version,
      limitTo: form.limitTo === 'keep' ? draft.limit_to : form.limitTo === null ? null : Math.min(form.limitTo, mostRecipients),
      internalComment: form.internalComment.trim().slice(0, COMMENT_LENGTH) || null,
      overrideReason,
      texts: picked?.texts ?? typed,
      answers: form.answers ?? planOfAnswers(draft),
      reminderTexts: form.reminderTexts ?? draft.reminder_texts,
      followers: form.told === undefined ? draft.followers : followersFrom(form.told, await listColleagues(trx, scope), draft.created_by),
      ...scheduleOf(form.schedule, draft),
    }
    const codes = await choicesAfter(trx, viewer, draft.codes, form.codes ?? {}, picked?.careerSite ?? null)
    const textChanged = !sameTexts(change.texts, draft.texts)
    const isSame = !textChanged && change.name === draft.name && change.kind === draft.kind && change.senderId === draft.sender_id
      && change.templateId === draft.template_id && change.limitTo === draft.limit_to && change.internalComment === draft.internal_comment && change.overrideReason === draft.override_reason
      && isDeepStrictEqual(change.answers, planOfAnswers(draft)) && sameTexts(change.reminderTexts, draft.reminder_texts) && markOf(change.followers) === markOf(draft.followers) && isDeepStrictEqual(codes, draft.codes) && isDeepStrictEqual(scheduleOf(form.schedule, draft), startOf(draft))
    if (isSame) return done({ version: draft.version, savedAt: draft.updated_at, textsLoaded: false })
    if (form.version !== draft.version) return refused('stale')
    await keepPrevious(trx, scope, draft, { textsReplaced: (picked?.texts !== undefined || form.isRewritten === true) && textChanged, now: context.now })
    const saved = await updateDraft(trx, scope, campaignId, change, textChanged || change.kind !== draft.kind || !isDeepStrictEqual(codes, draft.codes))
    await updateChoices(trx, scope, campaignId, codes)
    return done({ version: saved.version, savedAt: saved.updated_at, textsLoaded: picked !== undefined })
  })
}

/** The draft's schedule with what the form says about it. */
function scheduleOf(form: DraftForm['schedule'], draft: Parameters<typeof startOf>[0]): DraftStart {
  const kept = startOf(draft)
  if (form === 'keep') return kept
  const { start } = form
  return { ...kept, startsNow: form.startsNow, allowWeekends: form.allowWeekends, ...(start === 'keep' ? {} : { startOn: start.on, startTime: start.time }) }
}

type Picked = { templateId: number | null; templateVersion: number | null; careerSite?: number | null; texts: Texts | undefined }

async function templateFor(
  db: Deps['db'],
  viewer: Viewer,
  form: DraftForm,
  before: { kind: CampaignKind; templateId: number | null; templateVersion: number | null; typed: Texts },
): Promise<Picked | 'unknown'> {
  if (form.kind === before.kind) {
    if (form.templateId === null) return { templateId: null, templateVersion: null, texts: undefined }
    const template = await findPublishedTemplate(db, viewer.scope, form.kind, form.templateId)
    return template ? { templateId: template.id, templateVersion: template.version, careerSite: template.career_site_id, texts: template.texts } : 'unknown'
  }
  const old = before.templateId === null ? undefined : await findPublishedTemplate(db, viewer.scope, before.kind, before.templateId)
  const isUntouched = Object.keys(before.typed).length === 0 || (old !== undefined && sameTexts(cleanTexts(old.texts), before.typed))
  const [choice] = isUntouched ? await listPublishedTemplates(db, viewer.scope, form.kind) : []
  const template = choice && (await findPublishedTemplate(db, viewer.scope, form.kind, choice.id))
  return { templateId: template?.id ?? null, templateVersion: template?.version ?? null, careerSite: template?.career_site_id ?? null, texts: template?.texts }
}

/** Leaves out everybody texted lately, for this draft only. Returns how many records that were. */
export async function excludeRecentlyTexted(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number): Promise<Outcome<number, 'launched' | 'launching'>> {
  const { scope } = viewer
  const settings = await getSettings(deps.db, scope)
  const context = await getSendingContext(deps.db, scope)
  return deps.db.transaction().execute(async (trx) => {
    const draft = await lockCampaign(trx, scope, campaignId)
    if (!draft) throw notFound('campaign')
    if (draft.status !== 'draft') return refused('launched')
    if (draft.is_launching) return refused('launching')
    const senders = await listPoolOf(trx, scope, draft.sender_id)
    // Without the limit: those just behind it must not move up and be texted again.
    const spec = { ...specFor({ ...draft, limit_to: null }, settings, { ...context, senders }), limit: Number.MAX_SAFE_INTEGER }
    const recent = await listRecentlyTexted(trx, scope, spec, settings['campaign.recent_contact_days'])
    if (recent.length === 0) return done(0)
    const out = new Set(recent)
    const { audience } = draft
    await updateDraftAudience(trx, scope, campaignId, audience.mode === 'selected'
      ? { ...audience, ids: audience.ids.filter((id) => !out.has(id)) }
      : { ...audience, except: [...new Set([...audience.except, ...recent])] })
    return done(recent.length)
  })
}

export async function deleteDraft(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number): Promise<boolean> {
  return deps.db.transaction().execute(async (trx) => {
    const draft = await lockCampaign(trx, viewer.scope, campaignId)
    return draft !== undefined && !draft.is_launching && removeDraft(trx, viewer.scope, campaignId)
  })
}

function cleanReason(reason: string | null): string | null {
  return reason?.trim().slice(0, REASON_LENGTH) || null
}

function cleanTexts(texts: Texts): Texts {
  return Object.fromEntries(LANGUAGES.map((language) => [language, normaliseText(texts[language] ?? '').slice(0, MESSAGE_LENGTH)] as const).filter(([, body]) => body !== ''))
}
