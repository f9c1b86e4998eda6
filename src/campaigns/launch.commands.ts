import type { Transaction } from 'kysely'
import { recordInJournal } from '../auth/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { linkFor, mintCodes } from '../links/codes.ts'
import { insertLinks } from '../links/queries.ts'
import { markTemplateUsed } from '../message-templates/queries.ts'
import { queueMessages, type NewMessage } from '../messaging/queries.ts'
import { measureSms } from '../sms/segments.ts'
import type { Viewer } from '../web/viewer.ts'
import { freezeAudience } from './audience.queries.ts'
import { inspectDraft, type Inspection } from './inspection.ts'
import { insertFirstBatch, listFrozen, moveToInProcess, saveCounts, type FrozenRecipient } from './launch.queries.ts'
import { textFor, type CompiledTexts } from './message.domain.ts'
import { findCampaign, recordEvent, type Campaign } from './queries.ts'

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
  /** Another click is launching it at this moment. */
  | 'busy'
  | Inspection['blockers'][number]

/** Rows travel in groups of this size, so that memory stays flat and other requests get their turn. */
const GROUP = 1_000

/**
 * Draft becomes running campaign: audience and every text frozen, links made, first batch running, all in one transaction or not at
 * all. The same key again shows the same result.
 */
export async function launchCampaign(deps: Pick<Deps, 'db' | 'config'>, viewer: Viewer, launch: Launch): Promise<Outcome<{ id: number; isRepeat: boolean }, LaunchRefusal>> {
  const { scope } = viewer
  const draft = await findCampaign(deps.db, scope, launch.campaignId)
  if (!draft) throw notFound('campaign')
  if (draft.launch_key === launch.launchKey) return done({ id: draft.id, isRepeat: true })
  try {
    await deps.db.transaction().execute((trx) => launchInside(trx, deps, viewer, draft, launch))
    return done({ id: draft.id, isRepeat: false })
  } catch (error) {
    if (error instanceof Refusal) return error.reason === 'moved' ? whatHappened(deps, scope, launch) : refused(error.reason)
    const code = (error as { code?: string }).code
    if (code === LOCK_NOT_AVAILABLE) return refused('busy')
    if (code === UNIQUE_VIOLATION && /launch_key/.test(String((error as { constraint?: string }).constraint))) return refused('stale')
    throw error
  }
}

// PostgreSQL, appendix A.
const LOCK_NOT_AVAILABLE = '55P03'
const UNIQUE_VIOLATION = '23505'

/** Rolls the launch back; the reason comes out as a value. */
class Refusal extends Error {
  readonly reason: Exclude<LaunchRefusal, 'stale' | 'launched' | 'deleted' | 'busy'> | 'moved'

  constructor(reason: Refusal['reason']) {
    super(reason)
    this.reason = reason
  }
}

async function launchInside(trx: Transaction<DB>, deps: Pick<Deps, 'config'>, viewer: Viewer, draft: Campaign, launch: Launch): Promise<void> {
  const { scope } = viewer
  const inspection = await lookAgain(trx, deps, scope, draft, launch)
  const { settings, counts, spec, compiled, shared } = inspection
  const moved = await moveToInProcess(trx, scope, { ...launch, userId: viewer.userId, openDays: settings['campaign.open_days'] })
  if (!moved) throw new Refusal('moved')

  const codes = mintCodes(counts.recipients)
  const forgottenAt = new Date((moved.closes_at as Date).getTime() + settings['link.days_after_closing'] * 86_400_000)
  await insertLinks(trx, scope, codes, forgottenAt)
  const batchId = await insertFirstBatch(trx, scope, draft.id)
  // As many as were counted and have a code: who came in since stands behind the limit, and the lines still add up.
  const frozen = await freezeAudience(trx, scope, { ...spec, limit: counts.recipients }, { campaignId: draft.id, batchId, codes })
  if (frozen.recipients === 0) throw new Refusal('nobody')
  await queueTexts(trx, deps, scope, { campaignId: draft.id, batchId, sender: draft.sender_address, compiled, shared })
  await saveCounts(trx, scope, draft.id, frozen)
  if (moved.template_id !== null) await markTemplateUsed(trx, scope, moved.template_id)
  await recordEvent(trx, scope, { campaignId: draft.id, userId: viewer.userId, kind: 'launched', detail: { recipients: frozen.recipients } })
  await recordInJournal(trx, {
    companyId: scope.companyId, userId: viewer.userId, action: 'campaign.launched', subjectKind: 'campaign', subjectId: draft.id, detail: { recipients: frozen.recipients },
  })
}

/** The draft was read before the transaction; if it changed since, the version says so when the row is taken. */
async function lookAgain(trx: Transaction<DB>, deps: Pick<Deps, 'config'>, scope: CompanyScope, draft: Campaign, launch: Launch): Promise<Inspection> {
  if (draft.status !== 'draft' || draft.version !== launch.version) throw new Refusal('moved')
  const inspection = await inspectDraft(trx, deps.config, scope, draft)
  const [blocker] = inspection.blockers
  if (blocker) throw new Refusal(blocker)
  if (inspection.counts.recipients > launch.recipients) throw new Refusal('grown')
  return inspection
}

/** Renders and measures every text from the frozen recipients, and puts it into the outbox. */
async function queueTexts(
  trx: Transaction<DB>,
  deps: Pick<Deps, 'config'>,
  scope: CompanyScope,
  into: { campaignId: number; batchId: number; sender: string; compiled: CompiledTexts; shared: Inspection['shared'] },
): Promise<void> {
  let afterRank = 0
  for (;;) {
    const group = await listFrozen(trx, scope, into.campaignId, afterRank, GROUP)
    const last = group.at(-1)
    if (!last) return
    afterRank = last.rank
    await queueMessages(trx, scope, group.map((recipient) => messageFor(recipient, deps, into)))
    if (group.length < GROUP) return
  }
}

function messageFor(recipient: FrozenRecipient, deps: Pick<Deps, 'config'>, into: Parameters<typeof queueTexts>[3]): NewMessage {
  const rendered = textFor(into.compiled, recipient, { ...into.shared, link: linkFor(deps.config, recipient.code) })
  // A record that was emptied between the count and this line: nothing half-written may leave.
  if (!rendered || rendered.missing.length > 0) throw new Refusal('incomplete')
  const { encoding, segments } = measureSms(rendered.text)
  return {
    purpose: 'campaign', campaignId: into.campaignId, batchId: into.batchId, recipientId: recipient.id, candidateId: recipient.candidate_id, requestedBy: null, step: 1,
    e164: recipient.e164, sender: into.sender, body: rendered.text, encoding, segments,
  }
}

async function whatHappened(deps: Pick<Deps, 'db'>, scope: CompanyScope, launch: Launch): Promise<Outcome<{ id: number; isRepeat: boolean }, LaunchRefusal>> {
  const now = await findCampaign(deps.db, scope, launch.campaignId)
  if (!now) return refused('deleted')
  if (now.launch_key === launch.launchKey) return done({ id: now.id, isRepeat: true })
  return refused(now.status === 'draft' ? 'stale' : 'launched')
}
