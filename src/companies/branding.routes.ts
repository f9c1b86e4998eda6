import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { limitRate } from '../web/rate-limit.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { updateBranding } from './branding.commands.ts'
import { readBrandingForm } from './branding.input.ts'
import { findBranding, findOwnImages } from './branding.queries.ts'
import { brandingModel, savedValues, type BrandingState } from './branding.views.ts'
import { takeImageForms } from './image-form.ts'
import { sendOwnImage } from './images.routes.ts'

/** Encoding pictures is the heaviest thing a signed-in person can ask for. */
const SAVES = { limit: 30, windowSeconds: 600 }

export async function brandingRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.branding, { config: { privilege: 'branding.edit' } }, async (request, reply) => {
    const branding = await findBranding(deps.db, viewerOf(request).scope)
    return show(request, reply, { branding, version: branding.version, values: savedValues(branding), problems: [], pictures: { imageProblems: {}, pending: {} }, removed: { header: false, footer: false }, isConflict: false }, 200)
  })

  app.get(`${paths.branding}/images/:role`, { config: { privilege: 'branding.edit' } }, async (request, reply) => {
    const { scope } = viewerOf(request)
    return sendOwnImage(deps.db, scope, request, reply, await findBranding(deps.db, scope))
  })

  await app.register(async (forms) => {
    const uploadsOf = await takeImageForms(forms)
    forms.post(paths.branding, { config: { privilege: 'branding.edit' } }, async (request, reply) => {
      const viewer = viewerOf(request)
      await limitRate(deps.db, `branding ${viewer.userId}`, SAVES.limit, SAVES.windowSeconds)
      const form = readBrandingForm((request.body ?? {}) as Record<string, unknown>)
      const result = await updateBranding(deps, viewer, form, uploadsOf(request))
      if (result.ok) {
        const { version, brandColor, wasDarkened } = result.value
        const t = translator(viewer.language)
        flash(request, wasDarkened ? 'warning' : 'ok', wasDarkened ? t('companies.branding.darkened', { version, color: brandColor }) : t('companies.branding.saved', { version }))
        return redirect(reply, paths.branding)
      }
      const branding = await findBranding(deps.db, viewer.scope)
      const isConflict = result.reason === 'conflict'
      const version = isConflict ? branding.version : form.version
      return show(request, reply, { branding, version, values: form.values, problems: form.problems, pictures: result.detail, removed: form.removed, isConflict }, isConflict ? 409 : 422)
    })
  })

  async function show(request: FastifyRequest, reply: FastifyReply, state: Omit<BrandingState, 'images'>, status: number) {
    const { scope, language } = viewerOf(request)
    const { branding, pictures } = state
    const images = await findOwnImages(deps.db, scope, { header: branding.headerImageId, footer: branding.footerImageId, ...pictures.pending })
    return render(reply, 'admin/branding', brandingModel(language, { ...state, images }), { title: translator(language)('companies.branding.title'), section: 'administration', status })
  }
}

function viewerOf(request: FastifyRequest): Viewer {
  if (!request.viewer) throw new Problem('sign-in')
  return request.viewer
}
