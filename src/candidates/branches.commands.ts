import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import { untaken } from '../db/errors.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { BranchForm } from './branches.input.ts'
import { archiveBranch, findBranch, insertBranch, updateBranch } from './branches.queries.ts'

type Actor = { scope: CompanyScope; userId: number }

export async function createBranch(deps: Pick<Deps, 'db'>, actor: Actor, form: BranchForm): Promise<Outcome<{ id: number }, 'taken'>> {
  return deps.db.transaction().execute(async (trx) => {
    const id = await insertBranch(trx, actor.scope, form.details)
    if (id === undefined) return refused('taken')
    await recordInJournal(trx, { companyId: actor.scope.companyId, userId: actor.userId, action: 'branch.created', subjectKind: 'branch', subjectId: id, detail: { name: form.details.name } })
    return done({ id })
  })
}

/** Refused when the branch was archived or its name taken by another meanwhile. */
export async function renameBranch(deps: Pick<Deps, 'db'>, actor: Actor, id: number, form: BranchForm): Promise<Outcome<true, 'not_found' | 'archived' | 'taken'>> {
  return untaken(() => deps.db.transaction().execute(async (trx) => {
    if (!(await updateBranch(trx, actor.scope, id, form.details))) return refused((await findBranch(trx, actor.scope, id)) ? 'archived' : 'not_found')
    await recordInJournal(trx, { companyId: actor.scope.companyId, userId: actor.userId, action: 'branch.edited', subjectKind: 'branch', subjectId: id, detail: { name: form.details.name } })
    return done(true as const)
  }))
}

/** Its people keep it; nobody new is put into it. Doing it again changes nothing. */
export async function setBranchArchived(deps: Pick<Deps, 'db'>, actor: Actor, id: number, isArchived: boolean): Promise<Outcome<{ isNew: boolean }, 'not_found' | 'taken'>> {
  return untaken(() => deps.db.transaction().execute(async (trx) => {
    const isNew = await archiveBranch(trx, actor.scope, id, isArchived)
    if (!isNew && !(await findBranch(trx, actor.scope, id))) return refused('not_found')
    if (isNew) await recordInJournal(trx, { companyId: actor.scope.companyId, userId: actor.userId, action: isArchived ? 'branch.archived' : 'branch.restored', subjectKind: 'branch', subjectId: id })
    return done({ isNew })
  }))
}
