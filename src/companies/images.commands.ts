import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { deleteUnusedImages, insertImage, lockPictures, ownImages } from './images.queries.ts'
import type { FileClaim, FileDetail } from './image-files.ts'
import type { PictureFields } from './images.input.ts'
import { IMAGE_ROLES, processImage, type ImageChange, type ImageProblem, type ImageRole, type ProcessedImage } from './images.ts'

/** Nothing where no file was chosen, `too_large` where reading stopped at the limit. */
export type Uploads = Partial<Record<ImageRole, { bytes: Buffer; claim: FileClaim } | 'too_large'>>
export type ImageRefusal = FileDetail & { reason: ImageProblem | 'gone' }
export type ImageProblems = Partial<Record<ImageRole, ImageRefusal>>
/** What is kept of a refused form: good pictures wait, so that nobody has to choose them again. */
export type Pictures = { imageProblems: ImageProblems; pending: PictureFields['pending'] }

type PicturedForm = PictureFields & { problems: readonly unknown[] }
type Save<Saved> = (trx: Transaction<DB>, change: ImageChange) => Promise<Saved | undefined>
type Fresh = Partial<Record<ImageRole, { id: string; image: ProcessedImage }>>

/**
 * Saves a form together with its pictures, in one transaction; `save` returns undefined when somebody else was faster.
 * Of a refused form the good pictures alone are stored. `background` stands behind pictures where a format knows no transparency.
 */
export async function saveWithPictures<Saved>(db: Db, scope: CompanyScope, form: PicturedForm, uploads: Uploads, background: string, save: Save<Saved>): Promise<Outcome<Saved, 'invalid' | 'conflict', Pictures>> {
  const { fresh, imageProblems } = await processUploads(uploads, background)
  return db.transaction().execute(async (trx) => {
    await lockPictures(trx, scope)
    const { pending, gone } = await storePictures(trx, scope, form.pending, fresh)
    const refuse = async <Reason extends string>(reason: Reason, problems: ImageProblems) => {
      await deleteUnusedImages(trx, scope, Object.values(pending))
      return refused(reason, { imageProblems: problems, pending })
    }
    if (form.problems.length > 0 || Object.keys(imageProblems).length > 0) return refuse('invalid', imageProblems)
    if (Object.keys(gone).length > 0) return refuse('invalid', gone)
    const saved = await save(trx, imageChange(pending, form.removed))
    if (saved === undefined) return refuse('conflict', {})
    await deleteUnusedImages(trx, scope)
    return done(saved)
  })
}

async function processUploads(uploads: Uploads, background: string): Promise<{ fresh: Fresh; imageProblems: ImageProblems }> {
  const fresh: Fresh = {}
  const imageProblems: ImageProblems = {}
  for (const role of IMAGE_ROLES) {
    const upload = uploads[role]
    if (upload === undefined) continue
    const result = upload === 'too_large' ? refused(upload) : await processImage(upload.bytes, role, background, upload.claim)
    if (result.ok) fresh[role] = { id: randomUUID(), image: result.value }
    else imageProblems[role] = { reason: result.reason, ...result.detail }
  }
  return { fresh, imageProblems }
}

/** Pictures of this try win over those of earlier ones; of those, somebody else's save may have swept some away. */
async function storePictures(trx: Transaction<DB>, scope: CompanyScope, earlier: PictureFields['pending'], fresh: Fresh): Promise<{ pending: PictureFields['pending']; gone: ImageProblems }> {
  const own = await ownImages(trx, scope, Object.values(earlier))
  const pending: PictureFields['pending'] = {}
  const gone: ImageProblems = {}
  for (const role of IMAGE_ROLES) {
    const [id, made] = [earlier[role], fresh[role]]
    if (made) {
      await insertImage(trx, scope, made.id, made.image)
      pending[role] = made.id
    } else if (id && own.has(id)) pending[role] = id
    else if (id) gone[role] = { reason: 'gone' }
  }
  return { pending, gone }
}

/** A new picture wins over the tick that removes the old one. */
function imageChange(pending: PictureFields['pending'], removed: PictureFields['removed']): ImageChange {
  const change: ImageChange = {}
  for (const role of IMAGE_ROLES) {
    if (pending[role] || removed[role]) change[`${role}ImageId`] = pending[role] ?? null
  }
  return change
}
