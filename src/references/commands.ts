import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import { isUniqueViolation } from '../db/errors.ts'
import type { Db } from '../db/pool.ts'
import { createTalentList, followOwner } from '../lists/queries.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { KEY_FIELD, type FieldProblem, type ReferenceKind, type ReferenceValues, type Sight } from './domain.ts'
import { findReference, insertReference, lockJob, lockSite, setArchived, setJobList, updateReference } from './queries.ts'

export type Actor = { scope: CompanyScope; userId: number; sight: Sight }
type Deps = { db: Db }
type Created = Outcome<{ id: number }, 'invalid', FieldProblem[]>
type Saved = Created | Outcome<never, 'conflict'>

export async function createReference(deps: Deps, actor: Actor, kind: ReferenceKind, values: ReferenceValues): Promise<Created> {
  return uniquely(kind, () => deps.db.transaction().execute(async (trx): Promise<Created> => {
    if (values.siteId !== null && !(await lockSite(trx, actor.scope, values.siteId))) return refused('invalid', [{ field: 'site', word: 'site' }])
    const listId = kind === 'networks' ? await createTalentList(trx, actor.scope, { kind: 'network', name: listName(kind, values), createdBy: actor.userId }) : undefined
    const id = await insertReference(trx, actor.scope, kind, values, listId)
    await recordInJournal(trx, { companyId: actor.scope.companyId, userId: actor.userId, action: 'reference.created', subjectKind: kind, subjectId: id })
    return done({ id })
  }))
}

/** Saves the form over the version it was made from. */
export async function saveReference(deps: Deps, actor: Actor, kind: ReferenceKind, id: number, stamp: string, values: ReferenceValues): Promise<Saved> {
  return uniquely(kind, () => deps.db.transaction().execute(async (trx): Promise<Saved> => {
    const before = await findReference(trx, actor.scope, kind, actor.sight, id)
    if (!before) return refused('conflict')
    // A record whose site was archived since keeps it until somebody picks another.
    if (values.siteId !== null && values.siteId !== before.site_id && !(await lockSite(trx, actor.scope, values.siteId))) return refused('invalid', [{ field: 'site', word: 'site' }])
    if (!(await updateReference(trx, actor.scope, kind, id, stamp, values))) return refused('conflict')
    if (before.list_id !== null) await followOwner(trx, actor.scope, before.list_id, { name: listName(kind, values), isArchived: before.archived_at !== null })
    await recordInJournal(trx, { companyId: actor.scope.companyId, userId: actor.userId, action: 'reference.saved', subjectKind: kind, subjectId: id })
    return done({ id })
  }))
}

/** Archived records are offered no more; what was launched with them stays. Taking one back fails where its name is used again. */
export async function archiveReference(deps: Deps, actor: Actor, kind: ReferenceKind, id: number, isArchived: boolean): Promise<Outcome<{ isChanged: boolean }, 'invalid', FieldProblem[]>> {
  return uniquely(kind, () => deps.db.transaction().execute(async (trx) => {
    const isChanged = await setArchived(trx, actor.scope, kind, id, isArchived)
    const after = isChanged ? await findReference(trx, actor.scope, kind, actor.sight, id) : undefined
    if (after?.list_id) await followOwner(trx, actor.scope, after.list_id, { name: listName(kind, after.values), isArchived })
    if (isChanged) await recordInJournal(trx, { companyId: actor.scope.companyId, userId: actor.userId, action: isArchived ? 'reference.archived' : 'reference.restored', subjectKind: kind, subjectId: id })
    return done({ isChanged })
  }))
}

/** The list of a job's candidates (S11), made when somebody first asks for it. Undefined when there is no such job in use. */
export async function openJobList(deps: Deps, actor: Actor, id: number): Promise<number | undefined> {
  return deps.db.transaction().execute(async (trx) => {
    if (!(await lockJob(trx, actor.scope, id))) return undefined
    const job = await findReference(trx, actor.scope, 'jobs', actor.sight, id)
    if (!job || job.list_id !== null) return job?.list_id ?? undefined
    const listId = await createTalentList(trx, actor.scope, { kind: 'job', name: listName('jobs', job.values), createdBy: actor.userId })
    await setJobList(trx, actor.scope, id, listId)
    return listId
  })
}

/** What the list of a network or a job is called; no two in use share a key. */
export function listName(kind: ReferenceKind, values: { name?: string | null; reference?: string | null; title?: string | null }): string {
  return (kind === 'jobs' ? `${values.title} (${values.reference})` : (values.name ?? '')).slice(0, 160)
}

async function uniquely<Result>(kind: ReferenceKind, write: () => Promise<Result>): Promise<Result | { readonly ok: false; readonly reason: 'invalid'; readonly detail: FieldProblem[] }> {
  try {
    return await write()
  } catch (error) {
    if (isUniqueViolation(error)) return refused('invalid', [{ field: KEY_FIELD[kind], word: 'taken' }])
    throw error
  }
}
