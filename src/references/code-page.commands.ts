import { randomUUID } from 'node:crypto'
import { deleteUnusedImages, findBranding, insertImage, lockImages } from '../companies/branding.queries.ts'
import { IMAGE_ROLES, processImage, type ImageProblem, type ImageRole, type ProcessedImage } from '../companies/images.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { Db } from '../db/pool.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { Language } from '../words/define.ts'
import type { CodePageForm } from './code-page.input.ts'
import { findCodePage, setPublished, updateCodePage } from './code-page.queries.ts'
import type { Actor } from './commands.ts'

type Deps = { db: Db }
export type Uploads = Partial<Record<ImageRole, Buffer | 'too_large'>>
export type Pictures = { imageProblems: Partial<Record<ImageRole, ImageProblem | 'gone'>>; pending: Partial<Record<ImageRole, string>> }
type Fresh = Partial<Record<ImageRole, { id: string; image: ProcessedImage }>>

/** Saves texts and pictures as the next version, or nothing but the good pictures of a refused form, which wait for the next try. */
export async function saveCodePage(deps: Deps, actor: Actor, id: number, form: CodePageForm, uploads: Uploads): Promise<Outcome<{ version: number }, 'invalid' | 'conflict', Pictures>> {
  const { brandColor } = await findBranding(deps.db, actor.scope)
  const { fresh, imageProblems } = await processUploads(uploads, brandColor)
  if (form.problems.length > 0 || Object.keys(imageProblems).length > 0) return refused('invalid', await keepPictures(deps, actor, form, fresh, imageProblems))
  const result = await deps.db.transaction().execute(async (trx) => {
    const own = await lockImages(trx, actor.scope, Object.values(form.pending))
    const gone = IMAGE_ROLES.filter((role) => !fresh[role] && form.pending[role] && !own.has(form.pending[role]))
    if (gone.length > 0) return { gone }
    for (const { id: imageId, image } of Object.values(fresh)) await insertImage(trx, actor.scope, imageId, image)
    const ids = { ...form.pending, ...idsOf(fresh) }
    const version = await updateCodePage(trx, actor.scope, id, form.version, { texts: form.texts, ...change('header', ids.header, form.removed.header), ...change('footer', ids.footer, form.removed.footer) })
    if (version === undefined) return 'conflict' as const
    await deleteUnusedImages(trx, actor.scope)
    await recordInJournal(trx, { companyId: actor.scope.companyId, userId: actor.userId, action: 'code_page.saved', subjectKind: 'codes', subjectId: id, detail: { version } })
    return { version }
  })
  if (result === 'conflict') return refused('conflict', await keepPictures(deps, actor, form, fresh, {}))
  if ('gone' in result) return refused('invalid', await keepPictures(deps, actor, form, fresh, Object.fromEntries(result.gone.map((role) => [role, 'gone']))))
  return done(result)
}

/** Shows the page to everybody, or to nobody any more. It needs a heading in the language everybody falls back to. */
export async function publishCodePage(deps: Deps, actor: Actor, id: number, seen: { version: number; language: Language }, isPublished: boolean): Promise<Outcome<true, 'moved' | 'no_heading'>> {
  return deps.db.transaction().execute(async (trx) => {
    const page = await findCodePage(trx, actor.scope, id)
    if (isPublished && !page?.texts[seen.language]) return refused('no_heading')
    if (!(await setPublished(trx, actor.scope, id, seen.version, isPublished))) return refused('moved')
    await recordInJournal(trx, { companyId: actor.scope.companyId, userId: actor.userId, action: isPublished ? 'code_page.published' : 'code_page.withdrawn', subjectKind: 'codes', subjectId: id })
    return done(true)
  })
}

async function processUploads(uploads: Uploads, background: string): Promise<{ fresh: Fresh; imageProblems: Pictures['imageProblems'] }> {
  const fresh: Fresh = {}
  const imageProblems: Pictures['imageProblems'] = {}
  for (const role of IMAGE_ROLES) {
    const upload = uploads[role]
    if (upload === undefined) continue
    const result = upload === 'too_large' ? refused(upload) : await processImage(upload, role, background)
    if (result.ok) fresh[role] = { id: randomUUID(), image: result.value }
    else imageProblems[role] = result.reason
  }
  return { fresh, imageProblems }
}

async function keepPictures({ db }: Deps, { scope }: Actor, form: CodePageForm, fresh: Fresh, imageProblems: Pictures['imageProblems']): Promise<Pictures> {
  return db.transaction().execute(async (trx) => {
    const own = await lockImages(trx, scope, Object.values(form.pending))
    const pending = { ...Object.fromEntries(Object.entries(form.pending).filter(([, id]) => own.has(id))), ...idsOf(fresh) }
    for (const { id, image } of Object.values(fresh)) await insertImage(trx, scope, id, image)
    await deleteUnusedImages(trx, scope, Object.values(pending))
    return { imageProblems, pending }
  })
}

function idsOf(fresh: Fresh): Partial<Record<ImageRole, string>> {
  return Object.fromEntries(Object.entries(fresh).map(([role, { id }]) => [role, id]))
}

/** A new picture wins over the tick that gives the place back to the company's. */
function change(role: ImageRole, id: string | undefined, isRemoved: boolean) {
  return id ? { [`${role}ImageId`]: id } : isRemoved ? { [`${role}ImageId`]: null } : {}
}
