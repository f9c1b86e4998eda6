import type { Audience, Kind } from '../candidates/domain.ts'
import { audienceFields } from '../candidates/input.ts'
import { listUrl, searchUrl } from '../candidates/list.views.ts'
import { readerOf } from '../candidates/views.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import type { NameProblem } from './commands.ts'
import { LIST_DESCRIPTION_LENGTH, LIST_KINDS, LIST_NAME_LENGTH, MOST_ADDED, SEARCH_NAME_LENGTH } from './domain.ts'
import { overviewUrl } from './overview.views.ts'
import type { TalentList } from './queries.ts'

export type AdditionProblem = NameProblem | 'nobody' | 'too_many' | 'gone' | 'no_target'
type Fields = [string, string][]
type Errors = { field: string; text: string }[]
type Confirm = {
  heading: string
  text: string
  points?: string[]
  action: string
  fields?: Record<string, string>
  submit: { label: string; icon?: string; isDanger?: boolean }
  cancel: { href: string }
}

export type FolderModel = { action: string; submit: string; name: string; description: string; errors: Errors; cancelUrl: string }
export type SearchModel = { action: string; submit: string; name: string; isShared: boolean; sentence: string[]; fields: Fields; errors: Errors; cancelUrl: string }
export type AdditionModel = {
  action: string
  count: string
  fields: Fields
  groups: { group: string; options: { value: string; label: string; isSelected: boolean }[] }[]
  name: string
  errors: Errors
  cancelUrl: string
}
export type RemovalModel = { heading: string; text: string; action: string; fields: Fields; cancelUrl: string }

declare module '../web/render.ts' {
  interface ViewModels {
    'lists/folder': FolderModel
    'lists/search': SearchModel
    'lists/addition': AdditionModel
    'lists/removal': RemovalModel
    'lists/confirm': { confirm: Confirm }
  }
}

export function folderModel(viewer: Viewer, folder: { id: number | undefined; name: string; description: string }, problem?: NameProblem): FolderModel {
  const { t } = readerOf(viewer)
  return {
    action: folder.id === undefined ? paths.lists : paths.list(folder.id),
    submit: t(folder.id === undefined ? 'lists.create' : 'shared.save'),
    name: folder.name,
    description: folder.description,
    errors: problem ? [{ field: problem === 'description_too_long' ? 'description' : 'name', text: problemText(viewer, problem, folder) }] : [],
    cancelUrl: paths.lists,
  }
}

export function searchModel(viewer: Viewer, search: { id: number | undefined; name: string; isShared: boolean; sentence: string[]; fields: Fields; cancelUrl: string }, problem?: NameProblem): SearchModel {
  const { t } = readerOf(viewer)
  return {
    action: search.id === undefined ? paths.searches : paths.search(search.id),
    submit: t(search.id === undefined ? 'lists.search.create' : 'shared.save'),
    name: search.name, isShared: search.isShared, sentence: search.sentence, fields: search.fields, cancelUrl: search.cancelUrl,
    errors: problem ? [{ field: 'name', text: problemText(viewer, problem, { name: search.name, description: '' }, SEARCH_NAME_LENGTH) }] : [],
  }
}

export function additionModel(
  viewer: Viewer,
  given: { audience: Audience; kind: Kind; count: number; targets: { id: number; kind: string; name: string }[]; chosen: number | undefined; name: string; problem: AdditionProblem | undefined },
): AdditionModel {
  const { t } = readerOf(viewer)
  const { audience, kind, count, targets, chosen, problem } = given
  const field = (problem === 'gone' || problem === 'no_target') && targets.length > 0 ? 'target' : 'name'
  return {
    action: paths.listAddition,
    count: count > MOST_ADDED ? t('lists.peopleCapped', { n: MOST_ADDED }) : t('lists.people', { n: count }),
    fields: audience.mode === 'selected' ? [['kind', kind], ...audienceFields(audience)] : audienceFields(audience),
    groups: LIST_KINDS.flatMap((group) => {
      const options = targets.filter((target) => target.kind === group).map(({ id, name }) => ({ value: String(id), label: name, isSelected: id === chosen }))
      return options.length === 0 ? [] : [{ group: t(`lists.kind.${group}`), options }]
    }),
    name: given.name,
    errors: problem ? [{ field, text: additionProblem(viewer, problem, given.name) }] : [],
    cancelUrl: audience.mode === 'query' ? searchUrl(audience.filters) : listUrl(kind),
  }
}

export function removalModel(viewer: Viewer, audience: Audience, list: Pick<TalentList, 'id' | 'name'>, count: number): RemovalModel {
  const { t } = readerOf(viewer)
  return {
    heading: t('lists.removal.title', { n: count, list: list.name }),
    text: t('lists.removal.text'),
    action: paths.listRemoval,
    fields: audienceFields(audience),
    cancelUrl: audience.mode === 'query' ? searchUrl(audience.filters) : paths.lists,
  }
}

export function archiveModel(viewer: Viewer, list: TalentList): Confirm {
  const { t } = readerOf(viewer)
  return {
    heading: t('lists.archiving.title', { name: list.name }), text: t('lists.archiving.text'), action: paths.listArchiving(list.id),
    submit: { label: t('lists.archive'), icon: 'archive', isDanger: true }, cancel: { href: paths.lists },
  }
}

export function deletionModel(viewer: Viewer, search: { id: number; name: string; is_shared: boolean }): Confirm {
  const { t } = readerOf(viewer)
  return {
    heading: t('lists.deletion.title', { name: search.name }), text: t(search.is_shared ? 'lists.deletion.shared' : 'lists.deletion.text'), action: paths.searchDeletion(search.id),
    submit: { label: t('lists.delete'), icon: 'trash-2', isDanger: true }, cancel: { href: overviewUrl('searches') },
  }
}

function problemText(viewer: Viewer, problem: NameProblem, typed: { name: string; description: string }, longest: number = LIST_NAME_LENGTH): string {
  const { t } = readerOf(viewer)
  if (problem === 'too_long') return t('lists.problem.too_long', { max: longest, length: typed.name.length })
  if (problem === 'description_too_long') return t('lists.problem.description_too_long', { max: LIST_DESCRIPTION_LENGTH, length: typed.description.length })
  return t(`lists.problem.${problem}`)
}

function additionProblem(viewer: Viewer, problem: AdditionProblem, name: string): string {
  const { t } = readerOf(viewer)
  switch (problem) {
    case 'too_many': return t('lists.problem.too_many', { max: MOST_ADDED })
    case 'nobody': case 'gone': case 'no_target': return t(`lists.problem.${problem}`)
    default: return problemText(viewer, problem, { name, description: '' })
  }
}
