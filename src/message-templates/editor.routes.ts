import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem, notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { formatPhone, type CountryCode } from '../sms/phone.ts'
import { toGsm7 } from '../sms/segments.ts'
import { listSites } from '../references/queries.ts'
import { idParams } from '../web/ids.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { createTemplate, saveTemplate, type TemplateFault } from './editing.commands.ts'
import { editorModel, piecesModel, type EditorGiven } from './editor.views.ts'
import { findGround } from './ground.ts'
import { newQuery, readTemplateForm, type TemplateFormResult } from './input.ts'
import { inspectTemplate } from './inspection.ts'
import { findTemplate, findTexts, listFolders, type Template } from './library.queries.ts'
import { sendTemplateTest } from './test-message.commands.ts'
import { showModel } from './versions.views.ts'

const EDIT = { config: { privilege: 'templates.edit' } } as const
type IdRoute = { Params: { id: string } }

/** One template: to edit, or to read for who may only send it. */
export async function editorRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.newTemplate, EDIT, (request, reply) => {
    const { kind } = newQuery.parse(request.query ?? {})
    return showEditor(deps, request, reply, { template: undefined, form: { ...emptyForm(request), kind } })
  })

  app.post(paths.templates, EDIT, (request, reply) => takeForm(deps, request, reply, undefined))

  app.post(paths.templatePreview, EDIT, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const given = readTemplateForm(request.body, viewer.company.language)
    const textsReplaced = given.action === 'plain_letters'
    const form = textsReplaced ? withPlainLetters(given) : given
    const ground = await findGround(deps, viewer)
    return render(reply, 'templates/_pieces', { pieces: piecesModel(viewer, { form, ground, inspection: inspectTemplate(form, ground), textsReplaced }) })
  })

  app.get<IdRoute>('/templates/:id', { config: { privilege: 'signed-in' } }, (request, reply) => showTemplate(deps, request, reply))

  app.post<IdRoute>('/templates/:id', EDIT, async (request, reply) => takeForm(deps, request, reply, await templateOf(deps, request)))
}

/** Whoever may write or send may read them. */
export function readerAmong(viewer: Viewer): Viewer {
  if (!viewer.privileges.has('templates.edit') && !viewer.privileges.has('campaigns.send')) throw new Problem('forbidden', { privilege: 'campaigns.send' })
  return viewer
}

/** The template as it is now, in the editor or to read; `notice` says why it is shown again. */
export async function showTemplate(deps: Deps, request: FastifyRequest, reply: FastifyReply, notice?: EditorGiven['notice'], status = 200): Promise<FastifyReply> {
  const viewer = readerAmong(request.viewer as Viewer)
  const mayEdit = viewer.privileges.has('templates.edit')
  const template = await templateOf(deps, request)
  if (mayEdit && !template.archived_at) return showEditor(deps, request, reply, { template, form: await savedForm(deps, viewer, template), notice }, status)
  const version = template.archived_at ? template.version : template.published_version
  // Drafts are nobody's business but the administrators'.
  if (version === null || (!mayEdit && template.archived_at)) throw notFound('template')
  const model = showModel(viewer, template, await findTexts(deps.db, viewer.scope, template.id, version), await findGround(deps, viewer))
  return render(reply, 'templates/show', { ...model, notice: notice ?? model.notice }, { title: template.name, section: 'templates', status })
}

/** A template of the company; anything else is not found. */
export async function templateOf(deps: Deps, request: FastifyRequest): Promise<Template> {
  const params = idParams.safeParse(request.params)
  const template = params.success ? await findTemplate(deps.db, (request.viewer as Viewer).scope, params.data.id) : undefined
  if (!template) throw notFound('template')
  return template
}

async function takeForm(deps: Deps, request: FastifyRequest, reply: FastifyReply, template: Template | undefined): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const t = translator(viewer.language)
  const form = readTemplateForm(request.body, viewer.company.language)
  if (form.action === 'preview') return showEditor(deps, request, reply, { template, form })
  if (form.action === 'plain_letters') return showEditor(deps, request, reply, { template, form: withPlainLetters(form), notice: { kind: 'warning', text: t('templates.edit.replaced') } })
  if (form.tooLong.length > 0) {
    const faults = form.tooLong.map((language): TemplateFault => ({ field: `text_${language}`, reason: 'too_long', detail: '' }))
    return showEditor(deps, request, reply, { template, form, faults }, 422)
  }

  const intent = form.action === 'publish' ? 'publish' : 'save'
  const result = template ? await saveTemplate(deps, viewer, template.id, form, intent) : await createTemplate(deps, viewer, form, intent)
  if (!result.ok) {
    if (result.reason === 'invalid') return showEditor(deps, request, reply, { template, form, faults: result.detail ?? [] }, 422)
    // Somebody was faster: what was typed stays, over the template as it is now, and may be saved on top of it.
    const now = await templateOf(deps, request)
    if (result.reason === 'archived') return showEditor(deps, request, reply, { template: undefined, form, notice: { kind: 'warning', text: t('templates.edit.archived') } }, 409)
    const notice = { kind: 'warning', text: t('templates.edit.stale', { version: now.version }), link: { href: paths.templateStep(now.id, 'versions'), label: t('templates.edit.staleSee') } } as const
    return showEditor(deps, request, reply, { template: now, form, notice }, 409)
  }

  const { id, version, isNewVersion, isPublished } = result.value
  if (form.action === 'test') return testSaved(deps, request, reply, form, id)
  flash(request, 'ok', t(isPublished ? 'templates.edit.published' : isNewVersion && version > 1 ? 'templates.edit.savedVersion' : 'templates.edit.saved', { version }))
  return redirect(reply, paths.template(id))
}

/** The text was saved; a test that cannot be sent says so beside the number. */
async function testSaved(deps: Deps, request: FastifyRequest, reply: FastifyReply, form: TemplateFormResult, id: number): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const t = translator(viewer.language)
  const result = await sendTemplateTest(deps, viewer, { id, kind: form.kind, texts: form.texts, language: form.shown, mobile: form.mobile })
  if (result.ok) {
    flash(request, 'ok', t('templates.test.done', { phone: formatPhone(result.value.e164, viewer.company.country as CountryCode) }))
    return redirect(reply, paths.template(id))
  }
  const template = await findTemplate(deps.db, viewer.scope, id)
  return showEditor(deps, request, reply, { template, form, testError: t(`templates.test.${result.reason}`, result.detail ?? {}) }, 422)
}

async function showEditor(deps: Deps, request: FastifyRequest, reply: FastifyReply, given: Pick<EditorGiven, 'template' | 'form' | 'faults' | 'notice' | 'testError'>, status = 200): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const ground = await findGround(deps, viewer)
  const [sites, folders] = await Promise.all([listSites(deps.db, viewer.scope, given.template?.career_site_id ?? null), listFolders(deps.db, viewer.scope)])
  const model = editorModel(viewer, { ...given, ground, sites, folders, inspection: inspectTemplate(given.form, ground) })
  return render(reply, 'templates/edit', model, { title: model.heading, section: 'templates', status })
}

function emptyForm(request: FastifyRequest): TemplateFormResult {
  return readTemplateForm({}, (request.viewer as Viewer).company.language)
}

async function savedForm(deps: Deps, viewer: Viewer, template: Template): Promise<TemplateFormResult> {
  const texts = await findTexts(deps.db, viewer.scope, template.id, template.version)
  return { ...readTemplateForm({}, viewer.company.language), revision: template.revision, name: template.name, folder: template.folder ?? '', kind: template.kind, careerSiteId: template.career_site_id, texts }
}

/** Asked for by its button, before and after in view: nothing is saved by it. */
function withPlainLetters(form: TemplateFormResult): TemplateFormResult {
  return { ...form, texts: Object.fromEntries(Object.entries(form.texts).map(([language, body]) => [language, toGsm7(body)])) }
}
