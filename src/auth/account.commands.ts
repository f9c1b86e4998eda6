import { done, refused, type Outcome } from '../core/outcome.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Language } from '../words/define.ts'
import { findPerson, updatePerson } from './users.queries.ts'

type OwnDetails = { name: string; language: Language; mobile: string | null }

/** What somebody changes of themselves; refused where an administrator was faster. */
export async function changeOwnDetails(deps: Pick<Deps, 'db'>, viewer: Viewer, given: { version: number; details: OwnDetails }): Promise<Outcome<true, 'moved_on'>> {
  const { scope, userId } = viewer
  const { version, details } = given
  return deps.db.transaction().execute(async (trx) => {
    const before = await findPerson(trx, scope, userId)
    const saved = await updatePerson(trx, scope, userId, version, details)
    if (!before || saved === undefined) return refused('moved_on')
    const fields = (['name', 'language', 'mobile'] as const).filter((field) => before[field] !== details[field])
    if (fields.length > 0) await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'user.changed', subjectKind: 'user', subjectId: userId, detail: { name: details.name, version: saved, fields } })
    return done(true as const)
  })
}
