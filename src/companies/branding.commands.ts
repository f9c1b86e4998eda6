import { randomUUID } from 'node:crypto'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { readableBrandColor } from './branding.domain.ts'
import type { BrandingForm } from './branding.input.ts'
import { deleteUnusedImages, findBranding, insertImage, lockImages, saveBranding } from './branding.queries.ts'
import { IMAGE_ROLES, processImage, type ImageProblem, type ImageRole, type ProcessedImage } from './images.ts'

type Actor = { scope: CompanyScope; userId: number }
export type ImageProblems = Partial<Record<ImageRole, ImageProblem | 'gone'>>
/** What is kept of a refused form: good pictures wait, so that nobody has to choose them again. */
export type Refusal = { imageProblems: ImageProblems; pending: Partial<Record<ImageRole, string>> }
/** Undefined where no file was chosen, `too_large` where reading stopped at the limit. */
export type Uploads = Partial<Record<ImageRole, Buffer | 'too_large'>>

/** Saves the form as the next version, pictures and journal line in the same transaction; or nothing but pending pictures. */
export async function updateBranding(
  deps: { db: Db },
  actor: Actor,
  form: BrandingForm,
  uploads: Uploads,
): Promise<Outcome<{ version: number; brandColor: string; wasDarkened: boolean }, 'invalid' | 'conflict', Refusal>> {
  const brandColor = form.problems.some(({ field }) => field === 'brandColor') ? '#ffffff' : readableBrandColor(form.brandColor)
  const { fresh, imageProblems } = await processUploads(uploads, brandColor)
  if (form.problems.length > 0 || Object.keys(imageProblems).length > 0) return refused('invalid', await keepPictures(deps.db, actor, form, fresh, imageProblems))

  const result = await deps.db.transaction().execute(async (trx) => {
    const before = await findBranding(trx, actor.scope)
    if (before.version !== form.version) return 'conflict' as const
    const ids = { ...form.pending, ...freshIds(fresh) }
    const own = await lockImages(trx, actor.scope, Object.values(form.pending))
    const gone = IMAGE_ROLES.filter((role) => !fresh[role] && form.pending[role] && !own.has(form.pending[role]))
    if (gone.length > 0) return { gone }

    for (const { id, image } of Object.values(fresh)) await insertImage(trx, actor.scope, id, image)
    const version = await saveBranding(trx, actor.scope, form.version, {
      displayName: form.displayName, brandColor, footerText: form.footerText, privacyText: form.privacyText, texts: form.texts,
      ...imageChange('header', ids.header, form.removed.header), ...imageChange('footer', ids.footer, form.removed.footer),
    })
    if (version === undefined) return 'conflict' as const
    await deleteUnusedImages(trx, actor.scope)
    await recordInJournal(trx, {
      companyId: actor.scope.companyId, userId: actor.userId, action: 'branding.saved', subjectKind: 'branding', subjectId: version,
      detail: { displayName: form.displayName, brandColor, images: IMAGE_ROLES.filter((role) => ids[role]), removed: IMAGE_ROLES.filter((role) => form.removed[role] && !ids[role]) },
    })
    return { version }
  })
  if (result === 'conflict') return refused('conflict', await keepPictures(deps.db, actor, form, fresh, {}))
  if ('gone' in result) return refused('invalid', await keepPictures(deps.db, actor, form, fresh, Object.fromEntries(result.gone.map((role) => [role, 'gone']))))
  return done({ version: result.version, brandColor, wasDarkened: brandColor !== form.brandColor })
}

type Fresh = Partial<Record<ImageRole, { id: string; image: ProcessedImage }>>

async function processUploads(uploads: Uploads, background: string): Promise<{ fresh: Fresh; imageProblems: ImageProblems }> {
  const fresh: Fresh = {}
  const imageProblems: ImageProblems = {}
  for (const role of IMAGE_ROLES) {
    const upload = uploads[role]
    if (upload === undefined) continue
    const result = upload === 'too_large' ? refused(upload) : await processImage(upload, role, background)
    if (result.ok) fresh[role] = { id: randomUUID(), image: result.value }
    else imageProblems[role] = result.reason
  }
  return { fresh, imageProblems }
}

/** Stores the good pictures of a refused form; what earlier tries left behind goes. */
async function keepPictures(db: Db, { scope }: Actor, form: BrandingForm, fresh: Fresh, imageProblems: ImageProblems): Promise<Refusal> {
  return db.transaction().execute(async (trx) => {
    const own = await lockImages(trx, scope, Object.values(form.pending))
    const waiting = Object.fromEntries(Object.entries(form.pending).filter(([, id]) => own.has(id)))
    const pending = { ...waiting, ...freshIds(fresh) }
    for (const { id, image } of Object.values(fresh)) await insertImage(trx, scope, id, image)
    await deleteUnusedImages(trx, scope, Object.values(pending))
    return { imageProblems, pending }
  })
}

function freshIds(fresh: Fresh): Partial<Record<ImageRole, string>> {
  return Object.fromEntries(Object.entries(fresh).map(([role, { id }]) => [role, id]))
}

/** A new picture wins over the tick that removes the old one. */
function imageChange(role: ImageRole, id: string | undefined, isRemoved: boolean) {
  return id ? { [`${role}ImageId`]: id } : isRemoved ? { [`${role}ImageId`]: null } : {}
}
