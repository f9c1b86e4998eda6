import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound, Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { limitRate } from '../web/rate-limit.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { updateBranding, type Uploads } from './branding.commands.ts'
import { imageParams, imageQuery, readBrandingForm } from './branding.input.ts'
import { findBranding, findImageVariant, findOwnImage } from './branding.queries.ts'
import { brandingModel, savedValues, type BrandingState } from './branding.views.ts'
import { readImageForm } from './image-form.ts'
import { IMAGE_ROLES } from './images.ts'

/** Encoding pictures is the heaviest thing a signed-in person can ask for. */
const SAVES = { limit: 30, windowSeconds: 600 }

export async function brandingRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.branding, { config: { privilege: 'branding.edit' } }, async (request, reply) => {
    const branding = await findBranding(deps.db, viewerOf(request).scope)
    return show(request, reply, { branding, values: savedValues(branding), problems: [], imageProblems: {}, pending: {}, removed: { header: false, footer: false }, isConflict: false }, 200)
  })

  app.get<{ Params: { role: string } }>(`${paths.branding}/images/:role`, { config: { privilege: 'branding.edit' } }, async (request, reply) => {
    const params = imageParams.safeParse(request.params)
    const query = imageQuery.safeParse(request.query)
    if (!params.success || !query.success) throw notFound('image')
    const { scope } = viewerOf(request)
    const id = query.data.id ?? (await findBranding(deps.db, scope))[`${params.data.role}ImageId`]
    const own = id ? await findOwnImage(deps.db, scope, id) : undefined
    const format = /image\/avif/.test(request.headers.accept ?? '') ? 'avif' : 'jpeg'
    const variant = own && (await findImageVariant(deps.db, own.id, format))
    if (!variant) throw notFound('image')
    return reply.type(`image/${format}`).header('cache-control', query.data.id ? 'private, max-age=31536000, immutable' : 'no-store').header('vary', 'Accept').send(variant.bytes)
  })

  await app.register(async (forms) => {
    await forms.register(multipart, { throwFileSizeLimit: false })
    const uploads = new WeakMap<FastifyRequest, Uploads>()
    // Before the form token is checked, which stands in the body; who may call the route was checked before any body is read.
    forms.addHook('preValidation', async (request) => {
      if (!request.isMultipart()) return
      const form = await readImageForm(request)
      request.body = form.fields
      uploads.set(request, form.uploads)
    })
    forms.post(paths.branding, { config: { privilege: 'branding.edit' } }, async (request, reply) => {
      const viewer = viewerOf(request)
      await limitRate(deps.db, `branding ${viewer.userId}`, SAVES.limit, SAVES.windowSeconds)
      const form = readBrandingForm((request.body ?? {}) as Record<string, unknown>)
      const result = await updateBranding(deps, viewer, form, uploads.get(request) ?? {})
      if (result.ok) {
        const { version, brandColor, wasDarkened } = result.value
        const t = translator(viewer.language)
        flash(request, wasDarkened ? 'warning' : 'ok', wasDarkened ? t('companies.branding.darkened', { version, color: brandColor }) : t('companies.branding.saved', { version }))
        return redirect(reply, paths.branding)
      }
      const branding = await findBranding(deps.db, viewer.scope)
      const { pending, imageProblems } = result.detail
      return show(request, reply, { branding, values: form.values, problems: form.problems, imageProblems, pending, removed: form.removed, isConflict: result.reason === 'conflict' }, result.reason === 'conflict' ? 409 : 422)
    })
  })

  async function show(request: FastifyRequest, reply: FastifyReply, state: Omit<BrandingState, 'images'>, status: number) {
    const { scope, language } = viewerOf(request)
    const images: BrandingState['images'] = {}
    for (const role of IMAGE_ROLES) {
      const id = state.pending[role] ?? state.branding[`${role}ImageId`]
      const image = id ? await findOwnImage(deps.db, scope, id) : undefined
      if (image) images[role] = image
    }
    return render(reply, 'admin/branding', brandingModel(language, { ...state, images }), { title: translator(language)('companies.branding.title'), section: 'administration', status })
  }
}

function viewerOf(request: FastifyRequest): Viewer {
  if (!request.viewer) throw new Problem('sign-in')
  return request.viewer
}
