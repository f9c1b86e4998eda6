import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findBranding } from '../companies/branding.queries.ts'
import { findOwnImages } from '../companies/images.queries.ts'
import { takeImageForms } from '../companies/image-form.ts'
import { sendOwnImage } from '../companies/images.routes.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { paths } from '../web/paths.ts'
import { limitRate } from '../web/rate-limit.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { publishCodePage, saveCodePage } from './code-page.commands.ts'
import { pageVersion, readCodePage } from './code-page.input.ts'
import { countOpenCampaigns, findCodePage, type CodePage } from './code-page.queries.ts'
import { codePageModel, storedValues, type CodePageState } from './code-page.views.ts'
import { actorOf, EDIT } from './access.ts'

/** Encoding pictures is the heaviest thing a signed-in person can ask for. */
const SAVES = { limit: 30, windowSeconds: 600 }

/** The landing page of a campaign code: its words and pictures, shown to everybody or not. */
export async function codePageRoutes(app: FastifyInstance, { db }: Deps): Promise<void> {
  app.get('/admin/references/codes/:id/page', EDIT, async (request, reply) => {
    const { page } = await pageOf(request)
    return show(request, reply, page, {}, 200)
  })

  app.get('/admin/references/codes/:id/page/images/:role', EDIT, async (request, reply) => {
    const { viewer, page } = await pageOf(request)
    return sendOwnImage(db, viewer.scope, request, reply, page)
  })

  await app.register(async (forms) => {
    const uploadsOf = await takeImageForms(forms)
    forms.post('/admin/references/codes/:id/page', EDIT, async (request, reply) => {
      const { viewer, page } = await pageOf(request)
      await limitRate(db, `code page ${viewer.userId}`, SAVES.limit, SAVES.windowSeconds)
      const form = readCodePage((request.body ?? {}) as Record<string, unknown>)
      const result = await saveCodePage({ db }, actorOf(viewer), page.id, form, uploadsOf(request))
      if (result.ok) {
        flash(request, 'ok', translator(viewer.language)('references.page.saved'))
        return redirect(reply, paths.codePage(page.id))
      }
      const isConflict = result.reason === 'conflict'
      const { page: now } = await pageOf(request)
      return show(request, reply, now, { version: isConflict ? now.version : form.version, values: form.values, problems: form.problems, pictures: result.detail, removed: form.removed, isConflict }, isConflict ? 409 : 422)
    })
  })

  for (const [step, isPublished] of [['publication', true], ['withdrawal', false]] as const) {
    app.post(`/admin/references/codes/:id/page/${step}`, EDIT, async (request, reply) => {
      const { viewer, page } = await pageOf(request)
      const t = translator(viewer.language)
      const { version } = pageVersion.parse(request.body ?? {})
      const language = viewer.company.language
      const result = await publishCodePage({ db }, actorOf(viewer), page.id, { version, language }, isPublished)
      if (result.ok) flash(request, 'ok', t(isPublished ? 'references.page.publishedNow' : 'references.page.withdrawn'))
      else flash(request, 'warning', result.reason === 'no_heading' ? t('references.page.publish.needs', { language }) : t('references.page.moved'))
      return redirect(reply, paths.codePage(page.id))
    })
  }

  async function pageOf(request: FastifyRequest): Promise<{ viewer: Viewer; page: CodePage }> {
    const viewer = request.viewer as Viewer
    const params = idParams.safeParse(request.params)
    const page = params.success ? await findCodePage(db, viewer.scope, params.data.id) : undefined
    if (!page) throw notFound('reference')
    return { viewer, page }
  }

  async function show(request: FastifyRequest, reply: FastifyReply, page: CodePage, typed: Partial<Pick<CodePageState, 'version' | 'values' | 'problems' | 'pictures' | 'removed' | 'isConflict'>>, status: number): Promise<FastifyReply> {
    const viewer = request.viewer as Viewer
    const pictures = typed.pictures ?? { imageProblems: {}, pending: {} }
    const images = await findOwnImages(db, viewer.scope, { header: page.headerImageId, footer: page.footerImageId, ...pictures.pending })
    const { brandColor } = await findBranding(db, viewer.scope)
    const model = codePageModel(viewer, {
      page, version: typed.version ?? page.version, values: typed.values ?? storedValues(page), problems: typed.problems ?? [], pictures, removed: typed.removed ?? { header: false, footer: false }, images, brandColor,
      openCampaigns: page.isPublished ? await countOpenCampaigns(db, viewer.scope, page.id) : 0, isConflict: typed.isConflict ?? false,
    })
    return render(reply, 'references/page', model, { title: translator(viewer.language)('references.page.title', { code: page.code }), section: 'administration', status })
  }
}
