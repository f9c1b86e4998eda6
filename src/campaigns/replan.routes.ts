import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readerOf } from '../candidates/views.ts'
import { getSettings } from '../companies/queries.ts'
import { windowRules } from '../companies/sending-rules.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render, wantsFragment } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { weekdayName } from '../words/format.ts'
import { readReplan, type ReplanForm } from './actions.input.ts'
import { moved, requirePrivilege } from './actions.routes.ts'
import { countHanded, findSeen } from './moves.queries.ts'
import { releaseCampaign, rescheduleCampaign, resumeCampaign, type Replanned } from './replan.commands.ts'
import { mayReplan, nextFreeDay, unusualStart } from './replan.domain.ts'
import { findLeft } from './replan.queries.ts'
import { faultText, firstForm, planModel, replanModel, type ReplanAction, type ReplanGiven } from './replan.views.ts'
import { readStart } from './schedule.input.ts'
import { momentText, problemText } from './schedule.views.ts'
import { getCampaign } from './campaign.routes.ts'

type IdRoute = { Params: { id: string }; Querystring: Record<string, unknown> }
const COMMANDS = { resume: resumeCampaign, reschedule: rescheduleCampaign, release: releaseCampaign } as const

/** Resuming, rescheduling, releasing: pages that ask for a new date and show what it comes to before anything changes. */
export function replanRoutes(app: FastifyInstance, deps: Deps): void {
  const routes = [['resumption', 'resume', 'campaigns.manage'], ['rescheduling', 'reschedule', 'campaigns.manage'], ['release', 'release', 'campaigns.release']] as const
  for (const [step, action, privilege] of routes) {
    app.get<IdRoute>(`/campaigns/:id/${step}`, { config: { privilege } }, (request, reply) => ask(deps, request, reply, action))
    app.post<IdRoute>(`/campaigns/:id/${step}`, { config: { privilege } }, (request, reply) => answer(deps, request, reply, action))
  }
}

async function ask(deps: Deps, request: FastifyRequest, reply: FastifyReply, action: ReplanAction): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const given = await gather(deps, request, action)
  requirePrivilege(viewer, action, given.campaign)
  const refusal = whyNot(viewer, given)
  if (refusal !== undefined) return moved(request, reply, given.campaign, refusal)
  return show(reply, viewer, { ...given, form: firstForm(given, viewer.company.country) }, 200)
}

async function answer(deps: Deps, request: FastifyRequest, reply: FastifyReply, action: ReplanAction): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const form = readReplan(request.body)
  const given = { ...(await gather(deps, request, action)), form }
  requirePrivilege(viewer, action, given.campaign)
  const refusal = whyNot(viewer, given)
  if (refusal !== undefined) return moved(request, reply, given.campaign, refusal)
  if (form.press === 'propose') return show(reply, viewer, withProposal(given), 200)
  if (form.press === 'show') {
    if (wantsFragment(request)) return render(reply, 'campaigns/_replan', { replan: planModel(readerOf(viewer, given.left.now), given) })
    return show(reply, viewer, given, 200)
  }
  const checked = check(viewer, given)
  if (!checked.ok) return show(reply, viewer, { ...given, ...checked.said }, 422)
  const result = await COMMANDS[action](deps, viewer, given.campaign.id, { start: checked.start, allowWeekends: form.allowWeekends, seen: form.seen })
  if (!result.ok) return refuse(deps, request, reply, given, result)
  flash(request, 'ok', doneText(viewer, given, result.value))
  return redirect(reply, paths.campaign(given.campaign.id))
}

/** Everything a page shows; the token first, so that a change in between looks like one. */
async function gather(deps: Deps, request: FastifyRequest, action: ReplanAction): Promise<Omit<ReplanGiven, 'form'>> {
  const { scope, company } = request.viewer as Viewer
  const { id } = await getCampaign(deps, request)
  const seen = (await findSeen(deps.db, scope, id)) ?? 0
  const [campaign, left, handed, settings] = await Promise.all([
    getCampaign(deps, request), findLeft(deps.db, scope, id, action === 'reschedule' ? 'planned' : 'unfinished'), countHanded(deps.db, scope, id), getSettings(deps.db, scope),
  ])
  return { campaign, action, seen, left, handed, windows: windowRules(settings, company.timeZone), errors: [], problems: [] }
}

/** Undefined when it may be asked; else a sentence, or an empty one for the usual. */
function whyNot({ language }: Viewer, { campaign, action, left }: Omit<ReplanGiven, 'form'>): string | undefined {
  if (!mayReplan(action, campaign)) return ''
  return action === 'reschedule' && left.batches.length === 0 ? translator(language)('actions.nothingPlanned') : undefined
}

type Said = Pick<ReplanGiven, 'errors' | 'problems'> & { form?: ReplanForm }

/** What the form itself can be told before anything is locked. */
function check(viewer: Viewer, { action, form, left }: ReplanGiven): { ok: true; start: Parameters<typeof resumeCampaign>[3]['start'] } | { ok: false; said: Said } {
  const reader = readerOf(viewer, left.now)
  const { t, language } = reader
  const errors: Said['errors'] = action === 'release' && !form.hasRead ? [{ field: 'read', text: t('actions.release.unread') }] : []
  const isNothingLeft = left.batches.length === 0
  const read = form.startsNow || isNothingLeft ? ({ ok: true, start: 'now' } as const) : readStart(form.fields, left.zone, left.now)
  if (!read.ok) {
    const problems = read.problems.map((problem) => ({ field: problem.field === 'on' ? 'start_on' : 'start_time', text: problemText(reader, problem, left) }))
    return { ok: false, said: { errors: [...problems, ...errors], problems: read.problems } }
  }
  const on = unusualStart(left, { start: read.start, allowWeekends: form.allowWeekends })
  if (on !== undefined && form.warned !== on) {
    return { ok: false, said: { errors: [{ field: 'starts', text: t('actions.plan.weekend', { day: weekdayName(language, on, 'long') }) }, ...errors], problems: [] } }
  }
  return errors.length > 0 ? { ok: false, said: { errors, problems: [] } } : { ok: true, start: read.start }
}

function withProposal(given: ReplanGiven): ReplanGiven {
  const on = nextFreeDay(given.left, given.form.allowWeekends)
  return { ...given, form: { ...given.form, startsNow: false, fields: { ...given.form.fields, on } } }
}

/** What only the campaign's own row could tell: the page again, with what was typed and where the campaign stands now. */
async function refuse(deps: Deps, request: FastifyRequest, reply: FastifyReply, before: ReplanGiven, { reason, detail }: Replanned & { ok: false }): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const given = { ...(await gather(deps, request, before.action)), form: before.form }
  const refusal = whyNot(viewer, given)
  if (refusal !== undefined) return moved(request, reply, given.campaign, refusal)
  const reader = readerOf(viewer, given.left.now)
  if (reason === 'moved' || reason === 'stale' || reason === 'nothing_planned') return show(reply, viewer, { ...given, errors: [{ field: '', text: reader.t('actions.stale') }] }, 409)
  return show(reply, viewer, { ...given, errors: [{ field: 'starts', text: faultText(reader, given, reason, detail.next) }] }, 422)
}

function show(reply: FastifyReply, viewer: Viewer, given: ReplanGiven, status: 200 | 409 | 422): Promise<FastifyReply> {
  return render(reply, 'campaigns/action', replanModel(viewer, given), { title: translator(viewer.language)(`actions.${given.action}.heading`), section: 'campaigns', status, hasError: status !== 200 })
}

function doneText(viewer: Viewer, { action, left, form }: ReplanGiven, { dated }: Extract<Replanned, { ok: true }>['value']): string {
  const reader = readerOf(viewer, left.now)
  const { t } = reader
  const [first] = dated
  if (!first) return t('actions.done.nothingLeft')
  return t(`actions.${action}.done`, { moment: form.startsNow ? t('actions.done.now') : momentText(reader, first.dueAt, left.zone) })
}
