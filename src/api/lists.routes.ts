import { findUnknownPeople } from '../candidates/records.queries.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { addToList, makeFolder, putFolderAway, removeFromList, renameFolder, type NameProblem } from '../lists/commands.ts'
import { LIST_DESCRIPTION_LENGTH, LIST_NAME_LENGTH } from '../lists/domain.ts'
import { findVisibleList, listMembers, listTalentLists, type ListedList } from '../lists/listing.queries.ts'
import { pageOfRows, readCursor } from './cursors.ts'
import { apiRoute, type ApiCall, type ApiRoute } from './endpoint.ts'
import { idParams, isoMoment, oneLine } from './fields.ts'
import { addedPeople, countedList, givenPeople, listChange, listPage, listsQuery, memberPage, membersQuery, newList, removedPeople } from './lists.input.ts'
import { ApiProblem, wrongField } from './problem.ts'

const common = { resource: 'lists' } as const
const read = { ...common, scope: 'lists:read' } as const
const write = { ...common, scope: 'lists:write' } as const

export const listRoutes: readonly ApiRoute[] = [
  apiRoute({
    ...read, id: 'listLists', method: 'GET', path: '/lists', summary: 'api.lists.list', note: 'api.lists.listNote', query: listsQuery, response: listPage, problems: ['bad_cursor'],
    handle: async ({ db }, { scope, viewer, query }) => {
      const rows = await listTalentLists(db, scope, { kind: query.kind, seesConfidential: viewer.privileges.has('jobs.confidential'), after: readCursor(query.cursor, ['id'])?.[0], limit: query.limit + 1 })
      return pageOfRows(rows, query.limit, ({ id }) => [id], listModel)
    },
  }),
  apiRoute({
    ...write, id: 'createList', method: 'POST', path: '/lists', summary: 'api.lists.create', body: newList, response: countedList, status: 201,
    handle: async (deps, call) => {
      const made = await makeFolder(deps, call.viewer, { name: oneLine(call.body.name), description: call.body.description.trim() })
      if (!made.ok) throw wrongName(call, made.reason, call.body)
      return getList(deps, call, made.value.id)
    },
  }),
  apiRoute({
    ...read, id: 'getList', method: 'GET', path: '/lists/{id}', summary: 'api.lists.get', params: idParams, response: countedList,
    handle: (deps, call) => getList(deps, call, call.params.id),
  }),
  apiRoute({
    ...write, id: 'updateList', method: 'PATCH', path: '/lists/{id}', summary: 'api.lists.update', note: 'api.lists.updateNote', params: idParams, body: listChange, response: countedList, problems: ['conflict'],
    handle: async (deps, call) => {
      const before = await getFolder(deps, call, call.params.id)
      const folder = { name: call.body.name === undefined ? before.name : oneLine(call.body.name), description: call.body.description?.trim() ?? before.description }
      const saved = await renameFolder(deps, call.viewer, before.id, folder)
      if (!saved.ok) throw saved.reason === 'gone' ? notFound('list') : wrongName(call, saved.reason, folder)
      return getList(deps, call, before.id)
    },
  }),
  apiRoute({
    ...write, id: 'archiveList', method: 'DELETE', path: '/lists/{id}', summary: 'api.lists.archive', note: 'api.lists.archiveNote', params: idParams, problems: ['conflict'],
    handle: async (deps, call) => {
      const { id } = await getFolder(deps, call, call.params.id)
      if (!(await putFolderAway(deps, call.viewer, id)).ok) throw notFound('list')
    },
  }),
  apiRoute({
    ...read, id: 'listMembers', method: 'GET', path: '/lists/{id}/members', summary: 'api.lists.members', params: idParams, query: membersQuery, response: memberPage, problems: ['bad_cursor'],
    handle: async (deps, call) => {
      const { scope, query } = call
      const { id } = await getList(deps, call, call.params.id)
      const rows = await listMembers(deps.db, scope, id, { after: readCursor(query.cursor, ['id'])?.[0], limit: query.limit + 1 })
      return pageOfRows(rows, query.limit, ({ candidate_id }) => [candidate_id], (row) => ({ ...row, added_at: isoMoment(row.added_at) }))
    },
  }),
  apiRoute({
    ...write, id: 'addMembers', method: 'POST', path: '/lists/{id}/members', summary: 'api.lists.add', note: 'api.lists.addNote', params: idParams, body: givenPeople, response: addedPeople,
    handle: async (deps, call) => {
      const { id } = await getList(deps, call, call.params.id)
      await refuseUnknown(deps, call, call.body.candidate_ids)
      const outcome = await addToList(deps, call.viewer, { mode: 'selected', ids: call.body.candidate_ids }, { listId: id })
      if (!outcome.ok) throw notFound('list')
      return { added: outcome.value.added }
    },
  }),
  apiRoute({
    ...write, id: 'removeMembers', method: 'POST', path: '/lists/{id}/members/removal', summary: 'api.lists.remove', note: 'api.lists.removeNote', params: idParams, body: givenPeople, response: removedPeople,
    handle: async (deps, call) => {
      const { id } = await getList(deps, call, call.params.id)
      const outcome = await removeFromList(deps, call.viewer, { mode: 'selected', ids: call.body.candidate_ids }, id)
      return { removed: outcome.ok ? outcome.value.removed : 0 }
    },
  }),
]

type Call = Pick<ApiCall, 'scope' | 'viewer' | 't'>

async function getList({ db }: Deps, { scope, viewer }: Call, id: number) {
  const found = await findVisibleList(db, scope, id, viewer.privileges.has('jobs.confidential'))
  if (!found) throw notFound('list')
  return { ...listModel(found), members: found.members }
}

/** What belongs to a network or a vacancy is changed there. */
async function getFolder(deps: Deps, call: Call, id: number) {
  const list = await getList(deps, call, id)
  if (list.kind !== 'folder') throw new ApiProblem('conflict', { reason: 'not_a_folder', words: 'api.conflict.not_a_folder' })
  return list
}

/** Somebody else's people are nobody. */
async function refuseUnknown({ db }: Deps, { scope, t }: Call, ids: readonly number[]): Promise<void> {
  const unknown = new Set(await findUnknownPeople(db, scope, ids))
  if (unknown.size === 0) return
  const errors = ids.flatMap((id, index) => (unknown.has(id) ? [{ in: 'body' as const, field: `candidate_ids.${index}`, message: t('api.fault.nobody') }] : []))
  throw new ApiProblem('invalid', { errors: errors.slice(0, 50) })
}

function listModel({ id, kind, name, description, created_at, updated_at }: ListedList) {
  return { id, kind, name, description, created_at: isoMoment(created_at), updated_at: isoMoment(updated_at) }
}

function wrongName({ t }: Call, reason: NameProblem, { name, description }: { name: string; description: string }): ApiProblem {
  if (reason === 'description_too_long') return wrongField('description', t('lists.problem.description_too_long', { max: LIST_DESCRIPTION_LENGTH, length: description.length }))
  return wrongField('name', reason === 'too_long' ? t('lists.problem.too_long', { max: LIST_NAME_LENGTH, length: name.length }) : t(`lists.problem.${reason}`))
}
