import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { readAnswer, EMPTY_FORM, type AnswerForm, type GivenAnswer } from '../availability/domain.ts'
import { answerForm } from '../availability/input.ts'
import { PREVIEW_SCHEMES, PREVIEW_VIEWS } from '../companies/branding.input.ts'
import { findDraft, findVersion } from '../companies/branding.queries.ts'
import { getSettings } from '../companies/queries.ts'
import { addDays, dateIn } from '../core/dates.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { rowId } from '../web/ids.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import { assembleBrand, createBrandStore, type Brand } from './brand.ts'
import { rulesFor } from './context.ts'
import { imageMode } from './domain.ts'
import type { PageContext, PageLinks } from './frame.views.ts'
import { sendImage } from './images.routes.ts'
import { closedModel, leaveModel, leavingContext } from './closed.views.ts'
import { sendPage, type LandingViews } from './page.ts'
import { findPreview, type InvitationRow } from './queries.ts'
import { accessibilityStatement, privacyStatement } from './statements.views.ts'
import { stopModel } from './stop.views.ts'
import { styleFor } from './style.ts'
import { answeredModel, campaignPageModel, formModel } from './views.ts'

export const PREVIEW_STATES = ['page', 'form', 'sent', 'thanks', 'answered', 'closed', 'leave', 'left', 'stop', 'stopped', 'privacy', 'accessibility'] as const
type PreviewState = (typeof PREVIEW_STATES)[number]

const query = z.object({
  lang: z.enum(LANGUAGES).optional().catch(undefined),
  kind: z.enum(['simple', 'availability']).catch('availability'),
  state: z.enum(PREVIEW_STATES).catch('form'),
  /** A tab of the branding's preview: kind and state in one. */
  view: z.enum(PREVIEW_VIEWS).optional().catch(undefined),
  scheme: z.enum(PREVIEW_SCHEMES).optional().catch(undefined),
  /** A published version of the branding; without one, its draft. */
  version: z.coerce.number().int().positive().max(2 ** 31 - 1).optional().catch(undefined),
})
type Asked = z.infer<typeof query>

const VIEWS: Record<(typeof PREVIEW_VIEWS)[number], Pick<Asked, 'kind' | 'state'>> = {
  simple: { kind: 'simple', state: 'form' }, availability: { kind: 'availability', state: 'form' }, thanks: { kind: 'availability', state: 'thanks' },
  answered: { kind: 'availability', state: 'answered' }, closed: { kind: 'availability', state: 'closed' },
  // What an empty form is answered with.
  error: { kind: 'availability', state: 'sent' }, stop: { kind: 'availability', state: 'stop' },
}
/** What stands in the answers shown where nobody has answered. */
const EXAMPLE_DAYS = { from: 3, until: 24 }

/**
 * The real page as candidates will see it, for the agency's own eyes: same code, same words, same pictures. Its forms
 * ask by GET, so that nothing can be recorded; our own pages may show it in a frame.
 */
export async function previewRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  const brands = createBrandStore(deps.db)
  const common = { helmet: false as never, compress: false as never }

  app.get<{ Params: { id: string } }>('/campaigns/:id/page', { ...common, config: { privilege: 'campaigns.view' } }, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const id = rowId.safeParse(request.params.id)
    const row = id.success ? await findPreview(deps.db, viewer.scope, id.data) : undefined
    if (!id.success || !row?.kind) throw notFound('campaign')
    return show(request, reply, row, await brands.get(row), { base: paths.campaignStep(id.data, 'page'), kind: row.kind, more: {} })
  })

  app.get(paths.brandingPreview, { ...common, config: { privilege: 'branding.edit' } }, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const row = await findPreview(deps.db, viewer.scope, null)
    const { kind, version } = asked(request)
    const branding = version === undefined ? { ...(await findDraft(deps.db, viewer.scope)), version: 0 } : await findVersion(deps.db, viewer.scope, version)
    if (!row || !branding) throw notFound('branding')
    const brand = await assembleBrand(deps.db, branding, undefined)
    return show(request, reply, row, brand, { base: paths.brandingPreview, kind, more: { kind, ...(version === undefined ? {} : { version: String(version) }) } })
  })

  // The page of a campaign code, or one person's page with its words: also while nobody else can see it.
  app.get<{ Params: { id: string } }>('/admin/references/codes/:id/page/preview', { ...common, config: { privilege: 'references.edit' } }, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const id = rowId.safeParse(request.params.id)
    const row = id.success ? await findPreview(deps.db, viewer.scope, null, id.data) : undefined
    if (!id.success || !row) throw notFound('reference')
    const { kind } = asked(request)
    return show(request, reply, row, await brands.get(row), { base: paths.codePageStep(id.data, 'preview'), kind, more: { kind } })
  })

  app.get<{ Params: { file: string } }>(`${paths.brandingPreview}/:file`, { ...common, config: { privilege: 'signed-in' } }, async (request, reply) => {
    if (!(await sendImage(deps, reply, request.params.file))) throw notFound('image')
    return reply
  })

  async function show(request: FastifyRequest, reply: FastifyReply, row: InvitationRow, brand: Brand, place: { base: string; kind: PageContext['kind']; more: Record<string, string> }): Promise<FastifyReply> {
    const { lang, state, scheme } = asked(request)
    const language = lang ?? (request.viewer as Viewer).language
    const style = styleFor(brand.brandColor, scheme)
    const kept = { ...place.more, lang: language, ...(scheme ? { scheme } : {}) }
    const context: PageContext = {
      row: { ...row, recruiter_name: row.recruiter_name ?? (request.viewer as Viewer).name }, brand, language, kind: place.kind,
      settings: await getSettings(deps.db, (request.viewer as Viewer).scope), images: imageMode({ accept: request.headers.accept, saveData: undefined }),
      links: previewLinks(deps, place.base, kept), css: style.css, isPreview: true,
    }
    const { page, model, status } = pageFor(context, state, request.query, kept)
    return sendPage(reply, page, model, { policy: style.previewPolicy, isSecure: deps.config.appUrl.startsWith('https:'), status })
  }
}

function asked(request: FastifyRequest): Asked {
  const given = query.parse(request.query)
  return given.view ? { ...given, ...VIEWS[given.view] } : given
}

type Shown = { [Name in keyof LandingViews]: { page: Name; model: LandingViews[Name]; status: number } }[keyof LandingViews]

function pageFor(context: PageContext, state: PreviewState, sent: unknown, kept: Record<string, string>): Shown {
  const hidden = (next: PreviewState) => Object.entries({ ...kept, state: next }).map(([name, value]) => ({ name, value }))
  const today = dateIn(context.row.time_zone, context.row.now)
  const dates = context.kind === 'availability' ? { availableFrom: addDays(today, EXAMPLE_DAYS.from), availableUntil: addDays(today, EXAMPLE_DAYS.until) } : { availableFrom: null, availableUntil: null }
  const example = { choice: 'yes' as const, ...dates, comment: '', version: 1, answeredAt: context.row.now }
  const closed = { ...context, row: { ...context.row, closed_at: context.row.now } }
  switch (state) {
    case 'privacy': return { page: 'statement', model: privacyStatement(context, context.settings), status: 200 }
    case 'accessibility': return { page: 'statement', model: accessibilityStatement(context), status: 200 }
    case 'page': return { page: 'page', model: campaignPageModel(context), status: 200 }
    case 'thanks': return { page: 'answered', model: answeredModel(context, example, true), status: 200 }
    case 'answered': return { page: 'answered', model: answeredModel(context, example, false), status: 200 }
    case 'closed': return { page: 'closed', model: closedModel(closed, example), status: 200 }
    case 'leave': return { page: 'form', model: leaveModel(closed, { form: EMPTY_FORM, problems: [], notice: '', hidden: hidden('left'), action: context.links.answer }), status: 200 }
    case 'left': return leftPage(closed, answerForm(sent), hidden('left'), example)
    case 'stop': case 'stopped': {
      const isStopped = state === 'stopped'
      return { page: 'stop', model: stopModel(context, { isStopped, notice: false, hidden: hidden(isStopped ? 'form' : 'stopped') }), status: 200 }
    }
    default: {
      const form = state === 'sent' ? answerForm(sent) : EMPTY_FORM
      const read = readAnswer(form, rulesFor(context))
      if (state === 'sent' && read.ok) return { page: 'answered', model: answeredModel(context, { ...read.value, version: 1, answeredAt: context.row.now }, true), status: 200 }
      const problems = state === 'sent' && !read.ok ? read.detail : []
      return { page: 'form', model: formModel(context, { form, problems, notice: '', keepUrl: '', hidden: hidden('sent'), isEdit: false }), status: problems.length > 0 ? 422 : 200 }
    }
  }
}

/** What the page of a campaign that is over makes of a new availability; nothing is kept of it. */
function leftPage(context: PageContext, form: AnswerForm, hidden: { name: string; value: string }[], answer: GivenAnswer): Shown {
  const read = readAnswer(form, rulesFor(leavingContext(context)))
  if (!read.ok) return { page: 'form', model: leaveModel(context, { form, problems: read.detail, notice: '', hidden, action: context.links.answer }), status: 422 }
  const { choice, availableFrom, availableUntil } = read.value
  return { page: 'closed', model: closedModel(context, answer, { availability: choice === 'yes' ? 'available' : 'unavailable', availableFrom, availableUntil, at: context.row.now }), status: 200 }
}

function previewLinks({ config }: Deps, base: string, kept: Record<string, string>): PageLinks {
  const at = (more: Record<string, string>) => `${base}?${new URLSearchParams({ ...kept, ...more })}`
  return {
    page: at({}), edit: at({ state: 'form' }), answer: base, availability: at({ state: 'leave' }), stop: at({ state: 'stop' }), privacy: at({ state: 'privacy' }), accessibility: at({ state: 'accessibility' }), method: 'get',
    inLanguage: (language: Language) => at({ lang: language }),
    // From this host: the links' own may be another, and the policy lets nothing in from there.
    image: (file) => `${paths.brandingPreview}/${file}`,
    absoluteImage: (file) => `${config.linkUrl}/i/${file}`,
  }
}
