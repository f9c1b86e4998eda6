import { findBranding } from '../companies/branding.queries.ts'
import { saveWithPictures, type Pictures, type Uploads } from '../companies/images.commands.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { Db } from '../db/pool.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { Language } from '../words/define.ts'
import type { CodePageForm } from './code-page.input.ts'
import { findCodePage, setPublished, updateCodePage } from './code-page.queries.ts'
import type { Actor } from './commands.ts'

type Deps = { db: Db }

/** Saves texts and pictures as the next version, or nothing but the good pictures of a refused form, which wait for the next try. */
export async function saveCodePage(deps: Deps, actor: Actor, id: number, form: CodePageForm, uploads: Uploads): Promise<Outcome<{ version: number }, 'invalid' | 'conflict', Pictures>> {
  const { brandColor } = await findBranding(deps.db, actor.scope)
  return saveWithPictures(deps.db, actor.scope, form, uploads, brandColor, async (trx, images) => {
    const version = await updateCodePage(trx, actor.scope, id, form.version, { texts: form.texts, headerAlt: form.values.headerAlt, footerAlt: form.values.footerAlt, ...images })
    if (version === undefined) return undefined
    await recordInJournal(trx, { companyId: actor.scope.companyId, userId: actor.userId, action: 'code_page.saved', subjectKind: 'codes', subjectId: id, detail: { version } })
    return { version }
  })
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
