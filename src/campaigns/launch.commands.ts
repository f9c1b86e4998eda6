import type { Transaction } from 'kysely'
import { hasPrivilege, recordInJournal } from '../auth/queries.ts'
import { insertCampaignNotes } from '../candidates/notes.queries.ts'
import { windowRules } from '../companies/sending-rules.ts'
import { getSettings } from '../companies/queries.ts'
import { listPoolOf } from '../companies/senders.queries.ts'
import type { Settings } from '../companies/settings.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import type { CompanyScope } from '../core/scope.ts'
import { getNow } from '../db/clock.queries.ts'
import { isUniqueViolation } from '../db/errors.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { markTemplateUsed } from '../message-templates/queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { specFor } from './audience.domain.ts'
import { gatherAudience } from './audience.queries.ts'
import { findChosen } from './codes.queries.ts'
import { hasBadReminder, inspectTexts } from './inspection.ts'
import { answerFaults, closedCountries, closingOf, openingIn, planOf, Refusal, rulesOf, startOf, type Blocker } from './launch.domain.ts'
import { holdCampaign, insertBatches, moveBatches, moveToLaunched, prepareForManyRows } from './launch.queries.ts'
import { answerLaunchRequest, findLaunchRequest } from './launching.queries.ts'
import { findCampaign, getSendingContext, recordEvent, type Campaign } from './queries.ts'
import { logOverrides } from './overrides.queries.ts'
import { writeRecipients, type Written } from './recipients.commands.ts'
import { startingAt } from './replan.domain.ts'
import type { BatchPlan } from './schedule.domain.ts'
import { makeTargets } from './targets.commands.ts'
import type { Opening } from './waves.domain.ts'

export type Launch = {
  campaignId: number
  /** The draft that the check page showed. */
  version: number
  /** Made when the check page was rendered: the same click twice is one launch. */
  launchKey: string
  /** The number on the button: nobody beyond it is texted. */
  recipients: number
}

export type LaunchRefusal =
  /** Somebody changed the draft since, or launched it with another click. */
  | 'stale' | 'launched' | 'deleted'
  /** More people than the button said. */
  | 'grown'
  /** Another click is launching it at this moment, or something it needs is changing: trying again can help. */
  | 'busy'
  /** A worker was asked to launch it and has not answered. */
  | 'launching'
  /** Somebody without the right to text over a refusal. */
  | 'override_forbidden'
  | Blocker

/** Who launches: a person at a page, or a worker for the person who asked. */
export type Launcher = Pick<Viewer, 'scope' | 'userId'>
export type Launched = Outcome<{ id: number; isRepeat: boolean }, LaunchRefusal>
type LaunchDeps = Pick<Deps, 'db' | 'config'>

const DAY = 86_400_000

/**
 * Draft becomes campaign: audience and every text frozen, links made, batches planned, all in one transaction or not at all. The
 * same key again shows the same result. `onWritten` hears how many texts are written, before they are there for anybody else.
 */
export async function launchCampaign(deps: LaunchDeps, viewer: Launcher, launch: Launch, onWritten: Written = async () => {}): Promise<Launched> {
  const { scope } = viewer
  const draft = await findCampaign(deps.db, scope, launch.campaignId)
  if (!draft) throw notFound('campaign')
  if (draft.launch_key === launch.launchKey) return done({ id: draft.id, isRepeat: true })
  try {
    await deps.db.transaction().execute((trx) => launchInside(trx, deps, viewer, launch, onWritten))
    return done({ id: draft.id, isRepeat: false })
  } catch (error) {
    if (error instanceof Refusal) return error.reason === 'moved' ? whatHappened(deps, scope, launch) : refused(error.reason)
    if (PASSING.includes(String((error as { code?: string }).code))) return refused('busy')
    if (isUniqueViolation(error, 'campaign_company_id_launch_key_key')) return refused('stale')
    throw error
  }
}

/** PostgreSQL, appendix A: a lock not to be had, a deadlock, a record deleted while it was being written down. */
const PASSING = ['55P03', '40P01', '23503']

async function launchInside(trx: Transaction<DB>, deps: LaunchDeps, viewer: Launcher, launch: Launch, onWritten: Written): Promise<void> {
  const { scope } = viewer
  const draft = await holdDraft(trx, scope, launch)
  const settings = await getSettings(trx, scope)
  const context = await getSendingContext(trx, scope)
  const senders = await listPoolOf(trx, scope, draft.sender_id)
  const texts = inspectTexts(deps.config, context, draft, senders, await findChosen(trx, scope, draft.codes))
  if (draft.is_test) throw new Refusal('test')
  if (!context.can_send_sms) throw new Refusal('sms_off')
  if (senders.length === 0) throw new Refusal('no_sender')
  if (texts.findings.some(({ level }) => level === 'error')) throw new Refusal('text')
  if (texts.missing.length > 0) throw new Refusal('codes')
  if (hasBadReminder(deps.config, context, draft, senders, texts.chosen)) throw new Refusal('answers')

  await prepareForManyRows(trx)
  const spec = specFor(draft, settings, { ...context, senders })
  if (spec.isOverride && !(await hasPrivilege(trx, viewer.userId, 'consent.override'))) throw new Refusal('override_forbidden')
  const counts = await gatherAudience(trx, scope, spec)
  if (counts.recipients === 0) throw new Refusal('nobody')
  if (counts.recipients > launch.recipients) throw new Refusal('grown')
  const opening = openingIn(context.country, windowRules(settings, context.time_zone))
  const batches = planNow(draft, settings, counts.recipients, context.now, opening)
  if (answerFaults(draft, { recipients: counts.recipients, yes: 0, now: context.now, batches, settings }).length > 0) throw new Refusal('answers')
  const batchIds = await insertBatches(trx, scope, draft.id, batches, draft.wave_size === null ? 'daily' : 'wave')
  const linksUntil = new Date(closingOf(draft, batches, settings).getTime() + settings['link.days_after_closing'] * DAY)
  const links = await makeTargets(trx, deps.config, scope, draft.id, texts, linksUntil)
  const countries = await writeRecipients(trx, deps.config, scope, {
    ...texts, links, draft, counts, batchIds, rules: rulesOf(settings, draft), budget: settings['budget.campaign_segments'], linksUntil,
  }, onWritten)
  if (spec.isOverride) await tellOverrides(trx, viewer, draft)
  if (draft.internal_comment) await insertCampaignNotes(trx, scope, { campaignId: draft.id, userId: viewer.userId, body: draft.internal_comment })
  if (closedCountries(countries, windowRules(settings, context.time_zone), batches[0]!.dueAt).length > 0) throw new Refusal('no_opening')
  await settle(trx, viewer, launch, { draft, settings, counts, opening })
}

/** One row for each person, and a line in the history and the journal. */
async function tellOverrides(trx: Transaction<DB>, { scope, userId }: Launcher, { id: campaignId, override_reason }: Campaign): Promise<void> {
  const reason = override_reason!
  const recipients = await logOverrides(trx, scope, { campaignId, userId, reason })
  if (recipients === 0) return
  await recordEvent(trx, scope, { campaignId, userId, kind: 'overridden', detail: { recipients, reason } })
  await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'campaign.overridden', subjectKind: 'campaign', subjectId: campaignId, detail: { recipients, reason } })
}

/** The draft as the check page showed it, held until the end. */
async function holdDraft(trx: Transaction<DB>, scope: CompanyScope, launch: Launch): Promise<Campaign> {
  const draft = (await holdCampaign(trx, scope, launch.campaignId)) ? await findCampaign(trx, scope, launch.campaignId) : undefined
  if (!draft || draft.status !== 'draft' || draft.version !== launch.version) throw new Refusal('moved')
  const asked = await findLaunchRequest(trx, scope, launch.campaignId)
  if (asked && !asked.answered_at && asked.launch_key !== launch.launchKey) throw new Refusal('launching')
  return draft
}

function planNow(draft: Campaign, settings: Settings, recipients: number, now: Date, opening: Opening): BatchPlan[] {
  const batches = planOf(recipients, draft, settings, now, opening)
  if (!batches) throw new Refusal('past')
  return batches
}

/** Everything is written; what counts seconds begins now. */
async function settle(trx: Transaction<DB>, { scope, userId }: Launcher, launch: Launch, given: { draft: Campaign; settings: Settings; counts: Awaited<ReturnType<typeof gatherAudience>>; opening: Opening }): Promise<void> {
  const { draft, settings, counts, opening } = given
  const now = await getNow(trx)
  const batches = planNow(draft, settings, counts.recipients, now, opening)
  await moveBatches(trx, scope, draft.id, batches)
  const [first] = batches as [BatchPlan, ...BatchPlan[]]
  const undoSeconds = settings['campaign.undo_seconds']
  const isImmediate = draft.starts === 'now' && undoSeconds === 0
  const undoUntil = undoSeconds === 0 ? null : new Date(Math.min(now.getTime() + undoSeconds * 1000, first.dueAt.getTime()))
  const moved = await moveToLaunched(trx, scope, {
    ...launch, userId, at: now, isImmediate, undoUntil, counts, start: (draft.starts === 'later' && startOf(draft)) || startingAt(draft.time_zone, first.dueAt), startsAt: first.dueAt, endsAt: batches.at(-1)!.dueAt, closesAt: closingOf(draft, batches, settings),
  })
  if (!moved) throw new Refusal('moved')
  await answerLaunchRequest(trx, scope, launch, null)
  if (moved.template_id !== null) await markTemplateUsed(trx, scope, moved.template_id)
  const detail = { recipients: counts.recipients, batches: batches.length }
  await recordEvent(trx, scope, { campaignId: draft.id, userId, kind: 'launched', detail })
  await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'campaign.launched', subjectKind: 'campaign', subjectId: draft.id, detail })
}

async function whatHappened(deps: Pick<Deps, 'db'>, scope: CompanyScope, launch: Launch): Promise<Launched> {
  const now = await findCampaign(deps.db, scope, launch.campaignId)
  if (!now) return refused('deleted')
  if (now.launch_key === launch.launchKey) return done({ id: now.id, isRepeat: true })
  return refused(now.status === 'draft' ? 'stale' : 'launched')
}
