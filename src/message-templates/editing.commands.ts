import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import { isUniqueViolation } from '../db/errors.ts'
import type { Deps } from '../deps.ts'
import { listSites } from '../references/queries.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { LANGUAGES } from '../words/define.ts'
import { refusedFields, sameTexts, TEMPLATE_NAME_LENGTH, type TemplateBodies, type TemplateKind } from './domain.ts'
import { findGround } from './ground.ts'
import { inspectTemplate } from './inspection.ts'
import { findFresh, findTexts, insertTemplate, insertVersion, isNameTaken, lockTemplate, updateTemplate } from './library.queries.ts'
import { FIELD_NAMES, normaliseText } from './merge.ts'

/** Without a folder the template stays where it is; `''` takes it out. */
export type TemplateForm = { revision: number; name: string; folder?: string; kind: TemplateKind; careerSiteId: number | null; texts: TemplateBodies }

/** What is wrong, by field of the form. */
export type TemplateFault =
  | { field: 'name'; reason: 'missing' | 'taken' }
  | { field: 'kind'; reason: 'published' }
  | { field: 'career_site'; reason: 'unknown' }
  | { field: `text_${(typeof LANGUAGES)[number]}`; reason: 'empty' | 'too_long' | 'job_field' | 'lint'; detail: string }

export type SavedTemplate = { id: number; version: number; isNewVersion: boolean; isPublished: boolean }
type Writing = Pick<Deps, 'db' | 'config'>

/** Sent twice by a double click, the second finds what the first made. */
export async function createTemplate(deps: Writing, viewer: Viewer, form: TemplateForm, intent: 'save' | 'publish'): Promise<Outcome<SavedTemplate, 'invalid', TemplateFault[]>> {
  const { scope, userId } = viewer
  const texts = cleanTexts(form.texts)
  const twin = await findTwin(deps.db, viewer, form, texts, intent)
  if (twin) return done({ ...twin, isNewVersion: false, isPublished: false })
  const faults = [...(await factFaults(deps.db, viewer, form, null)), ...(await textFaults(deps, viewer, { kind: form.kind, texts }, intent))]
  if (faults.length > 0) return refused('invalid', faults)
  return deps.db.transaction().execute(async (trx) => {
    const id = await insertTemplate(trx, scope, form)
    if (id === undefined) {
      const made = await findTwin(trx, viewer, form, texts, intent)
      return made ? done({ ...made, isNewVersion: false, isPublished: false }) : refused('invalid', [{ field: 'name', reason: 'taken' }] as TemplateFault[])
    }
    await insertVersion(trx, scope, { templateId: id, version: 1, texts, userId })
    if (intent === 'publish') await updateTemplate(trx, scope, id, { published_version: 1 })
    await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'template.created', subjectKind: 'template', subjectId: id, detail: { name: form.name, version: 1, isPublished: intent === 'publish' } })
    return done({ id, version: 1, isNewVersion: true, isPublished: intent === 'publish' })
  })
}

/**
 * Saves name, kind and site at once, and changed texts as the next version; what recruiters pick stays the published one unless
 * it is published as well. A form older than the template is refused, unless it says the same.
 */
export async function saveTemplate(deps: Writing, viewer: Viewer, id: number, form: TemplateForm, intent: 'save' | 'publish'): Promise<Outcome<SavedTemplate, 'invalid' | 'stale' | 'archived', TemplateFault[] | undefined>> {
  const { scope, userId } = viewer
  const texts = cleanTexts(form.texts)
  const wrong = await textFaults(deps, viewer, { kind: form.kind, texts }, intent)
  try {
    return await deps.db.transaction().execute(async (trx) => {
      const before = await lockTemplate(trx, scope, id)
      if (!before) throw notFound('template')
      if (before.archived_at) return refused('archived')
      const isSameText = sameTexts(texts, await findTexts(trx, scope, id, before.version))
      const folder = form.folder === undefined ? before.folder : form.folder || null
      const isSame = isSameText && form.name === before.name && folder === before.folder && form.kind === before.kind && form.careerSiteId === before.career_site_id
      if (!isSame && form.revision !== before.revision) return refused('stale')

      const faults = [...(await factFaults(trx, viewer, form, before)), ...wrong]
      if (faults.length > 0) return refused('invalid', faults)
      const version = isSameText ? before.version : before.version + 1
      const isPublished = intent === 'publish' && before.published_version !== version
      if (isSame && !isPublished) return done({ id, version, isNewVersion: false, isPublished: false })
      if (!isSameText) await insertVersion(trx, scope, { templateId: id, version, texts, userId })
      await updateTemplate(trx, scope, id, { name: form.name, folder, kind: form.kind, career_site_id: form.careerSiteId, version, ...(isPublished ? { published_version: version } : {}) })
      const line = { companyId: scope.companyId, userId, subjectKind: 'template', subjectId: id }
      if (!isSame) await recordInJournal(trx, { ...line, action: 'template.saved', detail: { name: form.name, version } })
      if (isPublished) await recordInJournal(trx, { ...line, action: 'template.published', detail: { name: form.name, version } })
      return done({ id, version, isNewVersion: !isSameText, isPublished })
    })
  } catch (error) {
    if (isNameConflict(error)) return refused('invalid', [{ field: 'name', reason: 'taken' }])
    throw error
  }
}

/** The template that this person has just made of the same form. */
async function findTwin(db: Deps['db'], { scope, userId }: Viewer, form: TemplateForm, texts: TemplateBodies, intent: 'save' | 'publish'): Promise<{ id: number; version: number } | undefined> {
  const twin = await findFresh(db, scope, { name: form.name, kind: form.kind, userId, isPublished: intent === 'publish' })
  return twin && sameTexts(texts, await findTexts(db, scope, twin.id, 1)) ? twin : undefined
}

/** Two people may give the same name at the same moment; the database lets one of them. */
export function isNameConflict(error: unknown): boolean {
  return isUniqueViolation(error, 'message_template_name')
}

async function factFaults(db: Deps['db'], { scope }: Viewer, form: TemplateForm, before: { id: number; kind: TemplateKind; published_version: number | null; career_site_id: number | null } | null): Promise<TemplateFault[]> {
  const faults: TemplateFault[] = []
  if (form.name === '' || form.name.length > TEMPLATE_NAME_LENGTH) faults.push({ field: 'name', reason: 'missing' })
  else if (await isNameTaken(db, scope, form.name, before?.id ?? null)) faults.push({ field: 'name', reason: 'taken' })
  // Recruiters would find it under a kind that its published text was not written for.
  if (before && before.published_version !== null && form.kind !== before.kind) faults.push({ field: 'kind', reason: 'published' })
  const sites = form.careerSiteId === null ? [] : await listSites(db, scope, before?.career_site_id ?? null)
  if (form.careerSiteId !== null && !sites.some(({ id }) => id === form.careerSiteId)) faults.push({ field: 'career_site', reason: 'unknown' })
  return faults
}

/** Saving asks for a text, and refuses what an automatic answer may not hold (S35); publishing refuses every error. */
export async function textFaults(deps: Writing, viewer: Viewer, template: { kind: TemplateKind; texts: TemplateBodies }, intent: 'save' | 'publish'): Promise<TemplateFault[]> {
  const main = viewer.company.language
  const written = LANGUAGES.filter((language) => template.texts[language] !== undefined)
  if (written.length === 0) return [{ field: `text_${main}`, reason: 'empty', detail: '' }]
  const forbidden = written.flatMap((language) => refusedFields(template.kind, template.texts[language]!).map((field): TemplateFault => (
    { field: `text_${language}`, reason: 'job_field', detail: `{${FIELD_NAMES[language][field]}}` })))
  if (forbidden.length > 0 || intent === 'save') return forbidden
  const { findings } = inspectTemplate(template, await findGround(deps, viewer))
  const errors = findings.filter(({ level }) => level === 'error')
  return [...new Set(errors.map(({ language }) => language))].map((language) => ({ field: `text_${language}`, reason: 'lint', detail: '' }))
}

export function cleanTexts(texts: TemplateBodies): TemplateBodies {
  return Object.fromEntries(LANGUAGES.map((language) => [language, normaliseText(texts[language] ?? '')] as const).filter(([, body]) => body !== ''))
}
