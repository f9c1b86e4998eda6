import { readerOf } from '../candidates/views.ts'
import { cancelCampaign, pauseCampaign, type Moved } from '../campaigns/commands.ts'
import { privilegeFor } from '../campaigns/domain.ts'
import type { Handed } from '../campaigns/moves.queries.ts'
import { rescheduleCampaign, resumeCampaign } from '../campaigns/replan.commands.ts'
import { mayReplan, unusualStart, type Choice } from '../campaigns/replan.domain.ts'
import { findLeft } from '../campaigns/replan.queries.ts'
import { faultText } from '../campaigns/replan.views.ts'
import type { Deps } from '../deps.ts'
import { weekdayName } from '../words/format.ts'
import type { z } from 'zod'
import { newDates, replanned, stopped } from './campaign-moves.input.ts'
import { OFFERED_ACTIONS } from './campaigns.input.ts'
import { getCampaign, showCampaign } from './campaigns.routes.ts'
import { isPossible } from './campaigns.views.ts'
import { apiRoute, type ApiCall, type ApiRoute } from './endpoint.ts'
import { idParams, isoMoment } from './fields.ts'
import { ApiProblem, requirePrivilege, wrongField } from './problem.ts'

type Stopping = 'pause' | 'cancel'
type Replanning = 'resume' | 'reschedule'
type Call<Body = unknown> = ApiCall<{ id: number }, unknown, Body>

/** What may be done with a launched campaign, by the table of states that the pages read (S79). */
export const campaignMoveRoutes: readonly ApiRoute[] = [
  ...(['pause', 'cancel'] as const).map((action) => apiRoute({
    id: `${action}Campaign`, method: 'POST', path: `/campaigns/{id}/${action}`, resource: 'campaigns', scope: 'campaigns:send', summary: `apiCampaigns.op.${action}`, note: `apiCampaigns.op.${action}Note`,
    params: idParams, response: stopped, problems: ['conflict', 'missing_privilege'],
    handle: (deps, call) => stop(deps, call, action),
  })),
  ...(['resume', 'reschedule'] as const).map((action) => apiRoute({
    id: `${action}Campaign`, method: 'POST', path: `/campaigns/{id}/${action}`, resource: 'campaigns', scope: 'campaigns:send', summary: `apiCampaigns.op.${action}`, note: `apiCampaigns.op.${action}Note`,
    params: idParams, body: newDates, response: replanned, problems: ['conflict', 'missing_privilege'],
    handle: (deps, call) => giveDates(deps, call, action),
  })),
]

async function stop(deps: Deps, call: Call, action: Stopping): Promise<z.input<typeof stopped>> {
  const { viewer, params: { id } } = call
  requirePrivilege(viewer, privilegeFor(action, (await getCampaign(deps, call, id)).status))
  const result: Moved<Handed> = action === 'pause' ? await pauseCampaign(deps, viewer, id, { waits: false }) : await cancelCampaign(deps, viewer, id)
  if (!result.ok) throw await movedOn(deps, call)
  const { out, inFlight, doubtful, waiting } = result.value
  return { handed: { out, in_flight: inFlight, doubtful, waiting }, campaign: await showCampaign(deps, call, id) }
}

async function giveDates(deps: Deps, call: Call<z.output<typeof newDates>>, action: Replanning): Promise<z.input<typeof replanned>> {
  const { scope, viewer, language, t, params: { id }, body: { schedule, accept_weekend } } = call
  const campaign = await getCampaign(deps, call, id)
  requirePrivilege(viewer, privilegeFor(action, campaign.status))
  if (!mayReplan(action, campaign)) throw await movedOn(deps, call)
  const left = await findLeft(deps.db, scope, id, action === 'reschedule' ? 'planned' : 'unfinished')
  const choice: Choice = { start: schedule.starts === 'now' ? 'now' : { on: schedule.date, time: schedule.time, zone: left.zone }, allowWeekends: schedule.allow_weekends }
  const weekend = unusualStart(left, choice)
  if (weekend !== undefined && !accept_weekend) throw wrongField('accept_weekend', t('actions.plan.weekend', { day: weekdayName(language, weekend, 'long') }))
  const command = action === 'resume' ? resumeCampaign : rescheduleCampaign
  const result = await command(deps, viewer, id, choice)
  if (result.ok) {
    const batches = result.value.dated.map((batch) => ({ id: batch.id, no: batch.no, date: batch.localDate, due_at: isoMoment(batch.dueAt), waiting: batch.waiting }))
    return { batches, campaign: await showCampaign(deps, call, id) }
  }
  const { reason, detail } = result
  if (reason === 'moved' || reason === 'stale') throw await movedOn(deps, call)
  if (reason === 'nothing_planned') throw new ApiProblem('conflict', { reason, words: 'actions.nothingPlanned' })
  const fields = choice.start === 'now' ? { on: '', time: '' } : choice.start
  const form = { startsNow: choice.start === 'now', fields, allowWeekends: choice.allowWeekends, seen: undefined, warned: '', hasRead: false, press: 'do' } as const
  throw wrongField('schedule', faultText({ ...readerOf(viewer, left.now), t, language }, { left, form }, reason, detail.next))
}

/** Where it stands by now, and what is possible there. */
async function movedOn(deps: Deps, call: Call): Promise<ApiProblem> {
  const campaign = await getCampaign(deps, call, call.params.id)
  const { status } = campaign
  const isClosed = status !== 'draft' && !campaign.is_open
  return new ApiProblem('conflict', {
    reason: isClosed ? 'closed' : 'moved', words: 'actions.moved', args: { status: call.t(isClosed ? 'campaigns.closed' : `campaigns.status.${status}`) },
    facts: { campaign_status: status, possible_actions: OFFERED_ACTIONS.filter((action) => isPossible(call.viewer, campaign, action)) },
  })
}
