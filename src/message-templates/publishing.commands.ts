import type { Transaction } from 'kysely'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import type { JournalAction } from '../words/journal.ts'
import { TEMPLATE_NAME_LENGTH } from './domain.ts'
import { isNameConflict, textFaults } from './editing.commands.ts'
import { findTexts, insertTemplate, insertVersion, isNameTaken, lockTemplate, NOW, updateTemplate } from './library.queries.ts'

type Moving = Pick<Deps, 'db' | 'config'>
type Locked = NonNullable<Awaited<ReturnType<typeof lockTemplate>>>
export type MoveRefusal = 'stale' | 'archived' | 'not_archived' | 'not_published' | 'job_field' | 'name_taken' | 'no_version'

/** What somebody asked of the template as they saw it: of an older one nothing is done. */
export type Asked = { id: number; revision: number }

/** Nobody is offered it any more; what was made from it goes on. */
export async function withdrawTemplate(deps: Moving, viewer: Viewer, asked: Asked): Promise<Outcome<Locked, MoveRefusal>> {
  return move(deps, viewer, asked, 'template.withdrawn', async (trx, template) => {
    if (template.published_version === null) return 'not_published'
    await updateTemplate(trx, viewer.scope, template.id, { published_version: null })
    return { version: template.published_version }
  })
}

/** Out of sight, its name free again. */
export async function archiveTemplate(deps: Moving, viewer: Viewer, asked: Asked): Promise<Outcome<Locked, MoveRefusal>> {
  return move(deps, viewer, asked, 'template.archived', async (trx, template) => {
    if (template.archived_at) return 'archived'
    await updateTemplate(trx, viewer.scope, template.id, { published_version: null, archived_at: NOW })
    return {}
  })
}

/** Back as a draft: somebody looks at it before recruiters pick it again. */
export async function unarchiveTemplate(deps: Moving, viewer: Viewer, asked: Asked): Promise<Outcome<Locked, MoveRefusal>> {
  return move(deps, viewer, asked, 'template.unarchived', async (trx, template) => {
    if (!template.archived_at) return 'not_archived'
    if (await isNameTaken(trx, viewer.scope, template.name, template.id)) return 'name_taken'
    await updateTemplate(trx, viewer.scope, template.id, { published_version: null, archived_at: null })
    return {}
  })
}

/** An old version's texts become the newest version. */
export async function restoreVersion(deps: Moving, viewer: Viewer, asked: Asked, version: number): Promise<Outcome<Locked, MoveRefusal>> {
  return move(deps, viewer, asked, 'template.restored', async (trx, template) => {
    if (template.archived_at) return 'archived'
    const texts = version < template.version ? await findTexts(trx, viewer.scope, template.id, version) : {}
    if (Object.keys(texts).length === 0) return 'no_version'
    // The template may have become an automatic answer since (S35).
    if ((await textFaults({ ...deps, db: trx }, viewer, { kind: template.kind, texts }, 'save')).length > 0) return 'job_field'
    await insertVersion(trx, viewer.scope, { templateId: template.id, version: template.version + 1, texts, userId: viewer.userId })
    await updateTemplate(trx, viewer.scope, template.id, { version: template.version + 1 })
    return { version: template.version + 1, from: version }
  })
}

/** A draft with the newest texts of another template, under a name of its own. Undefined: there is no such template. */
export async function duplicateTemplate(deps: Moving, viewer: Viewer, id: number): Promise<{ id: number } | undefined> {
  const { scope, userId } = viewer
  return deps.db.transaction().execute(async (trx) => {
    const source = await lockTemplate(trx, scope, id)
    if (!source) return undefined
    const texts = await findTexts(trx, scope, id, source.version)
    const copyId = await insertCopy(trx, viewer, source)
    await insertVersion(trx, scope, { templateId: copyId, version: 1, texts, userId })
    await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'template.created', subjectKind: 'template', subjectId: copyId, detail: { version: 1, from: id } })
    return { id: copyId }
  })
}

/** « Relance (copie) », or the next number that is free. */
async function insertCopy(trx: Transaction<DB>, { scope, language }: Viewer, source: Locked): Promise<number> {
  const t = translator(language)
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? t('templates.copy.first') : t('templates.copy.next', { number })
    const name = `${source.name.slice(0, TEMPLATE_NAME_LENGTH - suffix.length - 1).trimEnd()} ${suffix}`
    const id = await insertTemplate(trx, scope, { name, folder: source.folder ?? '', kind: source.kind, careerSiteId: source.career_site_id })
    if (id !== undefined) return id
  }
}

type Step = (trx: Transaction<DB>, template: Locked) => Promise<MoveRefusal | Record<string, number>>

async function move({ db }: Moving, { scope, userId }: Viewer, { id, revision }: Asked, action: JournalAction, step: Step): Promise<Outcome<Locked, MoveRefusal>> {
  try {
    return await db.transaction().execute(async (trx) => {
      const template = await lockTemplate(trx, scope, id)
      if (!template) throw notFound('template')
      if (template.revision !== revision) return refused('stale')
      const detail = await step(trx, template)
      if (typeof detail === 'string') return refused(detail)
      await recordInJournal(trx, { companyId: scope.companyId, userId, action, subjectKind: 'template', subjectId: id, detail: { name: template.name, ...detail } })
      return done(template)
    })
  } catch (error) {
    if (isNameConflict(error)) return refused('name_taken')
    throw error
  }
}
