import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import { createAnswerGroups } from '../availability/answers.groups.ts'
import { EMPTY_FORM, readAnswer, type GivenAnswer } from '../availability/domain.ts'
import { answerForm } from '../availability/input.ts'
import { findLeft } from '../availability/page.queries.ts'
import { companyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { readCode } from '../links/codes.ts'
import { createVisitCounter } from '../links/visits.ts'
import { linkPaths } from '../web/paths.ts'
import { createHitCounter } from '../web/hit-counter.ts'
import { longMoment } from '../words/format.ts'
import { translator } from '../words/index.ts'
import { createBrandStore } from './brand.ts'
import { closedModel } from './closed.views.ts'
import { contextFor, limitAnswers, rulesFor, styleOf, type LandingTools } from './context.ts'
import { JUST_ANSWERED_MINUTES } from './domain.ts'
import type { PageContext } from './frame.views.ts'
import { imageRoutes } from './images.routes.ts'
import { leftRoutes } from './left.routes.ts'
import { createMissCounter } from './misses.ts'
import { noticeForErrors, sendNotice } from './notice.ts'
import { protect, sendPage } from './page.ts'
import { createInvitationLookup, type InvitationRow } from './queries.ts'
import { openSeal, sealForm } from './seal.ts'
import { statementRoutes } from './statements.routes.ts'
import { stopRoutes } from './stop.routes.ts'
import { styleFor } from './style.ts'
import { answeredModel, campaignPageModel, formModel, formOf, type FormState } from './views.ts'

type CodeRoute = { Params: { code: string }; Querystring: Record<string, unknown> }

/** An answer is 1 kB; a comment of the longest kind in characters of four bytes, each written as %XX, is 6 kB. */
const BODY_LIMIT = 64 * 1024

/** The pages behind personal links: public, without session, cookie or script. */
export async function landingRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  const { config, db } = deps
  const isSecure = config.linkUrl.startsWith('https:')
  const urls = linkPaths(config.linkUrl)
  const visits = createVisitCounter(db, deps.log)
  const misses = createMissCounter(db, deps.log)
  // Nearly everybody answers once a minute at most, and whoever does concerns this process alone.
  const answers = createHitCounter({ db, log: deps.log, prefix: 'answer ', windowSeconds: 60, ownHits: 1 })
  app.addHook('onClose', async () => void (await Promise.all([visits.close(), misses.close(), answers.close()])))
  const find = createInvitationLookup(deps)
  const tools: LandingTools = { config, brands: createBrandStore(db), isSecure, find: findInvitation, limitAnswers: (recipientId) => limitAnswers(answers, recipientId) }
  const recordAnswer = createAnswerGroups(deps)

  await app.register(async (link) => {
    const options = routeOptions(deps)
    link.setErrorHandler(noticeForErrors(isSecure))

    link.get<CodeRoute>(urls.page(':code'), options, async (request, reply) => {
      const row = await findLink(request)
      if (!row) return sendNotice(request, reply, 'unknown', 404, isSecure)
      countVisit(request, row)
      if (row.target_url !== null) return protect(reply, { policy: styleFor().policy, isSecure }).redirect(row.target_url, 302)
      const context = await contextFor(tools, request, row)
      if (row.target_field !== null) return sendPage(reply, 'page', campaignPageModel(context), delivery(context))
      const answer = answerOf(row)
      const isNew = answer !== undefined && row.now.getTime() - answer.answeredAt.getTime() < JUST_ANSWERED_MINUTES * 60_000
      const isClosed = !context.isPreview && !row.is_open
      // Whose OUI was the last one wanted is thanked first, and not told that it is over.
      if (isClosed && !(isNew && closedWith(answer, row.closed_at))) return sendPage(reply, 'closed', closedModel(context, answer, await findLeft(db, companyScope(row.company_id), row.recipient_id as number)), delivery(context))
      if (answer && (isClosed || request.query['edit'] === undefined)) return sendPage(reply, 'answered', answeredModel(context, answer, isNew), delivery(context))
      return showForm(reply, context, { form: answer ? formOf(answer) : EMPTY_FORM, problems: [], notice: '', keepUrl: '', isEdit: answer !== undefined })
    })

    // Where the browser stands after a refused answer; opened by itself it is the link.
    link.get<CodeRoute>(urls.answer(':code'), options, async (request, reply) => {
      const row = await findInvitation(request)
      if (!row) return sendNotice(request, reply, 'unknown', 404, isSecure)
      return goTo(reply, await contextFor(tools, request, row))
    })

    link.post<CodeRoute>(urls.answer(':code'), options, async (request, reply) => {
      const row = await findInvitation(request)
      if (!row) return sendNotice(request, reply, 'unknown', 404, isSecure)
      const context = await contextFor(tools, request, row)
      return context.isPreview ? previewAnswer(request, reply, context) : takeAnswer(request, reply, context)
    })

    await stopRoutes(link, deps, tools, options)
    await leftRoutes(link, deps, tools, options)
    await statementRoutes(link, deps, { ...tools, findAny: findLink }, options)
    await imageRoutes(link, deps, options)
    if (options.constraints || urls.anything !== '/*') {
      // Whatever else stands below the links' address is as unknown as a wrong code.
      link.all(urls.anything, options, (request, reply) => sendNotice(request, reply, 'unknown', 404, isSecure))
    }
  })

  /** Undefined for what is no live link, after counting the miss. A page of a campaign code that was withdrawn is not there either. */
  async function findLink(request: FastifyRequest, isWanted: (row: InvitationRow) => boolean = hasPage): Promise<InvitationRow | undefined> {
    // Where a request comes from is worked out only for this.
    if (misses.isWatching()) misses.check(request.ip)
    const code = readCode((request.params as { code: string }).code)
    const row = code === undefined ? undefined : await find(code)
    if (row && isWanted(row)) return row
    misses.count(request.ip)
    return undefined
  }

  /** One person's link: those that are the same for everybody take no answer and no opt-out. */
  async function findInvitation(request: FastifyRequest): Promise<InvitationRow | undefined> {
    return findLink(request, ({ target_field }) => target_field === null)
  }

  function countVisit(request: FastifyRequest, row: InvitationRow): void {
    const purpose = request.headers['sec-purpose'] ?? request.headers['purpose']
    const isPrefetch = request.method === 'HEAD' || /prefetch|preview/i.test(String(purpose ?? ''))
    visits.count({ code: row.code as string, userAgent: request.headers['user-agent'], isPrefetch })
  }

  async function takeAnswer(request: FastifyRequest, reply: FastifyReply, context: PageContext): Promise<FastifyReply> {
    const { row } = context
    const recipientId = row.recipient_id as number
    tools.limitAnswers(recipientId)
    const form = answerForm(request.body)
    const current = answerOf(row)
    const again = (state: Pick<FormState, 'problems' | 'notice' | 'keepUrl'>, version: number, status: number) =>
      showForm(reply, withRetry(context), { form, ...state, isEdit: version > 0 }, { version, status })

    const sealed = openSeal(config.secretKey, 'answer', row.code as string, (request.body as Record<string, unknown> | undefined)?.['form'], row.now)
    const t = translator(context.language)
    const read = readAnswer(form, rulesFor(context))
    if (!sealed) {
      if (!row.is_open) return sendPage(reply, 'closed', closedModel(context, current), delivery(context))
      return again({ problems: read.ok ? [] : read.detail, notice: t('landing.expired'), keepUrl: '' }, current?.version ?? 0, 422)
    }
    // A closed campaign asks nobody to correct anything; but a form that was saved before still finds its answer.
    if (!read.ok) {
      if (!row.is_open) return sendPage(reply, 'closed', closedModel(context, current), delivery(context))
      return again({ problems: read.detail, notice: '', keepUrl: '' }, sealed.version, 422)
    }
    const outcome = await recordAnswer(companyScope(row.company_id), row.campaign_id as number, recipientId, { ...read.value, formId: sealed.formId, baseVersion: sealed.version, source: 'link' })
    if (outcome.ok) return goTo(reply, context)
    if (outcome.reason === 'unknown') return sendNotice(request, reply, 'unknown', 404, isSecure)
    if (outcome.reason === 'closed') return sendPage(reply, 'closed', closedModel(context, outcome.detail), delivery(context))
    const { choice, answeredAt, version } = outcome.detail
    const notice = t('landing.changed', { choice, moment: longMoment(context.language, answeredAt, row.time_zone) })
    return again({ problems: [], notice, keepUrl: context.links.page }, version, 409)
  }

  /** A test link shows what a candidate would see, and keeps nothing. */
  async function previewAnswer(request: FastifyRequest, reply: FastifyReply, context: PageContext): Promise<FastifyReply> {
    const form = answerForm(request.body)
    const read = readAnswer(form, rulesFor(context))
    if (!read.ok) return showForm(reply, withRetry(context), { form, problems: read.detail, notice: '', keepUrl: '', isEdit: false }, { version: 0, status: 422 })
    const answer = { ...read.value, version: 1, answeredAt: context.row.now }
    return sendPage(reply, 'answered', answeredModel(context, answer, true), delivery(context))
  }

  function showForm(reply: FastifyReply, context: PageContext, state: Omit<FormState, 'hidden'>, more: { version?: number; status?: number } = {}): Promise<FastifyReply> {
    const { row } = context
    const version = more.version ?? row.version ?? 0
    const hidden = [{ name: 'form', value: sealForm(config.secretKey, 'answer', row.code as string, version, row.now) }]
    return sendPage(reply, 'form', formModel(context, { ...state, hidden }), { ...delivery(context), status: more.status ?? 200, isForm: true })
  }

  function delivery(context: PageContext) {
    return { policy: styleOf(context).policy, isSecure }
  }

  function goTo(reply: FastifyReply, context: PageContext): FastifyReply {
    return protect(reply, delivery(context)).redirect(context.links.page, 303)
  }
}

/** The answer closed the campaign, or came in while it closed. */
function closedWith({ answeredAt }: GivenAnswer, closedAt: Date | null): boolean {
  return closedAt !== null && answeredAt.getTime() < closedAt.getTime() + 5_000
}

function hasPage({ target_field, target_url, campaign_code_id }: InvitationRow): boolean {
  return target_field === null || target_url !== null || campaign_code_id !== null
}

/** The page of a refused answer stands at the form's own address; only a form that posts elsewhere survives a lost connection there. */
function withRetry(context: PageContext): PageContext {
  const answer = new URL(context.links.answer, 'http://here.invalid')
  answer.searchParams.set('e', '1')
  return { ...context, links: { ...context.links, answer: answer.pathname + answer.search } }
}

/** Own policy and compression instead of the application's; the links' host, where they have one of their own. */
function routeOptions({ config }: Deps): RouteShorthandOptions & { constraints?: { host: string } } {
  const host = new URL(config.linkUrl).host
  return {
    config: { public: true, onLinkHost: true },
    helmet: false as never,
    bodyLimit: BODY_LIMIT,
    ...(host === new URL(config.appUrl).host ? {} : { constraints: { host } }),
  }
}

function answerOf(row: InvitationRow): GivenAnswer | undefined {
  if (row.version === null || row.choice === null || row.answered_at === null) return undefined
  return { version: row.version, choice: row.choice, availableFrom: row.available_from, availableUntil: row.available_until, comment: row.comment ?? '', answeredAt: row.answered_at }
}

