import { createHash, randomUUID } from 'node:crypto'
import { listAudience } from '../campaigns/audience.queries.ts'
import { attemptLaunch, checkFaults, lookAtDraft, requireLaunchPrivileges, type CheckFault } from '../campaigns/checking.ts'
import { inspectDraft } from '../campaigns/inspection.ts'
import type { LaunchRefusal } from '../campaigns/launch.commands.ts'
import { refusalText } from '../campaigns/launching.views.ts'
import { listFrozenPeople } from '../campaigns/people.queries.ts'
import type { Campaign } from '../campaigns/queries.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { getCampaign, showCampaign } from './campaigns.routes.ts'
import { pageOfRows, readCursor } from './cursors.ts'
import { apiRoute, type ApiCall, type ApiRoute } from './endpoint.ts'
import { idParams } from './fields.ts'
import { launch, launchRequest, memberPage, peopleQuery, preview } from './launches.input.ts'
import { batchesModel, memberModel, previewModel } from './launches.views.ts'
import { ApiProblem, missingPrivilege, requirePrivilege } from './problem.ts'
import type { z } from 'zod'

/** From a draft to a campaign: who would get it, what stands against it, and the launch. */
export const launchRoutes: readonly ApiRoute[] = [
  apiRoute({
    id: 'previewCampaign', method: 'GET', path: '/campaigns/{id}/preview', resource: 'campaigns', scope: 'campaigns:read', summary: 'apiCampaigns.op.preview', note: 'apiCampaigns.op.previewNote',
    params: idParams, response: preview, problems: ['conflict', 'missing_privilege'],
    handle: async (deps, call) => {
      requirePrivilege(call.viewer, 'campaigns.send')
      const draft = await getCampaign(deps, call, call.params.id)
      if (draft.status !== 'draft') throw refusedLaunch('launched')
      return previewModel({ ...call.viewer, language: call.language }, await lookAtDraft(deps, call.viewer, draft, randomUUID()))
    },
  }),
  apiRoute({
    id: 'listCampaignAudience', method: 'GET', path: '/campaigns/{id}/audience', resource: 'campaigns', scope: 'campaigns:read', summary: 'apiCampaigns.op.audience', note: 'apiCampaigns.op.audienceNote',
    params: idParams, query: peopleQuery, response: memberPage, problems: ['bad_cursor'],
    handle: async (deps, call) => {
      const { scope, query: { line, limit, cursor } } = call
      const { db } = deps
      const found = await getCampaign(deps, call, call.params.id)
      const reason = line === 'recipients' ? null : line
      const page = { afterRank: readCursor(cursor, ['id'])?.[0] ?? 0, limit: limit + 1 }
      const rows = found.audience_counts === null
        ? await listAudience(db, scope, (await inspectDraft(db, deps.config, scope, found)).spec, reason, page)
        : await listFrozenPeople(db, scope, found.id, reason, page)
      return pageOfRows(rows, limit, (row) => [row.rank], memberModel)
    },
  }),
  apiRoute({
    id: 'launchCampaign', method: 'POST', path: '/campaigns/{id}/launch', resource: 'campaigns', scope: 'campaigns:send', summary: 'apiCampaigns.op.launch', note: 'apiCampaigns.op.launchNote',
    params: idParams, body: launchRequest, response: launch, problems: ['conflict', 'missing_privilege'],
    handle: async (deps, call): Promise<z.input<typeof launch>> => {
      const { viewer, key, params: { id }, body: { version, recipients, accept_warnings } } = call
      requirePrivilege(viewer, 'campaigns.send')
      const draft = await getCampaign(deps, call, id)
      const wish = { campaignId: id, version, launchKey: launchKeyOf(viewer.scope.companyId, id, version), recipients, typed: String(recipients), isChecked: accept_warnings }
      if (key.kind === 'test') return rehearse(deps, call, draft, wish)
      // The same again is the same launch, which a worker is making.
      const result = await attemptLaunch(deps, viewer, draft, wish)
      if (!result.ok) throw result.reason === 'unconfirmed' ? unconfirmed(call, result.detail.faults) : await explained(deps, call, draft, result.reason)
      const campaign = await showCampaign(deps, call, id)
      return { outcome: campaign.status === 'draft' ? 'launching' : 'launched', recipients: campaign.counts?.recipients ?? recipients, is_repeat: result.value.isRepeat, batches: null, campaign }
    },
  }),
]

type Call = ApiCall<{ id: number }>
type Wish = Parameters<typeof attemptLaunch>[3]

/** What a test key launches is looked at as if it were to leave, and stays a draft. */
async function rehearse(deps: Deps, call: Call, draft: Campaign, wish: Wish): Promise<z.input<typeof launch>> {
  const { viewer } = call
  if (draft.status !== 'draft') throw refusedLaunch('launched')
  if (draft.is_launching) throw refusedLaunch('launching')
  requireLaunchPrivileges(viewer, draft)
  const given = await lookAtDraft(deps, viewer, { ...draft, is_test: false }, wish.launchKey)
  const faults = checkFaults(viewer, given, wish)
  if (faults.length > 0) throw unconfirmed(call, faults)
  const { blockers: [blocker], counts, batches } = given.inspection
  if (blocker) throw await explained(deps, call, draft, blocker)
  if (counts.recipients > wish.recipients) throw await explained(deps, call, draft, 'grown')
  return { outcome: 'simulated', recipients: counts.recipients, is_repeat: false, batches: batchesModel(batches), campaign: await showCampaign(deps, call, draft.id) }
}

function unconfirmed({ t }: Call, faults: readonly CheckFault[]): ApiProblem {
  if (faults.includes('stale')) return new ApiProblem('conflict', { reason: 'stale', words: 'check.stale' })
  if (faults.includes('twin')) return new ApiProblem('conflict', { reason: 'twin', words: 'check.blocked' })
  return new ApiProblem('invalid', { reason: 'warnings', errors: [{ in: 'body', field: 'accept_warnings', message: t('apiCampaigns.fault.warnings') }] })
}

async function explained(deps: Deps, call: Call, draft: Campaign, reason: LaunchRefusal): Promise<ApiProblem> {
  if (reason === 'deleted') throw notFound('campaign')
  if (reason === 'override_forbidden') return missingPrivilege('consent.override')
  if (reason === 'launched' || reason === 'launching') return refusedLaunch(reason)
  const inspection = await inspectDraft(deps.db, deps.config, call.scope, draft)
  return new ApiProblem('conflict', {
    reason, facts: { detail: refusalText({ ...call.viewer, language: call.language }, reason, inspection), recipients: inspection.counts.recipients },
    ...(reason === 'busy' ? { headers: { 'retry-after': '5' } } : {}),
  })
}

function refusedLaunch(reason: 'launched' | 'launching'): ApiProblem {
  return new ApiProblem('conflict', { reason, words: reason === 'launched' ? 'check.again' : 'launching.held' })
}

/** One for a draft as it was looked at: however often and from wherever it is launched, it is one launch. */
function launchKeyOf(companyId: number, campaignId: number, version: number): string {
  const hex = createHash('sha256').update(`launch ${companyId} ${campaignId} ${version}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
