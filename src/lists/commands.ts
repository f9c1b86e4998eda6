import type { Audience } from '../candidates/domain.ts'
import { countCandidates } from '../candidates/search.queries.ts'
import { getReachableCountries } from '../companies/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import { untaken } from '../db/errors.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { LIST_DESCRIPTION_LENGTH, LIST_NAME_LENGTH, MOST_ADDED, SEARCH_NAME_LENGTH } from './domain.ts'
import { addMembers, archiveFolder, createFolder, findFolderNamed, removeMembers, updateFolder } from './queries.ts'
import { updateSearch } from './searches.queries.ts'

type Db = Pick<Deps, 'db'>
type Actor = { scope: CompanyScope; userId: number }
export type NameProblem = 'missing' | 'too_long' | 'taken' | 'description_too_long'

export async function makeFolder(deps: Db, actor: Actor, folder: { name: string; description: string }): Promise<Outcome<{ id: number }, NameProblem>> {
  const problem = folderProblem(folder)
  if (problem) return refused(problem)
  const id = await createFolder(deps.db, actor.scope, { ...folder, createdBy: actor.userId })
  return id === undefined ? refused('taken') : done({ id })
}

export async function renameFolder(deps: Db, actor: Actor, id: number, folder: { name: string; description: string }): Promise<Outcome<undefined, NameProblem | 'gone'>> {
  const problem = folderProblem(folder)
  if (problem) return refused(problem)
  return untaken(async () => ((await updateFolder(deps.db, actor.scope, id, folder)) ? done(undefined) : refused('gone')))
}

/** Nobody sees it in the lists any more; campaigns made from it, and its people, stay. */
export async function putFolderAway(deps: Db, actor: Actor, id: number): Promise<Outcome<undefined, 'gone'>> {
  return deps.db.transaction().execute(async (trx) => {
    if (!(await archiveFolder(trx, actor.scope, id))) return refused('gone')
    await recordInJournal(trx, { companyId: actor.scope.companyId, userId: actor.userId, action: 'list.archived', subjectKind: 'list', subjectId: id })
    return done(undefined)
  })
}

export type Target = { listId: number } | { name: string }

/** Puts an audience into a list, or into a new folder, or into the folder that has the name already. */
export async function addToList(
  deps: Db,
  actor: Actor,
  audience: Audience,
  target: Target,
): Promise<Outcome<{ listId: number; added: number }, NameProblem | 'nobody' | 'too_many' | 'gone'>> {
  if (audience.mode === 'selected' && audience.ids.length === 0) return refused('nobody')
  const problem = 'name' in target ? folderProblem({ name: target.name, description: '' }) : undefined
  if (problem) return refused(problem)
  const allowed = await getReachableCountries(deps.db, actor.scope)
  const count = await countCandidates(deps.db, actor.scope, audience, allowed, MOST_ADDED)
  if (count === 0) return refused('nobody')
  if (count > MOST_ADDED) return refused('too_many')
  return deps.db.transaction().execute(async (trx) => {
    const listId = 'listId' in target ? target.listId : await folderFor(trx, actor, target.name)
    const added = listId === undefined ? undefined : await addMembers(trx, actor.scope, listId, audience, allowed, actor.userId)
    return listId === undefined || added === undefined ? refused('gone') : done({ listId, added })
  })
}

export async function removeFromList(deps: Db, actor: Actor, audience: Audience, listId: number): Promise<Outcome<{ removed: number }, 'nobody'>> {
  if (audience.mode === 'selected' && audience.ids.length === 0) return refused('nobody')
  const allowed = await getReachableCountries(deps.db, actor.scope)
  return done({ removed: await removeMembers(deps.db, actor.scope, listId, audience, allowed) })
}

export function searchProblem(name: string): NameProblem | undefined {
  if (name === '') return 'missing'
  return name.length > SEARCH_NAME_LENGTH ? 'too_long' : undefined
}

export async function changeSearch(deps: Db, actor: Actor, id: number, search: { name: string; isShared: boolean }): Promise<Outcome<undefined, NameProblem | 'gone'>> {
  const problem = searchProblem(search.name)
  if (problem) return refused(problem)
  return untaken(async () => ((await updateSearch(deps.db, actor.scope, id, search)) ? done(undefined) : refused('gone')))
}

function folderProblem({ name, description }: { name: string; description: string }): NameProblem | undefined {
  if (name === '') return 'missing'
  if (name.length > LIST_NAME_LENGTH) return 'too_long'
  return description.length > LIST_DESCRIPTION_LENGTH ? 'description_too_long' : undefined
}

async function folderFor(trx: Parameters<typeof addMembers>[0], { scope, userId }: Actor, name: string): Promise<number | undefined> {
  return (await createFolder(trx, scope, { name, description: '', createdBy: userId })) ?? findFolderNamed(trx, scope, name)
}
