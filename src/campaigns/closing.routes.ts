import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readerOf } from '../candidates/views.ts'
import { getSettings } from '../companies/queries.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { confirmForm } from './actions.input.ts'
import { moved, requirePrivilege } from './actions.routes.ts'
import { getCampaign } from './campaign.routes.ts'
import { changeAnswers } from './closing.commands.ts'
import { FAULT_FIELDS, planOfAnswers, type AnswerPlan, type PlanFault } from './closing.domain.ts'
import { readPlan, readReminderTexts, type TypedPlan } from './closing.input.ts'
import { countPeople, countYes } from './closing.queries.ts'
import { answersModel, languagesOf, planFaultText, planProblemText } from './closing.views.ts'
import { mayDo } from './domain.ts'
import { findSeen } from './moves.queries.ts'
import { listBatches } from './progress.queries.ts'
import type { Campaign, Texts } from './queries.ts'
import { USUAL_REMINDER } from './reminders.domain.ts'
import type { AnswersPage } from './reminders.views.ts'
import { momentText } from './schedule.views.ts'

type IdRoute = { Params: { id: string } }
const MANAGE = { config: { privilege: 'campaigns.manage' } } as const

/** Until when, how many, the reminder and the waiting between waves of a campaign that was launched; and opening it again. */
export async function closingRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<IdRoute>('/campaigns/:id/answers', MANAGE, async (request, reply) => {
    const campaign = await getCampaign(deps, request)
    return showAnswers(deps, request, reply, campaign, { plan: planOfAnswers(campaign), texts: campaign.reminder_texts })
  })

  app.post<IdRoute>('/campaigns/:id/answers', MANAGE, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const campaign = await getCampaign(deps, request)
    requirePrivilege(viewer, 'answers', campaign)
    const texts = readReminderTexts(request.body, USUAL_REMINDER)
    const read = readPlan(request.body, { zone: campaign.time_zone, now: await getNow(deps.db) })
    if (!read.ok) return showAnswers(deps, request, reply, campaign, { plan: planOfAnswers(campaign), texts, typed: read.typed, status: 422 })
    const { seen } = confirmForm.parse(request.body ?? {})
    const result = await changeAnswers(deps, viewer, campaign.id, { plan: read.plan, reminderTexts: texts, seen })
    if (result.ok) {
      flash(request, 'ok', t(result.value.isReopened ? 'reminders.settings.reopened' : 'reminders.settings.done'))
      return redirect(reply, paths.campaign(campaign.id))
    }
    const now = await getCampaign(deps, request)
    if (result.reason === 'moved') return moved(request, reply, now)
    const shown = result.reason === 'stale' ? { errors: [{ field: '', text: t('actions.stale') }], status: 409 } : { faults: result.detail.faults, status: 422 }
    return showAnswers(deps, request, reply, now, { plan: read.plan, texts, ...shown })
  })
}

type Shown = { plan: AnswerPlan; texts: Texts; typed?: TypedPlan; faults?: PlanFault[]; errors?: AnswersPage['errors']; status?: number }

async function showAnswers(deps: Deps, request: FastifyRequest, reply: FastifyReply, campaign: Campaign, { plan, texts, typed, faults = [], errors = [], status = 200 }: Shown): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const reader = readerOf(viewer)
  const { t } = reader
  if (campaign.status === 'draft') return redirect(reply, paths.campaign(campaign.id))
  requirePrivilege(viewer, 'answers', campaign)
  if (!mayDo('answers', campaign.status)) return moved(request, reply, campaign)
  const { db } = deps
  const { scope } = viewer
  const [seen, settings, now, batches, recipients, yes] = await Promise.all([findSeen(db, scope, campaign.id), getSettings(db, scope), getNow(db), listBatches(db, scope, campaign.id), countPeople(db, scope, campaign.id), countYes(db, scope, campaign.id)])
  const at = { zone: campaign.time_zone, now }
  const found = faults.map((fault) => ({ fault, text: planFaultText(reader, fault, { counts: { recipients }, settings, yes }) }))
  const hasWaves = batches.some(({ kind, state }) => kind === 'wave' && (state === 'planned' || state === 'held'))
  const isReopening = !campaign.is_open
  const usual = plan.closeOn === null && campaign.closes_at ? t('reminders.closing.keptHint', { moment: momentText(reader, campaign.closes_at, campaign.time_zone) }) : t('reminders.closing.usualHint', { days: settings['campaign.open_days'] })
  const answers = answersModel(reader, {
    plan, texts, typed, showsProblems: true, faults: found, ...at, openDays: settings['campaign.open_days'], languages: languagesOf(campaign.texts, viewer.company.language), lines: [], lint: [],
    waves: hasWaves ? 'running' : 'none', usualHint: usual,
  })
  const page: AnswersPage = {
    crumbs: [{ label: t('campaigns.title'), href: paths.campaigns }, { label: campaign.name, href: paths.campaign(campaign.id) }], intro: t(isReopening ? 'reminders.settings.reopenIntro' : 'reminders.settings.intro'),
    errors: [...errors, ...(typed?.problems ?? []).map((problem) => ({ field: problem.field, text: planProblemText(reader, problem, at) })), ...found.map(({ fault, text }) => ({ field: FAULT_FIELDS[fault], text }))],
    action: paths.campaignStep(campaign.id, 'answers'), seen: String(seen ?? 0), answers, submit: { label: t(isReopening ? 'reminders.settings.reopen' : 'reminders.settings.submit'), icon: isReopening ? 'play' : 'check' }, backUrl: paths.campaign(campaign.id),
  }
  return render(reply, 'campaigns/answers', page, { title: t(isReopening ? 'reminders.settings.reopenTitle' : 'reminders.settings.title'), section: 'campaigns', status })
}
