import { findUnknownPeople } from '../candidates/records.queries.ts'
import { readerOf } from '../candidates/views.ts'
import { CAMPAIGN_STATUSES } from '../campaigns/domain.ts'
import { createDraft, saveDraft, type DraftForm } from '../campaigns/drafts.commands.ts'
import { findLaunchRequest } from '../campaigns/launching.queries.ts'
import { rangeOf, type ListCursor } from '../campaigns/list.domain.ts'
import { listCampaigns } from '../campaigns/list.queries.ts'
import { getProgress } from '../campaigns/progress.queries.ts'
import { findCampaign, type Campaign } from '../campaigns/queries.ts'
import { startFault } from '../campaigns/schedule.domain.ts'
import { problemText } from '../campaigns/schedule.views.ts'
import { getSettings } from '../companies/queries.ts'
import { listPools } from '../companies/senders.queries.ts'
import { dateIn } from '../core/dates.ts'
import { notFound } from '../core/problem.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { campaign, campaignChange, campaignPage, campaignsQuery, newCampaign, REFERENCES, type GivenDraft, type ToldCampaign } from './campaigns.input.ts'
import { audienceOf, campaignModel, choicesOf, draftForm, summaryModel } from './campaigns.views.ts'
import { pageOfRows, readCursor } from './cursors.ts'
import { apiRoute, type ApiCall, type ApiRoute } from './endpoint.ts'
import { idParams, oneLine } from './fields.ts'
import { ApiProblem, missingPrivilege, wrongField } from './problem.ts'

/** Campaigns, and the drafts that they begin as. */
export const campaignRoutes: readonly ApiRoute[] = [
  apiRoute({
    id: 'listCampaigns', method: 'GET', path: '/campaigns', resource: 'campaigns', scope: 'campaigns:read', summary: 'apiCampaigns.op.list', note: 'apiCampaigns.op.listNote',
    query: campaignsQuery, response: campaignPage, problems: ['bad_cursor'],
    handle: async ({ db }, { scope, viewer, query, t }) => {
      const { timeZone } = viewer.company
      const { starts_from: from, starts_until: until, sort, limit } = query
      if (from && until && until < from) throw new ApiProblem('invalid', { errors: [{ in: 'query', field: 'starts_until', message: t('apiCampaigns.fault.order') }] })
      const now = await getNow(db)
      const range = rangeOf({ period: 'custom', from: from ?? '', until: until ?? '' }, dateIn(timeZone, now), timeZone, now)
      const filter = { statuses: query.status ? [query.status] : CAMPAIGN_STATUSES, mine: query.mine ? viewer.userId : null, q: oneLine(query.q ?? ''), range }
      const rows = await listCampaigns(db, scope, filter, { sort, after: placeOf(query.cursor, sort), limit: limit + 1 })
      return pageOfRows(rows, limit, (row) => [sort === 'name' ? row.name : row.sort_at, row.id], summaryModel)
    },
  }),
  apiRoute({
    id: 'createCampaign', method: 'POST', path: '/campaigns', resource: 'campaigns', scope: 'campaigns:write', summary: 'apiCampaigns.op.create', note: 'apiCampaigns.op.createNote',
    body: newCampaign, response: campaign, status: 201, problems: ['conflict', 'missing_privilege'], withTestKey: 'kept', bodyLimit: 512 * 1024,
    handle: async (deps, call) => {
      const { viewer, key, t, body: { audience: given, ...change } } = call
      const audience = audienceOf(given)
      if (audience.mode === 'selected') {
        const [unknown] = await findUnknownPeople(deps.db, call.scope, audience.ids)
        if (unknown !== undefined) throw wrongField('audience.candidate_ids', t('apiCampaigns.fault.unknownPerson', { id: String(unknown) }))
      }
      const made = await createDraft(deps, viewer, { name: change.name, kind: change.kind, audience, isTest: key.kind === 'test' })
      if (made.ok) return writeDraft(deps, call, made.value.id, change)
      switch (made.reason) {
        case 'list_forbidden': throw missingPrivilege('campaigns.send_list')
        case 'nobody': throw wrongField('audience', t('campaigns.new.nobody'))
        default: throw new ApiProblem('conflict', { reason: made.reason, words: `campaigns.refused.${made.reason}` })
      }
    },
  }),
  apiRoute({
    id: 'getCampaign', method: 'GET', path: '/campaigns/{id}', resource: 'campaigns', scope: 'campaigns:read', summary: 'apiCampaigns.op.get',
    params: idParams, response: campaign,
    handle: (deps, call) => showCampaign(deps, call, call.params.id),
  }),
  apiRoute({
    id: 'updateCampaign', method: 'PATCH', path: '/campaigns/{id}', resource: 'campaigns', scope: 'campaigns:write', summary: 'apiCampaigns.op.update', note: 'apiCampaigns.op.updateNote',
    params: idParams, body: campaignChange, response: campaign, problems: ['conflict', 'missing_privilege'], withTestKey: 'kept',
    handle: async (deps, call) => {
      const { params: { id }, body: { version, ...change } } = call
      const draft = await getCampaign(deps, call, id)
      if (call.key.kind === 'test' && !draft.is_test) throw new ApiProblem('conflict', { reason: 'live_campaign', words: 'apiCampaigns.fault.liveCampaign' })
      if (draft.status === 'draft' && draft.version !== version) throw refusedDraft('stale')
      return writeDraft(deps, call, id, change)
    },
  }),
]

/** Another company's is not there. */
export async function getCampaign({ db }: Pick<Deps, 'db'>, { scope }: Pick<ApiCall, 'scope'>, id: number): Promise<Campaign> {
  const found = await findCampaign(db, scope, id)
  if (!found) throw notFound('campaign')
  return found
}

export async function showCampaign(deps: Pick<Deps, 'db'>, call: Pick<ApiCall, 'scope' | 'viewer'>, id: number): Promise<ToldCampaign> {
  const found = await getCampaign(deps, call, id)
  const isDraft = found.status === 'draft'
  return campaignModel(call.viewer, found, {
    progress: isDraft ? undefined : await getProgress(deps.db, call.scope, id),
    asked: isDraft ? await findLaunchRequest(deps.db, call.scope, id) : undefined,
  })
}

function placeOf(text: string | undefined, sort: 'start' | 'name'): ListCursor | undefined {
  if (sort === 'name') {
    const place = readCursor(text, ['text', 'id'])
    return place && { name: place[0], id: place[1] }
  }
  const place = readCursor(text, ['moment', 'id'])
  return place && { at: place[0], id: place[1] }
}

/** What a person would be refused beside a field is refused here; the rest is the command's. */
async function writeDraft(deps: Deps, call: ApiCall, id: number, given: GivenDraft): Promise<ToldCampaign> {
  const before = await getCampaign(deps, call, id)
  const senderId = await senderOf(deps, call, before, given.sender_pool_id)
  await checkFields(deps, call, before, given)
  await save(deps, call, id, draftForm(before, given, senderId))
  // A template that is picked brings its texts; those given beside it are newer.
  if (given.texts !== undefined && (given.template_id || given.kind !== undefined)) await save(deps, call, id, draftForm(await getCampaign(deps, call, id), { texts: given.texts }, senderId))
  const after = await getCampaign(deps, call, id)
  for (const [name, field] of Object.entries(REFERENCES)) {
    const wanted = given.references && choicesOf(given.references)[field]
    // What was archived, or is not this person's to see, is passed over by the form, which only offers the others.
    if (wanted !== undefined && after.codes[field] !== wanted) throw wrongField(`references.${name}`, call.t('apiCampaigns.fault.unknownReference'))
  }
  return showCampaign(deps, call, id)
}

async function save(deps: Deps, { viewer }: ApiCall, id: number, form: DraftForm): Promise<void> {
  const result = await saveDraft(deps, viewer, id, form)
  if (!result.ok) throw refusedDraft(result.reason)
}

function refusedDraft(reason: 'stale' | 'launched' | 'launching' | 'template' | 'override_forbidden'): ApiProblem {
  if (reason === 'override_forbidden') return missingPrivilege('consent.override', { words: 'compose.override.forbidden' })
  return new ApiProblem('conflict', { reason, words: ({ launched: 'compose.alreadyLaunched', launching: 'launching.held', stale: 'compose.stale', template: 'compose.templateGone' } as const)[reason] })
}

async function senderOf({ db }: Deps, { scope, t }: ApiCall, { sender_id }: Campaign, poolId: number | undefined): Promise<number> {
  if (poolId === undefined) return sender_id
  const sender = (await listPools(db, scope)).find(({ id }) => id === poolId)?.senders[0]
  if (!sender) throw wrongField('sender_pool_id', t('apiCampaigns.fault.unknownPool'))
  return sender.id
}

async function checkFields({ db }: Deps, { scope, viewer, language, t }: ApiCall, { time_zone: zone }: Campaign, { limit_to: limit, schedule, answers }: GivenDraft): Promise<void> {
  const { 'campaign.recipient_limit': most } = await getSettings(db, scope)
  if (typeof limit === 'number' && limit > most) throw wrongField('limit_to', t('apiCampaigns.fault.limit', { most }))
  const now = await getNow(db)
  const start = schedule?.starts === 'later' ? { on: schedule.date, time: schedule.time } : undefined
  const close = answers?.close_at ? { on: answers.close_at.date, time: answers.close_at.time } : undefined
  for (const [field, moment] of [['schedule', start], ['answers.close_at', close]] as const) {
    const reason = moment && startFault({ ...moment, zone }, now)
    if (reason) throw wrongField(field, problemText({ ...readerOf(viewer, now), t, language }, { field: reason === 'far' ? 'on' : 'time', reason }, { zone, now }))
  }
}
