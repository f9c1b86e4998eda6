import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CompanyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { limitRate } from '../web/rate-limit.ts'
import { flash, redirect, render, wantsFragment } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { saveBranding, type SavedBranding } from './branding.commands.ts'
import { readBrandingForm, readLook, type BrandingForm } from './branding.input.ts'
import { findBranding, findDraft } from './branding.queries.ts'
import { brandingModel, piecesModel, storedValues, type BrandingState } from './branding.views.ts'
import { takeImageForms } from './image-form.ts'
import type { Pictures, Uploads } from './images.commands.ts'
import { findOwnImages } from './images.queries.ts'
import { sendOwnImage } from './images.routes.ts'
import { IMAGE_ROLES } from './images.ts'
import { getSettings } from './queries.ts'

/** Encoding pictures is the heaviest thing a signed-in person can ask for; words are saved at every pause in typing. */
const UPLOADS = { limit: 30, windowSeconds: 600 }
const SAVES = { limit: 600, windowSeconds: 600 }
const EDIT = { config: { privilege: 'branding.edit' } } as const

/** What the page that candidates would get from the draft weighs on the line; told by the room that makes the page. */
export type WeighDraft = (scope: CompanyScope) => Promise<BrandingState['weight']>

type Typed = Pick<BrandingState, 'revision' | 'values' | 'problems' | 'pictures' | 'removed' | 'isConflict'>

export async function brandingRoutes(app: FastifyInstance, { db }: Deps, weighDraft: WeighDraft): Promise<void> {
  app.get(paths.branding, EDIT, async (request, reply) => {
    const state = await stateFor(request, (request.query ?? {}) as Record<string, unknown>)
    return show(request, reply, state, 200)
  })

  app.get(`${paths.branding}/images/:role`, EDIT, async (request, reply) => {
    const { scope } = request.viewer as Viewer
    return sendOwnImage(db, scope, request, reply, await findDraft(db, scope))
  })

  await app.register(async (forms) => {
    const uploadsOf = await takeImageForms(forms)
    forms.post(paths.branding, EDIT, async (request, reply) => {
      const viewer = request.viewer as Viewer
      const uploads = uploadsOf(request)
      const rate = Object.keys(uploads).length > 0 ? UPLOADS : SAVES
      await limitRate(db, `branding ${rate === UPLOADS ? 'pictures ' : ''}${viewer.userId}`, rate.limit, rate.windowSeconds)
      const form = readBrandingForm((request.body ?? {}) as Record<string, unknown>, viewer.language)
      const result = await saveBranding({ db }, viewer, form, uploads)
      if (wantsFragment(request)) return sendPieces(request, reply, form, uploads, result)
      if (!result.ok) {
        const isConflict = result.reason === 'conflict'
        return show(request, reply, await stateFor(request, form.look, await refusedForm(viewer, form, result.detail, isConflict)), isConflict ? 409 : 422)
      }
      flash(request, result.value.wasDarkened ? 'warning' : 'ok', savedText(viewer, form, result.value))
      return redirect(reply, paths.branding)
    })
  })

  /** Typing goes on while this is on its way: only what the save changes is sent back. */
  async function sendPieces(request: FastifyRequest, reply: FastifyReply, form: BrandingForm, uploads: Uploads, result: Awaited<ReturnType<typeof saveBranding>>): Promise<FastifyReply> {
    const viewer = request.viewer as Viewer
    const typed = result.ok
      ? { revision: result.value.revision, values: form.values, problems: [], pictures: { imageProblems: {}, pending: {} }, removed: { header: false, footer: false }, isConflict: false }
      : await refusedForm(viewer, form, result.detail, false)
    const isConflict = !result.ok && result.reason === 'conflict'
    const state = { ...(await stateFor(request, form.look, typed)), isConflict }
    const replaced = IMAGE_ROLES.filter((role) => uploads[role] !== undefined || form.removed[role] || form.pending[role] !== undefined)
    const more = result.ok && result.value.wasDarkened ? [{ kind: 'warning' as const, text: translator(viewer.language)('companies.branding.darkened', { color: result.value.brandColor }) }] : []
    const pieces = piecesModel(viewer, state, { replaced: isConflict ? [] : replaced, hasMoved: result.ok && result.value.revision !== form.revision, more })
    // Faults are told beside the buttons and take the focus from nobody who is still typing: no 422, on which the page would jump to them.
    return render(reply, 'admin/_branding-pieces', { pieces }, { status: isConflict ? 409 : 200 })
  }

  async function refusedForm(viewer: Viewer, form: BrandingForm, pictures: Pictures, isConflict: boolean): Promise<Typed> {
    const revision = isConflict ? (await findDraft(db, viewer.scope)).revision : form.revision
    return { revision, values: form.values, problems: form.problems, pictures, removed: form.removed, isConflict }
  }

  async function stateFor(request: FastifyRequest, look: Record<string, unknown>, typed?: Typed): Promise<BrandingState> {
    const { scope, language, company } = request.viewer as Viewer
    const [draft, published, settings, weight] = [await findDraft(db, scope), await findBranding(db, scope), await getSettings(db, scope), await weighDraft(scope)]
    const given = typed ?? { revision: draft.revision, values: storedValues(draft), problems: [], pictures: { imageProblems: {}, pending: {} }, removed: { header: false, footer: false }, isConflict: false }
    const images = await findOwnImages(db, scope, { header: draft.headerImageId, footer: draft.footerImageId, ...given.pictures.pending })
    return { ...given, draft, images, publishedVersion: published.version, look: readLook(look, typed ? language : company.language), weight, tomorrowFromHour: settings['landing.tomorrow_from_hour'] }
  }

  async function show(request: FastifyRequest, reply: FastifyReply, state: BrandingState, status: number): Promise<FastifyReply> {
    const viewer = request.viewer as Viewer
    return render(reply, 'admin/branding', brandingModel(viewer, state), { title: translator(viewer.language)('companies.branding.title'), section: 'administration', status })
  }
}

function savedText({ language }: Viewer, { action }: BrandingForm, saved: SavedBranding): string {
  const t = translator(language)
  const text = saved.isPublished ? t('companies.branding.published', { version: saved.publishedVersion ?? 0 })
    : action === 'publish' ? t('companies.branding.unchanged') : t('companies.branding.saved')
  return saved.wasDarkened ? `${text} ${t('companies.branding.darkened', { color: saved.brandColor })}` : text
}
