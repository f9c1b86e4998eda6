import type { Transaction } from 'kysely'
import { recordInJournal } from '../auth/queries.ts'
import { destinationsAt } from '../companies/destinations.ts'
import { getSettings } from '../companies/queries.ts'
import { listPoolOf } from '../companies/senders.queries.ts'
import type { Settings } from '../companies/settings.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { linkFor } from '../links/codes.ts'
import { keepTargets } from '../links/targets.queries.ts'
import { MOST_SEGMENTS } from '../message-templates/lint.ts'
import { queueMessages, type NewMessage } from '../messaging/queries.ts'
import { announce } from '../notifications/commands.ts'
import { listListeners } from '../notifications/queries.ts'
import { measureSms } from '../sms/segments.ts'
import type { Viewer } from '../web/viewer.ts'
import { targetsOf } from './codes.domain.ts'
import { findChosen } from './codes.queries.ts'
import { mayDo } from './domain.ts'
import { inspectTexts, type Inspection } from './inspection.ts'
import { holdCampaign, prepareForManyRows } from './launch.queries.ts'
import { compileTexts, textFor, usedFields, type CodeValues, type Voice } from './message.domain.ts'
import { findCampaign, getSendingContext, recordEvent, type Campaign, type Texts } from './queries.ts'
import { REMINDER_STEP, reminderTextsOf, type ReminderObstacle } from './reminders.domain.ts'
import {
  dateBatch, findRequest, insertReminderBatch, listDue, listDueBatches, listSilent, moveBackToCompleted, moveToReminding, removeBatch, removeReminder, takeDueBatches, type Among, type Reach, type SilentPerson,
} from './reminders.queries.ts'
import { answerAsked, holdReminding, holdRemindingIfFree } from './reminding.queries.ts'

type RemindDeps = Pick<Deps, 'db' | 'config'>

export type ReminderRequest = {
  campaignId: number
  /** Made with the page: the same click twice is one reminder. */
  requestKey: string
  /** The number on the button: nobody beyond it is texted. */
  people: number
  texts: Texts
}

export type Reminded = Outcome<{ messages: number; isRepeat: boolean }, ReminderObstacle>

/** So long before it leaves, an automatic reminder is ready and its people are told: time to read and to stop it. */
export const NOTICE_MINUTES = 15

/** A list is written a stretch at a time, so that memory stays flat. */
const STRETCH = 1_000

/** Thrown to roll a reminder back; outside it is a value again. */
class Stop extends Error {
  readonly reason: ReminderObstacle
  constructor(reason: ReminderObstacle) {
    super(reason)
    this.reason = reason
  }
}

/** `isWaiting`: for another one of the campaign that is being written; else that is 'busy'. `onWritten` hears how many texts there are. */
type How = { isWaiting?: boolean; onWritten?: (texts: number) => Promise<void> }

/**
 * Queues the second text for everybody who has not answered and may be texted at this moment, in one transaction or not at all. It
 * leaves when the time to take it back is over, by the same gate as every other text. The campaign is held only at the end: what
 * stopped or closed it while the texts were written undoes them.
 */
export async function remindSilent(deps: RemindDeps, viewer: Pick<Viewer, 'scope' | 'userId'>, request: ReminderRequest, { isWaiting = true, onWritten }: How = {}): Promise<Reminded> {
  const { scope, userId } = viewer
  const { campaignId, requestKey } = request
  return attempt(() => deps.db.transaction().execute(async (trx): Promise<Reminded> => {
    if (isWaiting) await holdReminding(trx, campaignId)
    else if (!(await holdRemindingIfFree(trx, campaignId))) return refused('busy')
    const campaign = await findCampaign(trx, scope, campaignId)
    if (!campaign) throw notFound('campaign')
    if (await findRequest(trx, scope, campaignId, requestKey)) return done({ messages: 0, isRepeat: true })
    if (!mayDo('remind', campaign.status)) return refused('moved')
    if (!campaign.is_open) return refused('closed')
    const { messages, batchId } = await queueReminders(trx, deps, scope, campaign, { texts: request.texts, most: request.people, requestKey, ...(onWritten ? { onWritten } : {}) })
    if (messages === 0) return refused('nobody')
    await holdReminded(trx, scope, campaignId)
    // Everything is written; what counts seconds begins now.
    const { 'campaign.undo_seconds': seconds } = await getSettings(trx, scope)
    await dateBatch(trx, scope, batchId, { seconds })
    await answerAsked(trx, scope, request, { written: messages, refusal: null })
    await recordEvent(trx, scope, { campaignId, userId, kind: 'reminded', detail: { messages } })
    await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'campaign.reminded', subjectKind: 'campaign', subjectId: campaignId, detail: { messages } })
    return done({ messages, isRepeat: false })
  }))
}

/** Takes a reminder back before it begins; how many texts do not leave. Undefined when it is too late, or there is none. */
export async function undoReminder(deps: Pick<Deps, 'db'>, { scope, userId }: Pick<Viewer, 'scope' | 'userId'>, campaignId: number): Promise<number | undefined> {
  return deps.db.transaction().execute(async (trx) => {
    if (!(await holdCampaign(trx, scope, campaignId))) throw notFound('campaign')
    const messages = await removeReminder(trx, scope, campaignId)
    if (messages === undefined) return undefined
    await moveBackToCompleted(trx, scope, campaignId)
    await recordEvent(trx, scope, { campaignId, userId, kind: 'reminder_undone', detail: { messages } })
    await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'campaign.reminder_undone', subjectKind: 'campaign', subjectId: campaignId, detail: { messages } })
    return messages
  })
}

/** The clock's side: every campaign whose batch left long enough ago. Called by every worker; a call that comes late, twice or beside another reminds nobody twice. */
export async function remindDue(deps: RemindDeps & Pick<Deps, 'log'>): Promise<void> {
  for (const { companyId, campaignId } of await listDue(deps.db, NOTICE_MINUTES)) {
    const result = await remindOne(deps, companyScope(companyId), campaignId).catch((err: unknown) => {
      deps.log.error({ err, campaign: campaignId }, 'a campaign could not remind; it is tried again')
    })
    if (result && !result.ok && (result.reason === 'text' || result.reason === 'codes')) await giveUp(deps, companyScope(companyId), campaignId)
  }
}

/** Written some time before it leaves, so that whoever is told of it can stop it. */
async function remindOne(deps: RemindDeps, scope: CompanyScope, campaignId: number): Promise<Reminded> {
  return attempt(() => deps.db.transaction().execute(async (trx): Promise<Reminded> => {
    if (!(await holdRemindingIfFree(trx, campaignId))) return refused('busy')
    const campaign = await findCampaign(trx, scope, campaignId)
    const batchIds = await listDueBatches(trx, scope, campaignId, NOTICE_MINUTES)
    if (!campaign || batchIds.length === 0) return refused('moved')
    const { language } = await getSendingContext(trx, scope)
    const { messages, batchId } = await queueReminders(trx, deps, scope, campaign, { texts: reminderTextsOf(campaign, language), batchIds, leadSeconds: NOTICE_MINUTES * 60, requestKey: null })
    await holdReminded(trx, scope, campaignId)
    const taken = await takeDueBatches(trx, scope, campaignId, batchIds)
    if (taken?.count !== batchIds.length) throw new Stop('moved')
    if (messages === 0) return done({ messages, isRepeat: false })
    const leavesAt = await dateBatch(trx, scope, batchId, { seconds: NOTICE_MINUTES * 60, notBefore: taken.promisedAt })
    await recordEvent(trx, scope, { campaignId, userId: null, kind: 'reminded_by_time', detail: { messages } })
    await announce(trx, scope, { kind: 'reminder_soon', userIds: await listListeners(trx, scope, campaignId), campaignId, dedupeKey: `reminder:${batchId}`, params: { at: leavesAt.toISOString(), count: messages } })
    return done({ messages, isRepeat: false })
  }))
}

/** From here on nobody changes the campaign until the transaction ends; what happened to it meanwhile decides. */
async function holdReminded(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<void> {
  const campaign = (await holdCampaign(trx, scope, campaignId)) ? await findCampaign(trx, scope, campaignId) : undefined
  if (!campaign || !mayDo('remind', campaign.status)) throw new Stop('moved')
  if (!campaign.is_open) throw new Stop('closed')
  await moveToReminding(trx, scope, campaignId)
}

/** Its words cannot be sent any more: the history says so, and a person may write others. */
async function giveUp({ db }: RemindDeps, scope: CompanyScope, campaignId: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (!(await holdCampaign(trx, scope, campaignId)) || !(await takeDueBatches(trx, scope, campaignId, await listDueBatches(trx, scope, campaignId, NOTICE_MINUTES)))) return
    await recordEvent(trx, scope, { campaignId, userId: null, kind: 'reminder_failed' })
  })
}

/** Where and how soon a second text may go to a number, as the company decided. */
export function reachOf(settings: Settings, ground: Parameters<typeof destinationsAt>[1]): Reach {
  return { allowedCountries: settings['sms.allowed_countries'], blockedCountries: destinationsAt(settings, ground).blocked, hoursBetween: settings['sms.min_hours_between'] }
}

// PostgreSQL, appendix A.
const LOCK_NOT_AVAILABLE = '55P03'

async function attempt(work: () => Promise<Reminded>): Promise<Reminded> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Stop) return refused(error.reason)
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) return refused('busy')
    throw error
  }
}

type Queueing = Among & { texts: Texts; most?: number; leadSeconds?: number; requestKey: string | null; onWritten?: (texts: number) => Promise<void> }

/** The batch with a text for each silent person, dated by the caller; how many. None, and there is no batch. */
async function queueReminders(trx: Transaction<DB>, { config }: Pick<Deps, 'config'>, scope: CompanyScope, campaign: Campaign, given: Queueing): Promise<{ messages: number; batchId: number }> {
  const settings = await getSettings(trx, scope)
  const context = await getSendingContext(trx, scope)
  if (!context.can_send_sms) throw new Stop('sms_off')
  const senders = await listPoolOf(trx, scope, campaign.sender_id)
  if (senders.length === 0) throw new Stop('no_sender')
  const chosen = await findChosen(trx, scope, campaign.codes)
  const texts = inspectTexts(config, context, { ...campaign, texts: given.texts }, senders, chosen)
  if (texts.findings.some(({ level }) => level === 'error')) throw new Stop('text')
  if (texts.missing.length > 0) throw new Stop('codes')

  await prepareForManyRows(trx)
  const links = await liveLinks(trx, config, scope, campaign, texts, new Date((campaign.closes_at ?? context.now).getTime() + settings['link.days_after_closing'] * 86_400_000))
  const voices = new Map([...texts.voices.values()].map((voice) => [voice.sender.address, voice]))
  const reach = { ...reachOf(settings, context), leadSeconds: given.leadSeconds ?? 0 }
  const batchId = await insertReminderBatch(trx, scope, campaign.id, given.requestKey)
  let queued = 0
  for (let afterRank: number | undefined = 0; afterRank !== undefined;) {
    const { people, lastRank } = await listSilent(trx, scope, campaign.id, reach, { ...(given.batchIds ? { batchIds: given.batchIds } : {}), afterRank, size: STRETCH })
    const rows = people.flatMap((person) => messageFor(person, { campaign, batchId, links, config, voice: voices.get(person.sender) ?? [...voices.values()][0]! }))
    queued += await queueMessages(trx, scope, rows)
    if (queued > (given.most ?? Infinity)) throw new Stop('grown')
    await given.onWritten?.(queued)
    afterRank = lastRank
  }
  if (queued === 0) await removeBatch(trx, scope, batchId)
  return { messages: queued, batchId }
}

/** The links that the first text leads by stay; those that only the second one names are made. */
async function liveLinks(trx: Transaction<DB>, config: Pick<Deps['config'], 'linkUrl'>, scope: CompanyScope, campaign: Campaign, texts: Pick<Inspection, 'compiled' | 'chosen'>, until: Date): Promise<Partial<CodeValues>> {
  const fields = new Set([...usedFields(compileTexts(campaign.texts, { stopText: campaign.stop_text })), ...usedFields(texts.compiled)])
  const codes = await keepTargets(trx, scope, campaign.id, targetsOf(fields, texts.chosen), until)
  return Object.fromEntries([...codes].map(([field, code]) => [field, linkFor(config, code)]))
}

type Written = { campaign: Campaign; batchId: number; links: Partial<CodeValues>; config: Pick<Deps['config'], 'linkUrl'>; voice: Voice }

/** From the address that the person knows. Whose record lacks a field that the words need gets none rather than a hole. */
function messageFor(person: SilentPerson, { campaign, batchId, links, config, voice }: Written): NewMessage[] {
  const language = voice.compiled.has(person.language) ? person.language : [...voice.compiled.keys()][0]!
  const rendered = textFor(voice.compiled, { ...person, language }, { ...voice.shared, ...links, link: linkFor(config, person.code) })
  if (!rendered || rendered.missing.length > 0) return []
  const { encoding, segments } = measureSms(rendered.text)
  if (segments > MOST_SEGMENTS) return []
  return [{
    purpose: 'campaign', campaignId: campaign.id, batchId, recipientId: person.recipient_id, candidateId: person.candidate_id, requestedBy: null, step: REMINDER_STEP,
    e164: person.e164, country: person.country, sender: voice.sender.address, body: rendered.text, encoding, segments,
  }]
}
