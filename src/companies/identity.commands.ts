import { done, refused, type Outcome } from '../core/outcome.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { countCampaigns, findEarlierValues, insertChanges } from './changes.queries.ts'
import { lockCompany } from './countries.queries.ts'
import { compareEdits } from './edits.ts'
import { KEEPS_ITS_ZONE, type Identity, type IdentityFault, type IdentityField } from './identity.domain.ts'
import type { IdentityForm } from './identity.input.ts'
import { findIdentity, updateIdentity } from './identity.queries.ts'

export type SavedIdentity = { changed: IdentityField[]; /** Campaigns that keep the old time zone. */ keeping: number }
export type RefusedIdentity = { faults: IdentityFault[]; mine: IdentityField[]; theirs: IdentityField[] }

/** Saves what this person changed of who the company is; refused when somebody else changed something of it meanwhile. */
export async function saveIdentity({ db }: Pick<Deps, 'db'>, { scope, userId }: Pick<Viewer, 'scope' | 'userId'>, form: IdentityForm): Promise<Outcome<SavedIdentity, 'invalid' | 'conflict', RefusedIdentity>> {
  return db.transaction().execute(async (trx) => {
    await lockCompany(trx, scope)
    const before = await findIdentity(trx, scope)
    const changedSince = await findEarlierValues(trx, scope, form.mark)
    const earlier = new Map([...changedSince].map(([name, value]) => [name.replace(/^company\./, ''), value]))
    const { mine, theirs } = compareEdits<IdentityField>(form.identity, before, earlier)
    if (theirs.length > 0 && mine.length > 0) return refused('conflict', { faults: form.faults, mine, theirs })
    // What was kept before our rules, and is not touched now, stands in nobody's way.
    const faults = form.faults.filter(({ field }) => mine.includes(field))
    if (faults.length > 0) return refused('invalid', { faults, mine, theirs: [] })

    const after: Identity = { ...before, ...Object.fromEntries(mine.map((field) => [field, form.identity[field]])) }
    if (mine.length > 0) await updateIdentity(trx, scope, after)
    await insertChanges(trx, scope, userId, mine.map((field) => ({ name: `company.${field}`, before: before[field], after: after[field] })))
    for (const field of mine) {
      await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'settings.changed', subjectKind: 'setting', subjectId: `company.${field}`, detail: { before: before[field], after: after[field], isDefault: false } })
    }
    return done({ changed: mine, keeping: mine.includes('time_zone') ? await countCampaigns(trx, scope, KEEPS_ITS_ZONE) : 0 })
  })
}
