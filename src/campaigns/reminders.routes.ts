import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { nameOf } from '../candidates/views.ts'
import { getSettings } from '../companies/queries.ts'
import type { Deps } from '../deps.ts'
import { findPublishedTemplate, listPublishedTemplates } from '../message-templates/queries.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { wholeNumber } from '../words/format.ts'
import { translator } from '../words/index.ts'
import { requirePrivilege } from './actions.routes.ts'
import { getCampaign } from './campaign.routes.ts'
import { languagesOf, textFields } from './closing.views.ts'
import type { Campaign, Texts } from './queries.ts'
import { remindSilent, undoReminder, type ReminderRequest } from './reminders.commands.ts'
import { reminderTextsOf, type ReminderObstacle } from './reminders.domain.ts'
import { readReminder, type ReminderForm } from './reminders.input.ts'
import { reminderModel, type ReminderModel } from './reminders.views.ts'
import { weighReminder } from './reminders.weighing.ts'
import { REMINDED_AT_ONCE, requestReminder } from './reminding.commands.ts'
import { findAsked, type ReminderAsked } from './reminding.queries.ts'

type IdRoute = { Params: { id: string } }
const MANAGE = { config: { privilege: 'campaigns.manage' } } as const

/** « Relancer les N sans réponse »: a page that says who and what, like before a launch, and the seconds to take it back. */
export async function reminderRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<IdRoute>('/campaigns/:id/reminder', MANAGE, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const { id } = await getCampaign(deps, request)
    const asked = await findAsked(deps.db, viewer.scope, id)
    if (asked && asked.answered_at === null) return redirect(reply, paths.campaignStep(id, 'reminding'))
    return showReminder(deps, request, reply, lastRefusal(viewer, asked))
  })

  app.post<IdRoute>('/campaigns/:id/reminder', MANAGE, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const campaign = await getCampaign(deps, request)
    requirePrivilege(viewer, 'remind', campaign)
    const form = readReminder(request.body)
    if (form.press === 'load') return showReminder(deps, request, reply, { texts: await templateTexts(deps, viewer, campaign, form) })
    if (form.press === 'show') return showReminder(deps, request, reply, { texts: form.texts })
    const typedBad = await refuseTyping(deps, viewer, form)
    if (typedBad) return showReminder(deps, request, reply, { texts: form.texts, typed: form.typed, errors: [{ field: 'typed', text: typedBad }], status: 422 })
    const asked = form.requestKey && { campaignId: campaign.id, requestKey: form.requestKey, people: form.people, texts: form.texts }
    if (asked && form.people > REMINDED_AT_ONCE) return remindByWorker(deps, request, reply, asked)
    const result = asked ? await remindSilent(deps, viewer, asked) : { ok: false as const, reason: 'moved' as const }
    if (!result.ok) return showReminder(deps, request, reply, { texts: form.texts, errors: [{ field: '', text: t(`reminders.obstacle.${result.reason}`) }], status: result.reason === 'text' || result.reason === 'codes' ? 422 : 409 })
    flash(request, result.value.isRepeat ? 'warning' : 'ok', result.value.isRepeat ? t('reminders.repeat') : t('reminders.done', { count: result.value.messages }))
    return redirect(reply, paths.campaign(campaign.id))
  })

  app.post<IdRoute>('/campaigns/:id/reminder-undo', MANAGE, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const campaign = await getCampaign(deps, request)
    requirePrivilege(viewer, 'remind', campaign)
    const messages = await undoReminder(deps, viewer, campaign.id)
    flash(request, messages === undefined ? 'warning' : 'ok', t(messages === undefined ? 'reminders.tooLate' : 'reminders.undone'))
    return redirect(reply, paths.campaign(campaign.id))
  })
}

/** Any number of clicks, tabs and people: one reminder, which they all may watch. */
async function remindByWorker(deps: Deps, request: FastifyRequest, reply: FastifyReply, asked: ReminderRequest): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const result = await requestReminder(deps, viewer, asked)
  if (result.ok || result.reason === 'reminding') return redirect(reply, paths.campaignStep(asked.campaignId, 'reminding'))
  return showReminder(deps, request, reply, { texts: asked.texts, errors: [{ field: '', text: translator(viewer.language)(`reminders.obstacle.${result.reason}`) }], status: 409 })
}

/** What a worker answered lately, for whoever comes back to the form: its words and why not. */
function lastRefusal(viewer: Viewer, asked: ReminderAsked | undefined): Pick<Shown, 'texts' | 'errors'> {
  if (!asked?.refusal || asked.answered_seconds === null || asked.answered_seconds > REFUSAL_SECONDS) return {}
  return { texts: asked.texts, errors: [{ field: '', text: translator(viewer.language)(`reminders.obstacle.${asked.refusal as ReminderObstacle | 'failed'}`) }] }
}

/** After so long a refusal is old news. */
const REFUSAL_SECONDS = 600

type Shown = { texts?: Texts; typed?: string; errors?: ReminderModel['errors']; status?: number }

async function showReminder(deps: Deps, request: FastifyRequest, reply: FastifyReply, { texts, status = 200, ...shown }: Shown): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const campaign = await getCampaign(deps, request)
  if (campaign.status === 'draft') return redirect(reply, paths.campaign(campaign.id))
  requirePrivilege(viewer, 'remind', campaign)
  const t = translator(viewer.language)
  const words = texts && Object.keys(texts).length > 0 ? texts : reminderTextsOf(campaign, viewer.company.language)
  const weighing = await weighReminder(deps, viewer, campaign, words)
  const { first, measured, people } = weighing
  const model = reminderModel(viewer, {
    campaign, counts: weighing.counts, inspected: weighing.inspected, obstacle: weighing.obstacle, requestKey: randomUUID(), ...shown,
    texts: textFields(t, languagesOf(campaign.texts, viewer.company.language), words), templates: await listPublishedTemplates(deps.db, viewer.scope, campaign.kind),
    weighed: { measured, people, sample: first && { name: nameOf(t, { id: first.person.candidate_id, ...first.person }), text: first.text, note: { characters: first.characters, segments: first.segments } } },
  })
  return render(reply, 'campaigns/reminder', model, { title: t('reminders.title'), section: 'campaigns', status })
}

/** The template's words where it has them, in the place of what stood there; without a template the usual ones. */
async function templateTexts({ db }: Deps, { scope, company }: Viewer, campaign: Campaign, { templateId }: ReminderForm): Promise<Texts> {
  const template = templateId === undefined ? undefined : await findPublishedTemplate(db, scope, campaign.kind, templateId)
  return template?.texts ?? reminderTextsOf({ ...campaign, reminder_texts: {} }, company.language)
}

/** Like a launch: beyond a number of people it is typed. */
async function refuseTyping(deps: Deps, viewer: Viewer, form: ReminderForm): Promise<string | undefined> {
  const settings = await getSettings(deps.db, viewer.scope)
  if (form.people < settings['campaign.typed_confirmation_from'] || form.typed === String(form.people)) return undefined
  return translator(viewer.language)('reminders.typedBad', { count: wholeNumber(viewer.language, form.people) })
}
