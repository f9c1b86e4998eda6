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
import { IMAGE_ROLES, MAX_IMAGE_BYTES, type ImageRole } from './images.ts'

/** Two pictures, the texts, and what surrounds them. */
const MAX_FORM_BYTES = 2 * MAX_IMAGE_BYTES + 256 * 1024
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
      const form = await readParts(request)
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

/** Reads the whole form within its limits. A picture over the limit is read to its end but not kept, so that the page can say so. */
async function readParts(request: FastifyRequest): Promise<{ fields: Record<string, string>; uploads: Uploads }> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_FORM_BYTES) throw new Problem('too-large')
  const fields: Record<string, string> = {}
  const uploads: Uploads = {}
  const limits = { fileSize: MAX_IMAGE_BYTES, files: IMAGE_ROLES.length, fields: 60, parts: 70, fieldSize: 16 * 1024, fieldNameSize: 100, headerPairs: 20 }
  for await (const part of request.parts({ limits })) {
    if (part.type === 'field') {
      if (part.valueTruncated) throw new Problem('too-large')
      if (typeof part.value === 'string') fields[part.fieldname] = part.value
      continue
    }
    const role = IMAGE_ROLES.find((one): one is ImageRole => part.fieldname === `${one}Image`)
    const chunks: Buffer[] = []
    for await (const chunk of part.file) if (role && !part.file.truncated) chunks.push(chunk as Buffer)
    // A file control left empty sends a file of no bytes and no name.
    if (!role || (chunks.length === 0 && !part.filename)) continue
    uploads[role] = part.file.truncated ? 'too_large' : Buffer.concat(chunks)
  }
  return { fields, uploads }
}

function viewerOf(request: FastifyRequest): Viewer {
  if (!request.viewer) throw new Problem('sign-in')
  return request.viewer
}
