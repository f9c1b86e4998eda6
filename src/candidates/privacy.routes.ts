import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { mayLift, OPT_IN_REASON_LENGTH } from '../consent/domain.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { formatPhone } from '../sms/phone.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { optOutByRecruiter } from './commands.ts'
import type { Kind } from './domain.ts'
import { optOutForm, reasonForm } from './input.ts'
import { LIMITS, consentForm, dayOf } from './people.input.ts'
import { changeConsent, optInByRecruiter } from './privacy.commands.ts'
import { consentModel, optModel, type ConsentProblem, type TypedConsent } from './privacy.views.ts'
import { getRecord, idOf, patterns, sectionOf, type Asked } from './record.access.ts'
import { readerOf } from './views.ts'

/** Consent and opt-outs as recruiters write them down. */
export async function privacyRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  for (const { kind, url } of patterns((one, id) => paths.personStep(one, id, 'consent'))) {
    app.get<Asked>(url, { config: { privilege: 'consent.edit' } }, (request, reply) => showConsent(deps, kind, request, reply))

    app.post<Asked>(url, { config: { privilege: 'consent.edit' } }, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const form = consentForm.parse(request.body ?? {})
      const typed: TypedConsent = { was: form.was, chosen: form.consent ?? '', source: form.source, saidOn: form.said_on }
      const problems = consentProblems(typed, readerOf(viewer).today)
      const saidOn = dayOf(form.said_on)
      if (problems.length > 0 || !saidOn) return showConsent(deps, kind, request, reply, { typed, problems, status: 422 })
      await getRecord(deps, viewer, kind, idOf(request))
      const outcome = await changeConsent(deps, viewer.scope, { candidateId: idOf(request), isGiven: form.consent === 'given', was: form.was === 'given', source: form.source, saidOn, userId: viewer.userId })
      if (!outcome.ok) {
        if (outcome.reason === 'not_found') throw notFound('candidate')
        return showConsent(deps, kind, request, reply, { typed, problems: [], status: 409 })
      }
      flash(request, 'ok', translator(viewer.language)('people.consent.done'))
      return redirect(reply, paths.person(kind, idOf(request)))
    })
  }

  for (const step of ['opt-out', 'opt-in'] as const) {
    for (const { kind, url } of patterns((one, id) => paths.personStep(one, id, step))) {
      // Whoever opts somebody out protects him; back in is a matter of consent.
      const access = { config: { privilege: step === 'opt-out' ? 'candidates.edit' : 'consent.edit' } } as const
      app.get<Asked>(url, access, async (request, reply) => {
        const viewer = request.viewer as Viewer
        const asked = optOutForm.safeParse(request.query)
        const { record, phones } = await getRecord(deps, viewer, kind, idOf(request))
        const phone = asked.success ? phones.find(({ e164, is_textable }) => e164 === asked.data.e164 && (is_textable || step === 'opt-in')) : undefined
        if (!phone) throw notFound('phone')
        const confirm = optModel(viewer, record, phone, step)
        const page = { title: confirm.heading, section: sectionOf(kind) }
        return step === 'opt-out' ? render(reply, 'candidates/opt-out', { confirm }, page) : render(reply, 'candidates/opt-in', { confirm, reason: reasonModel('', '') }, page)
      })

      app.post<Asked>(url, access, async (request, reply) => {
        const viewer = request.viewer as Viewer
        const asked = optOutForm.safeParse(request.body ?? {})
        if (!asked.success) throw notFound('phone')
        const { record, phones } = await getRecord(deps, viewer, kind, idOf(request))
        const { reason } = reasonForm.parse(request.body ?? {})
        const given = { candidateId: idOf(request), userId: viewer.userId, e164: asked.data.e164, reason }
        const phone = phones.find(({ e164, opted_out_at }) => e164 === given.e164 && opted_out_at !== null)
        if (step === 'opt-in' && phone && mayLift(phone) && (reason === '' || reason.length > OPT_IN_REASON_LENGTH)) {
          const confirm = optModel(viewer, record, phone, step)
          const error = translator(viewer.language)(reason === '' ? 'people.optIn.reasonMissing' : 'people.optIn.reasonLong', { max: OPT_IN_REASON_LENGTH })
          return render(reply, 'candidates/opt-in', { confirm, reason: reasonModel(reason, error) }, { title: confirm.heading, section: sectionOf(kind), status: 422 })
        }
        const told = step === 'opt-out' ? await optOut(deps, viewer, given) : await optIn(deps, viewer, given)
        flash(request, told.isRefused ? 'warning' : 'ok', told.text)
        return redirect(reply, paths.person(kind, given.candidateId))
      })
    }
  }
}

type Given = { candidateId: number; userId: number; e164: string; reason: string }

function reasonModel(value: string, error: string) {
  return { value, error, maxlength: OPT_IN_REASON_LENGTH }
}

async function optOut(deps: Deps, viewer: Viewer, given: Given): Promise<{ text: string; isRefused: boolean }> {
  const outcome = await optOutByRecruiter(deps, viewer.scope, given)
  if (!outcome.ok) throw notFound('phone')
  return { text: translator(viewer.language)(outcome.value.isNew ? 'candidates.optOut.done' : 'candidates.optOut.already', { phone: numberOf(viewer, given.e164) }), isRefused: false }
}

async function optIn(deps: Deps, viewer: Viewer, given: Given): Promise<{ text: string; isRefused: boolean }> {
  const outcome = await optInByRecruiter(deps, viewer.scope, given)
  if (!outcome.ok && outcome.reason === 'not_found') throw notFound('phone')
  const word = !outcome.ok ? 'people.optIn.refused' : outcome.value.isNew ? 'people.optIn.done' : 'people.optIn.already'
  return { text: translator(viewer.language)(word, { phone: numberOf(viewer, given.e164) }), isRefused: !outcome.ok }
}

function numberOf(viewer: Viewer, e164: string): string {
  return formatPhone(e164, viewer.company.country as 'FR')
}

function consentProblems({ chosen, source, saidOn }: TypedConsent, today: string): ConsentProblem[] {
  const problems: ConsentProblem[] = []
  if (chosen === '') problems.push({ field: 'consent', word: 'choice' })
  if (source === '') problems.push({ field: 'source', word: 'source' })
  if (source.length > LIMITS.source) problems.push({ field: 'source', word: 'sourceLong' })
  const day = dayOf(saidOn)
  if (!day) problems.push({ field: 'said_on', word: 'date' })
  else if (day > today) problems.push({ field: 'said_on', word: 'future' })
  return problems
}

async function showConsent(deps: Deps, kind: Kind, request: FastifyRequest<Asked>, reply: FastifyReply, refusal?: { typed: TypedConsent; problems: ConsentProblem[]; status: 409 | 422 }): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const { record } = await getRecord(deps, viewer, kind, idOf(request))
  const consent = consentModel(viewer, record, refusal?.typed, refusal?.problems, refusal?.status === 409)
  return render(reply, 'candidates/consent', { consent }, { title: translator(viewer.language)('people.consent.title', { name: consent.name }), section: sectionOf(kind), status: refusal?.status ?? 200 })
}
