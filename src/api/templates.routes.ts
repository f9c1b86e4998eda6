import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { stateOf, type TemplateBodies, type TemplateKind } from '../message-templates/domain.ts'
import { cleanTexts, createTemplate, saveTemplate, type TemplateFault, type TemplateForm } from '../message-templates/editing.commands.ts'
import { faultText } from '../message-templates/editor.views.ts'
import { findGround } from '../message-templates/ground.ts'
import { inspectTemplate } from '../message-templates/inspection.ts'
import { findTemplate, findTexts, listTemplates, lockTemplate, type ListedTemplate, type Template } from '../message-templates/library.queries.ts'
import { archiveTemplate, unarchiveTemplate, withdrawTemplate } from '../message-templates/publishing.commands.ts'
import { pageOfRows, readCursor } from './cursors.ts'
import { apiRoute, type ApiCall, type ApiRoute } from './endpoint.ts'
import { idParams, isoMoment, oneLine } from './fields.ts'
import { ApiProblem, type FieldFault } from './problem.ts'
import { newTemplate, template, templateChange, templatePage, templatesQuery } from './templates.input.ts'

const read = { resource: 'templates', scope: 'templates:read' } as const
const write = { resource: 'templates', scope: 'templates:write' } as const

const MOVES = { withdrawal: withdrawTemplate, archiving: archiveTemplate, unarchiving: unarchiveTemplate } as const

export const templateRoutes: readonly ApiRoute[] = [
  apiRoute({
    ...read, id: 'listTemplates', method: 'GET', path: '/templates', summary: 'api.templates.list', note: 'api.templates.listNote', query: templatesQuery, response: templatePage, problems: ['bad_cursor'],
    handle: async ({ db }, { scope, viewer, query }) => {
      const place = readCursor(query.cursor, ['text', 'id'])
      const shelf = viewer.privileges.has('templates.edit') ? query.shelf : 'published'
      const rows = await listTemplates(db, scope, { shelf, kind: query.kind ?? null, startsWith: query.name ?? '' }, { after: place && { name: place[0], id: place[1] }, limit: query.limit + 1 })
      return pageOfRows(rows, query.limit, ({ folded_name, id }) => [folded_name, id], listedModel)
    },
  }),
  apiRoute({
    ...write, id: 'createTemplate', method: 'POST', path: '/templates', summary: 'api.templates.create', note: 'api.templates.createNote', body: newTemplate, response: template, status: 201,
    handle: async (deps, call) => {
      const { viewer, body } = call
      const form: TemplateForm = { revision: 0, name: oneLine(body.name), kind: body.kind, careerSiteId: body.career_site_id, texts: textsOf(body.texts) }
      const made = await createTemplate(deps, viewer, form, body.publish ? 'publish' : 'save')
      if (!made.ok) throw await wrong(deps, call, form, made.detail)
      return getTemplate(deps, call, made.value.id)
    },
  }),
  apiRoute({
    ...read, id: 'getTemplate', method: 'GET', path: '/templates/{id}', summary: 'api.templates.get', params: idParams, response: template,
    handle: (deps, call) => getTemplate(deps, call, call.params.id),
  }),
  apiRoute({
    ...write, id: 'updateTemplate', method: 'PATCH', path: '/templates/{id}', summary: 'api.templates.update', note: 'api.templates.updateNote', params: idParams, body: templateChange, response: template, problems: ['conflict', 'changed_meanwhile'],
    handle: async (deps, call) => {
      const { scope, viewer, body } = call
      const before = await lock(deps, call, call.params.id)
      const form: TemplateForm = {
        revision: before.revision, name: body.name === undefined ? before.name : oneLine(body.name), kind: body.kind ?? before.kind, careerSiteId: body.career_site_id === undefined ? before.career_site_id : body.career_site_id,
        texts: { ...(await findTexts(deps.db, scope, before.id, before.version)), ...textsOf(body.texts ?? {}) },
      }
      const saved = await saveTemplate(deps, viewer, before.id, form, body.publish === true ? 'publish' : 'save')
      if (saved.ok) return getTemplate(deps, call, before.id)
      if (saved.reason === 'invalid') throw await wrong(deps, call, form, saved.detail ?? [])
      throw new ApiProblem('conflict', { reason: saved.reason, words: `templates.refused.${saved.reason}` })
    },
  }),
  ...(['withdrawal', 'archiving', 'unarchiving'] as const).map((step) => apiRoute({
    ...write, id: `${step}OfTemplate`, method: 'POST', path: `/templates/{id}/${step}`, summary: `api.templates.${step}`, params: idParams, response: template, problems: ['conflict', 'changed_meanwhile'],
    handle: async (deps, call) => {
      const { id, revision } = await lock(deps, call, call.params.id)
      const moved = await MOVES[step](deps, call.viewer, { id, revision })
      if (!moved.ok) throw new ApiProblem('conflict', { reason: moved.reason, words: `templates.refused.${moved.reason}` })
      return getTemplate(deps, call, id)
    },
  })),
]

type Call = Pick<ApiCall, 'scope' | 'viewer' | 'headers' | 't' | 'ifMatch'>

/** Whoever may only send reads what is published, and drafts are nobody else's business. */
async function getTemplate({ db }: Deps, { scope, viewer, headers }: Call, id: number) {
  const found = await findTemplate(db, scope, id)
  const mayEdit = viewer.privileges.has('templates.edit')
  const version = mayEdit ? found?.version : found?.published_version
  if (!found || !version || (!mayEdit && found.archived_at)) throw notFound('template')
  headers['etag'] = etagOf(found)
  const texts = await findTexts(db, scope, id, version)
  return { ...listedModel(found), career_site_id: found.career_site_id, texts: { fr: texts.fr ?? null, en: texts.en ?? null } }
}

/** Held until the end of the request: nobody is faster from here on. */
async function lock(deps: Deps, { scope, ifMatch }: Call, id: number) {
  const found = await deps.db.transaction().execute((trx) => lockTemplate(trx, scope, id))
  if (!found) throw notFound('template')
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etagOf(found)) throw new ApiProblem('changed_meanwhile')
  return found
}

function etagOf({ revision }: Pick<Template, 'revision'>): string {
  return `"${revision}"`
}

function listedModel(row: Pick<ListedTemplate, 'id' | 'name' | 'kind' | 'version' | 'published_version' | 'archived_at' | 'last_used_at'>) {
  const { id, name, kind, version, published_version, last_used_at } = row
  return { id, name, kind, state: stateOf(row), version, published_version, last_used_at: isoMoment(last_used_at) }
}

/** Null is as good as empty: the text goes. */
function textsOf(texts: { fr?: string | null | undefined; en?: string | null | undefined }): TemplateBodies {
  return Object.fromEntries(Object.entries(texts).flatMap(([language, body]) => (body === undefined ? [] : [[language, body ?? '']])))
}

/** Of a text that may not be published every fault by itself. */
async function wrong(deps: Deps, { viewer, t }: Call, form: { kind: TemplateKind; texts: TemplateBodies }, faults: readonly TemplateFault[]): Promise<ApiProblem> {
  const findings = faults.some(({ reason }) => reason === 'lint') ? inspectTemplate({ kind: form.kind, texts: cleanTexts(form.texts) }, await findGround(deps, viewer)).findings : []
  const errors = faults.flatMap((fault): FieldFault[] => {
    const field = fault.field.startsWith('text_') ? fault.field.replace('text_', 'texts.') : fault.field === 'career_site' ? 'career_site_id' : fault.field
    if (fault.reason !== 'lint') return [{ in: 'body', field, message: faultText({ t }, fault) }]
    return findings.filter(({ level, language }) => level === 'error' && fault.field === `text_${language}`).map(({ rule, detail }) => ({ in: 'body', field, message: t(`templates.lint.${rule}`, { detail: detail ?? '' }) }))
  })
  return new ApiProblem('invalid', { errors })
}
