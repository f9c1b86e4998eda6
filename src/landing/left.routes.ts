import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import { EMPTY_FORM, readAnswer, type AnswerForm } from '../availability/domain.ts'
import { answerForm } from '../availability/input.ts'
import { leaveAvailability } from '../availability/page.commands.ts'
import { companyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { linkPaths } from '../web/paths.ts'
import { translator } from '../words/index.ts'
import { contextFor, rulesFor, styleOf, type LandingTools } from './context.ts'
import type { PageContext } from './frame.views.ts'
import { leaveModel, leavingContext, mayLeave } from './closed.views.ts'
import { sendNotice } from './notice.ts'
import { protect, sendPage } from './page.ts'
import { openSeal, sealForm } from './seal.ts'
import { formModel, type FormState } from './views.ts'

/** « Signaler une nouvelle disponibilité », once the campaign takes no answers any more and where the company wants that (S6). */
export async function leftRoutes(link: FastifyInstance, deps: Deps, tools: LandingTools, options: RouteShorthandOptions): Promise<void> {
  const { config } = deps
  const url = linkPaths(config.linkUrl).availability(':code')

  link.get(url, options, async (request, reply) => {
    const row = await tools.find(request)
    if (!row) return sendNotice(request, reply, 'unknown', 404, tools.isSecure)
    const context = await contextFor(tools, request, row)
    if (context.isPreview || row.is_open || !mayLeave(context)) return goTo(reply, context)
    return show(reply, context, { form: EMPTY_FORM, problems: [], notice: '' }, { suffix: '?e=1', status: 200 })
  })

  link.post(url, options, async (request, reply) => {
    const row = await tools.find(request)
    if (!row) return sendNotice(request, reply, 'unknown', 404, tools.isSecure)
    const context = await contextFor(tools, request, row)
    if (context.isPreview || !mayLeave(context)) return goTo(reply, context)
    tools.limitAnswers(row.recipient_id as number)
    return take(request, reply, context, answerForm(request.body))
  })

  async function take(request: FastifyRequest, reply: FastifyReply, context: PageContext, form: AnswerForm): Promise<FastifyReply> {
    const { row, language } = context
    const t = translator(language)
    const sealed = openSeal(config.secretKey, 'availability', row.code as string, (request.body as Record<string, unknown> | undefined)?.['form'], row.now)
    const read = readAnswer(form, rulesFor(leavingContext(context)))
    // The form stands at the address it was sent to; what it is sent to next must be another one, or a lost connection loses it.
    const suffix = (request.query as Record<string, unknown>)['e'] === undefined ? '?e=1' : ''
    if (!sealed || !read.ok) {
      if (row.is_open) return askAgain(reply, context, form)
      return show(reply, context, { form, problems: read.ok ? [] : read.detail, notice: sealed ? '' : t('landing.expired') }, { suffix, status: 422 })
    }
    const outcome = await leaveAvailability(deps, companyScope(row.company_id), row.recipient_id as number, { ...read.value, formId: sealed.formId })
    if (outcome.ok) return goTo(reply, context)
    return outcome.reason === 'open' ? askAgain(reply, context, form) : sendNotice(request, reply, 'unknown', 404, tools.isSecure)
  }

  type Asked = Pick<FormState, 'form' | 'problems' | 'notice'>

  function show(reply: FastifyReply, context: PageContext, asked: Asked, { suffix, status }: { suffix: string; status: number }): Promise<FastifyReply> {
    const to = new URL(context.links.availability, 'http://here.invalid')
    const action = to.pathname + (suffix ? `${suffix}${to.search.replace('?', '&')}` : to.search)
    const hidden = [{ name: 'form', value: sealForm(config.secretKey, 'availability', context.row.code as string, 0, context.row.now) }]
    return sendPage(reply, 'form', leaveModel(context, { ...asked, hidden, action }), { ...delivery(context), status, isForm: true })
  }

  /** The campaign takes answers again: what was typed stands in its own form. */
  function askAgain(reply: FastifyReply, context: PageContext, form: AnswerForm): Promise<FastifyReply> {
    const version = context.row.version ?? 0
    const hidden = [{ name: 'form', value: sealForm(config.secretKey, 'answer', context.row.code as string, version, context.row.now) }]
    const state = { form, problems: [], notice: translator(context.language)('landing.left.reopened'), keepUrl: '', hidden, isEdit: version > 0 }
    return sendPage(reply, 'form', formModel(context, state), { ...delivery(context), status: 409, isForm: true })
  }

  function delivery(context: PageContext) {
    return { policy: styleOf(context).policy, isSecure: tools.isSecure }
  }

  function goTo(reply: FastifyReply, context: PageContext): FastifyReply {
    return protect(reply, delivery(context)).redirect(context.links.page, 303)
  }
}
