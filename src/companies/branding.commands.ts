import { done, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { readableBrandColor } from './branding.domain.ts'
import type { BrandingForm } from './branding.input.ts'
import { saveBranding } from './branding.queries.ts'
import { saveWithPictures, type Pictures, type Uploads } from './images.commands.ts'
import { IMAGE_ROLES } from './images.ts'

type Actor = { scope: CompanyScope; userId: number }

/** Saves the form as the next version, pictures and journal line in the same transaction; or nothing but pending pictures. */
export async function updateBranding(
  deps: { db: Db },
  actor: Actor,
  form: BrandingForm,
  uploads: Uploads,
): Promise<Outcome<{ version: number; brandColor: string; wasDarkened: boolean }, 'invalid' | 'conflict', Pictures>> {
  const brandColor = form.problems.some(({ field }) => field === 'brandColor') ? '#ffffff' : readableBrandColor(form.brandColor)
  const result = await saveWithPictures(deps.db, actor.scope, form, uploads, brandColor, async (trx, images) => {
    const version = await saveBranding(trx, actor.scope, form.version, {
      displayName: form.displayName, brandColor, footerText: form.footerText, privacyText: form.privacyText, texts: form.texts, ...images,
    })
    if (version === undefined) return undefined
    await recordInJournal(trx, {
      companyId: actor.scope.companyId, userId: actor.userId, action: 'branding.saved', subjectKind: 'branding', subjectId: version,
      detail: { displayName: form.displayName, brandColor, images: IMAGE_ROLES.filter((role) => images[`${role}ImageId`]), removed: IMAGE_ROLES.filter((role) => images[`${role}ImageId`] === null) },
    })
    return version
  })
  return result.ok ? done({ version: result.value, brandColor, wasDarkened: brandColor !== form.brandColor }) : result
}
