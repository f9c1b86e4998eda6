import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readAudience } from '../candidates/input.ts'
import { findAudienceNames } from '../candidates/list.queries.ts'
import { readerOf } from '../candidates/views.ts'
import { getSettings } from '../companies/queries.ts'
import { listPools } from '../companies/senders.queries.ts'
import { refused } from '../core/outcome.ts'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { listPublishedTemplates } from '../message-templates/queries.ts'
import { formatPhone, type CountryCode } from '../sms/phone.ts'
import { toGsm7 } from '../sms/segments.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render, wantsFragment } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { listAudience } from './audience.queries.ts'
import { PEOPLE_PER_PAGE, peopleModel } from './audience.views.ts'
import { getCampaign } from './campaign.routes.ts'
import { planColumns } from './closing.queries.ts'
import { codeOptions } from './codes.routes.ts'
import { composeModel, draftErrors, draftModel, savedModel, testModel, type ComposeGiven } from './compose.views.ts'
import { createDraft, deleteDraft, excludeRecentlyTexted, saveDraft, type DraftForm } from './drafts.commands.ts'
import { audienceQuery, previewQuery, readDraft, readIsSingle, testForm, type DraftGround } from './input.ts'
import { inspectDraft } from './inspection.ts'
import { defaultName } from './name.views.ts'
import { previewModel } from './preview.views.ts'
import { getSendingContext, type Campaign } from './queries.ts'
import { findPersonName, listFrozenPeople } from './people.queries.ts'
import { restoreDraft } from './previous.commands.ts'
import { findPrevious } from './previous.queries.ts'
import { sendTest } from './test-message.commands.ts'
import { listColleagues } from './told.queries.ts'

type IdRoute = { Params: { id: string }; Querystring: Record<string, unknown> }
const SEND = { config: { privilege: 'campaigns.send' } } as const

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/new': { explanation: string; warning: string; action: string }
    'campaigns/confirm': { crumbs: { label: string; href: string }[]; confirm: ConfirmModel }
  }
}
export type ConfirmModel = {
  heading: string
  text?: string
  points?: string[]
  action: string
  submit: { label: string; icon?: string; isDanger?: boolean }
  cancel: { href: string; label?: string }
}

/** From a selection to a draft that is ready to be checked. */
export async function composeRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.newCampaign, SEND, (request, reply) => showNew(request, reply))

  app.post(paths.campaigns, SEND, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const audience = readAudience(request.body)
    // A message to one person is named after that person (S20).
    const person = readIsSingle(request.body, audience) ? await findPersonName(deps.db, viewer.scope, audience) : undefined
    const names = await findAudienceNames(deps.db, viewer.scope, viewer.userId, audience)
    const result = await createDraft(deps, viewer, { name: defaultName(readerOf(viewer), audience, names, person), audience, isSingle: person !== undefined })
    if (result.ok) return redirect(reply, paths.campaign(result.value.id))
    switch (result.reason) {
      case 'nobody': return showNew(request, reply, t('campaigns.new.nobody'), 422)
      case 'list_forbidden': throw new Problem('forbidden', { privilege: 'campaigns.send_list' })
      default: {
        // Who can mend it is led there.
        if (result.reason === 'no_sender' && viewer.privileges.has('settings.edit')) {
          flash(request, 'warning', t('senders.first.needed'))
          return redirect(reply, paths.newSender)
        }
        const heading = t('campaigns.refused.heading')
        return render(reply, 'errors/problem', { heading, explanation: t(`campaigns.refused.${result.reason}`), hint: '', reference: '', home: paths.candidates }, { title: heading, section: 'campaigns', status: 403 })
      }
    }
  })

  app.post<IdRoute>('/campaigns/:id/draft', SEND, (request, reply) => saveForm(deps, request, reply))

  app.get<IdRoute>('/campaigns/:id/preview', SEND, async (request, reply) => {
    const { viewer, campaign } = await draftOf(deps, request)
    const { at, view } = previewQuery.parse(request.query)
    // Opened as a page of its own, for example in a new tab: the draft with that person in view.
    if (!wantsFragment(request)) return redirect(reply, `${paths.campaign(campaign.id)}?at=${at}${view === 'page' ? '&view=page' : ''}`)
    const inspection = await inspectDraft(deps.db, deps.config, viewer.scope, campaign, { places: [at] })
    return render(reply, 'campaigns/_preview', { preview: previewModel(readerOf(viewer), campaign, inspection, inspection.members[0], view) })
  })

  app.post<IdRoute>('/campaigns/:id/recent', SEND, async (request, reply) => {
    const { viewer, campaign } = await draftOf(deps, request)
    const result = await excludeRecentlyTexted(deps, viewer, campaign.id)
    const t = translator(viewer.language)
    flash(request, result.ok ? 'ok' : 'warning', result.ok ? t('compose.recentDone', { count: result.value }) : t(REFUSED[result.reason]))
    return redirect(reply, paths.campaign(campaign.id))
  })

  app.post<IdRoute>('/campaigns/:id/test', SEND, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const { id } = await getCampaign(deps, request)
    const { mobile } = testForm.parse(request.body ?? {})
    const result = await sendTest(deps, viewer, { campaignId: id, mobile })
    const done = result.ok ? t('compose.test.done', { phone: formatPhone(result.value.e164, viewer.company.country as CountryCode) }) : ''
    const error = result.ok ? '' : t(`compose.test.${result.reason}`, result.detail ?? {})
    const test = testModel(viewer, id, { mobile, error, done })
    if (wantsFragment(request)) return render(reply, 'campaigns/_test', { test }, { status: result.ok ? 200 : 422 })
    if (result.ok) {
      flash(request, 'ok', done)
      return redirect(reply, paths.campaign(id))
    }
    const { campaign } = await draftOf(deps, request)
    const model = composeModel(viewer, { ...(await composeGiven(deps, viewer, campaign, 1, 'sms')), errors: [{ field: 'mobile', text: error }] })
    return render(reply, 'campaigns/compose', { ...model, test }, { title: model.single?.heading ?? t('campaigns.new.title'), section: 'campaigns', status: 422 })
  })

  app.get<IdRoute>('/campaigns/:id/deletion', SEND, async (request, reply) => {
    const { viewer, campaign } = await draftOf(deps, request)
    const t = translator(viewer.language)
    const title = t('compose.delete.heading')
    return render(reply, 'campaigns/confirm', {
      crumbs: [{ label: t('campaigns.title'), href: paths.campaigns }, { label: campaign.name, href: paths.campaign(campaign.id) }],
      confirm: {
        heading: title, text: t('compose.delete.text', { name: campaign.name }), action: paths.campaignStep(campaign.id, 'deletion'),
        submit: { label: t('compose.delete.submit'), icon: 'trash-2', isDanger: true }, cancel: { href: paths.campaign(campaign.id) },
      },
    }, { title, section: 'campaigns' })
  })

  app.post<IdRoute>('/campaigns/:id/deletion', SEND, async (request, reply) => {
    const { viewer, campaign } = await draftOf(deps, request)
    if (!(await deleteDraft(deps, viewer, campaign.id))) return redirect(reply, paths.campaign(campaign.id))
    flash(request, 'ok', translator(viewer.language)('compose.delete.done'))
    return redirect(reply, paths.campaigns)
  })

  app.get<IdRoute>('/campaigns/:id/exclusions', { config: { privilege: 'campaigns.view' } }, (request, reply) => showPeople(deps, request, reply))
}

export async function showDraft(deps: Deps, request: FastifyRequest, reply: FastifyReply, campaign: Campaign): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const { at, view } = previewQuery.parse(request.query)
  const model = composeModel(viewer, await composeGiven(deps, viewer, campaign, at, view))
  return render(reply, 'campaigns/compose', model, { title: model.single?.heading ?? translator(viewer.language)('campaigns.new.title'), section: 'campaigns' })
}

async function saveForm(deps: Deps, request: FastifyRequest<IdRoute>, reply: FastifyReply): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const t = translator(viewer.language)
  const before = await getCampaign(deps, request)
  const sent = readDraft(request.body, await groundOf(deps, viewer, before))
  if (sent.action === 'restore') return restore(deps, request, reply, before, sent.version)
  sent.isRewritten = sent.action === 'plain_letters'
  if (sent.isRewritten) sent.texts = Object.fromEntries(Object.entries(sent.texts).map(([language, text]) => [language, toGsm7(text ?? '')]))
  // While a worker launches it, the draft is held, and waiting for it would only keep the person waiting.
  const result = before.is_launching ? refused('launching') : await saveDraft(deps, viewer, before.id, sent)
  if (!result.ok && (result.reason === 'launched' || result.reason === 'launching')) {
    flash(request, 'warning', t(REFUSED[result.reason]))
    return redirect(reply, paths.campaign(before.id))
  }
  const campaign = await getCampaign(deps, request)
  if (!result.ok && wantsFragment(request)) {
    const saved = savedModel(readerOf(viewer), campaign.id, { version: sent.version, savedAt: campaign.updated_at }, t(REFUSED[result.reason]))
    return render(reply.header('hx-retarget', '#draft-saved').header('hx-reswap', 'outerHTML'), 'campaigns/_saved', { saved }, { status: 409 })
  }
  const given = { ...(await composeGiven(deps, viewer, result.ok ? campaign : asTyped(campaign, sent), sent.at, 'sms', request.body)), isChecked: sent.action === 'check' }
  const { badLimit, badSchedule, badAnswers, lacksReason } = sent
  const errors = [...draftErrors(viewer, given, sent), ...(result.ok ? [] : [{ field: result.reason === 'template' ? 'template' : '', text: t(REFUSED[result.reason]) }])]
  if (errors.length === 0 && sent.action === 'check') return redirect(reply, paths.campaignStep(campaign.id, 'check'))
  if (wantsFragment(request)) {
    const isSent = sent.action === 'check' || sent.action === 'propose'
    const textsLoaded = (result.ok && result.value.textsLoaded) || sent.action === 'plain_letters'
    return render(reply, 'campaigns/_draft', { draft: draftModel(viewer, { ...given, badLimit, badSchedule, badAnswers, lacksReason, errors }, { textsLoaded, isSent, limitDefault: sent.limitDefault }) }, { status: isSent && errors.length > 0 ? 422 : 200 })
  }
  if (errors.length === 0) {
    flash(request, 'ok', t('compose.savedFlash'))
    return redirect(reply, paths.campaign(campaign.id))
  }
  const model = composeModel(viewer, { ...given, errors, badLimit, badSchedule, badAnswers, lacksReason })
  return render(reply, 'campaigns/compose', model, { title: model.single?.heading ?? t('campaigns.new.title'), section: 'campaigns', status: !result.ok && result.reason === 'stale' ? 409 : 422 })
}

/** « Restaurer la version précédente »: what is in the form now is kept in its place. */
async function restore(deps: Deps, request: FastifyRequest<IdRoute>, reply: FastifyReply, { id }: Campaign, version: number): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const t = translator(viewer.language)
  const result = await restoreDraft(deps, viewer, id, version)
  flash(request, result.ok ? 'ok' : 'warning', t(result.ok ? 'compose.previousDone' : REFUSED[result.reason]))
  return redirect(reply, paths.campaign(id))
}

const REFUSED = { launched: 'compose.alreadyLaunched', launching: 'launching.held', stale: 'compose.stale', template: 'compose.templateGone', override_forbidden: 'compose.override.forbidden' } as const

async function groundOf(deps: Deps, { scope }: Viewer, campaign: Campaign): Promise<DraftGround> {
  const { 'campaign.recipient_limit': mostRecipients } = await getSettings(deps.db, scope)
  const { now } = await getSendingContext(deps.db, scope)
  return { now, zone: campaign.time_zone, mostRecipients }
}

/** What a refused form held, over the draft as it stands, so that nothing typed is lost. */
function asTyped(campaign: Campaign, form: DraftForm): Campaign {
  return {
    ...campaign, codes: { ...campaign.codes, ...form.codes }, name: form.name || campaign.name, kind: form.kind, texts: form.texts, internal_comment: form.internalComment,
    limit_to: form.limitTo === 'keep' ? campaign.limit_to : form.limitTo, override_reason: form.overrideReason === undefined ? campaign.override_reason : form.overrideReason, sender_id: form.senderId ?? campaign.sender_id,
    ...(form.schedule === 'keep' ? {} : startTyped(form.schedule)), ...(form.answers ? planColumns(form.answers) : {}), ...(form.reminderTexts ? { reminder_texts: form.reminderTexts } : {}), ...(form.told ? { followers: [...form.told] } : {}),
  }
}

function startTyped({ startsNow, start, allowWeekends }: Exclude<DraftForm['schedule'], 'keep'>): Partial<Campaign> {
  return { starts: startsNow ? 'now' : 'later', allow_weekends: allowWeekends, ...(start === 'keep' ? {} : { start_on: start.on, start_time: start.time }) }
}

async function composeGiven(deps: Deps, viewer: Viewer, campaign: Campaign, at: number, view: 'sms' | 'page', body?: unknown): Promise<ComposeGiven> {
  const { db } = deps
  const inspection = await inspectDraft(db, deps.config, viewer.scope, campaign, { places: [at] })
  const [templates, pools, previous, colleagues] = await Promise.all([
    listPublishedTemplates(db, viewer.scope, campaign.kind), listPools(db, viewer.scope), findPrevious(db, viewer.scope, campaign.id), listColleagues(db, viewer.scope),
  ])
  return { campaign, inspection, templates, pools, colleagues, person: inspection.members[0], view, previousAt: previous?.saved_at, codes: await codeOptions(deps, viewer, inspection, body) }
}

async function showPeople(deps: Deps, request: FastifyRequest<IdRoute>, reply: FastifyReply): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const { db } = deps
  const campaign = await getCampaign(deps, request)
  const { reason, after } = audienceQuery.parse(request.query)
  const line = reason === 'recipients' ? null : reason
  const page = { afterRank: after.rank, limit: PEOPLE_PER_PAGE + 1 }
  const isFrozen = campaign.audience_counts !== null
  const inspection = isFrozen ? undefined : await inspectDraft(db, deps.config, viewer.scope, campaign)
  const rows = inspection ? await listAudience(db, viewer.scope, inspection.spec, line, page) : await listFrozenPeople(db, viewer.scope, campaign.id, line, page)
  const counts = campaign.audience_counts ?? inspection!.counts
  const model = peopleModel(viewer, { campaign, reason, counts, rows: rows.slice(0, PEOPLE_PER_PAGE), offset: after.offset, hasMore: rows.length > PEOPLE_PER_PAGE, isFrozen })
  return render(reply, 'campaigns/people', model, { title: model.heading, section: 'campaigns' })
}

function showNew(request: FastifyRequest, reply: FastifyReply, warning = '', status = 200): Promise<FastifyReply> {
  const t = translator((request.viewer as Viewer).language)
  return render(reply, 'campaigns/new', { explanation: t('campaigns.new.text'), warning, action: paths.candidates }, { title: t('campaigns.new.title'), section: 'campaigns', status })
}

/** A campaign that is still a draft, in nobody else's hands. */
async function draftOf(deps: Deps, request: FastifyRequest): Promise<{ viewer: Viewer; campaign: Campaign }> {
  const viewer = request.viewer as Viewer
  const campaign = await getCampaign(deps, request)
  if (campaign.status !== 'draft' || campaign.is_launching) throw new Problem('conflict', { what: 'campaign' })
  return { viewer, campaign }
}
