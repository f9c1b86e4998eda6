import type { Transaction } from 'kysely'
import { listSenders } from '../companies/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { sameTexts } from '../message-templates/domain.ts'
import type { Viewer } from '../web/viewer.ts'
import { mayOverride } from './audience.domain.ts'
import { planOfAnswers } from './closing.domain.ts'
import { choicesAfter } from './codes.commands.ts'
import { updateChoices } from './codes.queries.ts'
import { findPrevious, savePrevious, type DraftState } from './previous.queries.ts'
import { lockCampaign, startOf, updateDraft } from './queries.ts'

type Draft = NonNullable<Awaited<ReturnType<typeof lockCampaign>>>

/** Who comes back to a draft after this long may want what they found. */
const REST_MINUTES = 10

/** Keeps what a draft holds when it is about to lose it: a text replaced in one go, or the work of another sitting. */
export async function keepPrevious(trx: Transaction<DB>, scope: CompanyScope, draft: Draft, given: { textsReplaced: boolean; now: Date }): Promise<void> {
  const hasText = Object.values(draft.texts).some((text) => text !== '')
  const rested = given.now.getTime() - draft.updated_at.getTime() > REST_MINUTES * 60_000
  if (hasText && (given.textsReplaced || rested)) await savePrevious(trx, scope, draft.id, stateOf(draft), draft.updated_at)
}

/** The draft as it was before; what it is now is kept in its place, so that doing it again takes it back. */
export async function restoreDraft(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number, version: number): Promise<Outcome<true, 'launched' | 'launching' | 'stale'>> {
  const { scope } = viewer
  const senders = await listSenders(deps.db, scope)
  return deps.db.transaction().execute(async (trx) => {
    const draft = await lockCampaign(trx, scope, campaignId)
    if (!draft) throw notFound('campaign')
    if (draft.status !== 'draft') return refused('launched')
    if (draft.is_launching) return refused('launching')
    if (draft.version !== version) return refused('stale')
    const previous = await findPrevious(trx, scope, campaignId)
    if (!previous) return refused('stale')
    const { codes, ...state } = previous.state
    const change = {
      ...state,
      senderId: senders.some(({ id }) => id === state.senderId) ? state.senderId : draft.sender_id,
      overrideReason: state.overrideReason === null || mayOverride(viewer.privileges, draft.audience) ? state.overrideReason : draft.override_reason,
    }
    await savePrevious(trx, scope, campaignId, stateOf(draft), draft.updated_at)
    await updateDraft(trx, scope, campaignId, change, !sameTexts(change.texts, draft.texts))
    await updateChoices(trx, scope, campaignId, await choicesAfter(trx, viewer, draft.codes, codes, null))
    return done(true as const)
  })
}

function stateOf(draft: Draft): DraftState {
  return {
    name: draft.name, kind: draft.kind, senderId: draft.sender_id, templateId: draft.template_id, templateVersion: draft.template_version, limitTo: draft.limit_to,
    internalComment: draft.internal_comment, overrideReason: draft.override_reason, texts: draft.texts, codes: draft.codes,
    answers: planOfAnswers(draft), reminderTexts: draft.reminder_texts,
    ...startOf(draft),
  }
}
