import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { differingParts, readableBrandColor } from './branding.domain.ts'
import type { BrandingForm } from './branding.input.ts'
import { findBranding, findDraft, findVersion, writeDraft, writeVersion } from './branding.queries.ts'
import { saveWithPictures, type Pictures, type Uploads } from './images.commands.ts'
import { deleteUnusedImages, lockPictures } from './images.queries.ts'

type Actor = { scope: CompanyScope; userId: number }
export type SavedBranding = { revision: number; brandColor: string; wasDarkened: boolean; publishedVersion: number | null; isPublished: boolean }

/**
 * Saves the form as the draft, and shows it to candidates where that is asked for: all of it in one transaction, or nothing but
 * pending pictures. A form older than the draft is refused, unless it says the same.
 */
export async function saveBranding(deps: { db: Db }, actor: Actor, form: BrandingForm, uploads: Uploads): Promise<Outcome<SavedBranding, 'invalid' | 'conflict', Pictures>> {
  const { scope, userId } = actor
  const brandColor = form.problems.some(({ field }) => field === 'brandColor') ? '#ffffff' : readableBrandColor(form.content.brandColor)
  return saveWithPictures(deps.db, scope, form, uploads, brandColor, async (trx, { headerImageId, footerImageId }) => {
    const before = await findDraft(trx, scope)
    const next = {
      ...form.content, brandColor,
      headerImageId: headerImageId === undefined ? before.headerImageId : headerImageId, footerImageId: footerImageId === undefined ? before.footerImageId : footerImageId,
    }
    const isChanged = differingParts(before, next).length > 0
    if (isChanged && form.revision !== before.revision) return undefined
    const answer = { brandColor, wasDarkened: brandColor !== form.content.brandColor, isPublished: false }
    const published = await findBranding(trx, scope)
    const isSameAsPublished = published.version > 0 && differingParts(published, next).length === 0

    if (form.action === 'publish' && !isSameAsPublished) {
      const version = await writeVersion(trx, scope, { ...next, restoredFrom: before.restoredFrom, userId })
      const revision = await writeDraft(trx, scope, { ...next, publishedVersion: version, restoredFrom: null, userId })
      await recordInJournal(trx, {
        companyId: scope.companyId, userId, action: 'branding.published', subjectKind: 'branding', subjectId: version,
        detail: { version, displayName: next.displayName, parts: differingParts(published, next) },
      })
      return { ...answer, revision, publishedVersion: version, isPublished: true }
    }
    const publishedVersion = isSameAsPublished ? published.version : null
    if (!isChanged) return { ...answer, revision: before.revision, publishedVersion }
    const revision = await writeDraft(trx, scope, { ...next, publishedVersion, restoredFrom: isSameAsPublished ? null : before.restoredFrom, userId })
    return { ...answer, revision, publishedVersion }
  })
}

/** An earlier version becomes the draft, in place of what stood there; candidates see nothing of it before it is published. */
export async function restoreBranding(deps: { db: Db }, actor: Actor, version: number, seen: { revision: number }): Promise<Outcome<{ isPublished: boolean }, 'moved' | 'no_version'>> {
  const { scope, userId } = actor
  return deps.db.transaction().execute(async (trx) => {
    await lockPictures(trx, scope)
    const [draft, old, published] = [await findDraft(trx, scope), await findVersion(trx, scope, version), await findBranding(trx, scope)]
    if (!old) return refused('no_version')
    const isPublished = differingParts(published, old).length === 0
    if (differingParts(draft, old).length === 0) return done({ isPublished })
    if (draft.revision !== seen.revision) return refused('moved')
    await writeDraft(trx, scope, { ...old, publishedVersion: isPublished ? published.version : null, restoredFrom: isPublished ? null : version, userId })
    await deleteUnusedImages(trx, scope)
    await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'branding.restored', subjectKind: 'branding', subjectId: version, detail: { version } })
    return done({ isPublished })
  })
}
