import { encodeCursor } from '../core/paging.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import type { Column } from '../web/export-cells.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { wholeNumber } from '../words/format.ts'
import { translator } from '../words/index.ts'
import type { BranchForm, BranchProblem } from './branches.input.ts'
import type { BranchQuery, ListedBranch } from './branches.queries.ts'
import { NO_FILTERS } from './domain.ts'
import { searchUrl } from './list.views.ts'
import type { Pill } from './views.ts'

export const BRANCHES_PER_PAGE = 50

export type BranchListModel = {
  export: ExportMenu | undefined
  newUrl: string
  /** Nothing to look through where one page holds all. */
  search: { action: string; label: string; value: string } | undefined
  emptyText: string
  firstUrl: string | undefined
  nextUrl: string | undefined
  rows: { name: string; editUrl: string | undefined; town: string; phone: string; people: string; peopleUrl: string; state: Pill; toggle: { action: string; label: string; name: string; isArchiving: boolean } }[]
}

export type BranchFormModel = {
  action: string
  submit: string
  fields: { name: string; label: string; value: string; error?: string; isOptional?: boolean; width?: 'medium'; maxlength?: number; autocomplete: string }[]
  errors: { field: string; text: string }[]
  conflict: { kind: 'warning'; text: string } | undefined
  cancelUrl: string
}

declare module '../web/render.ts' {
  interface ViewModels {
    'admin/branches': BranchListModel
    'admin/branch': { form: BranchFormModel }
  }
}

export function branchListModel(viewer: Viewer, { q, after }: BranchQuery, branches: readonly ListedBranch[]): BranchListModel {
  const t = translator(viewer.language)
  const shown = branches.slice(0, BRANCHES_PER_PAGE)
  const last = branches.length > BRANCHES_PER_PAGE ? shown.at(-1) : undefined
  const at = (more: Record<string, string>) => { const text = new URLSearchParams({ ...(q ? { q } : {}), ...more }).toString(); return text ? `${paths.branches}?${text}` : paths.branches }
  return {
    export: branches.length === 0 ? undefined : exportMenu(viewer.language, paths.exportOf(paths.branches) + (q ? `?${new URLSearchParams({ q })}` : '')),
    newUrl: paths.newBranch,
    search: last || after || q ? { action: paths.branches, label: t('people.branches.search'), value: q } : undefined,
    emptyText: t(q ? 'people.branches.notFound' : 'people.branches.empty'),
    firstUrl: after ? at({}) : undefined,
    nextUrl: last && at({ after: encodeCursor([last.isArchived ? 1 : 0, last.sortName, last.id]) }),
    rows: shown.map((branch) => ({
      name: branch.name,
      editUrl: branch.isArchived ? undefined : paths.branch(branch.id),
      town: branch.town ?? '',
      phone: branch.phone ?? '',
      people: wholeNumber(viewer.language, branch.people),
      peopleUrl: searchUrl({ ...NO_FILTERS, branch: String(branch.id) }),
      state: branch.isArchived ? { text: t('people.branches.archived'), tone: 'neutral', icon: 'archive' } : { text: t('people.branches.inUse'), tone: 'ok', icon: 'circle-check' },
      toggle: { action: paths.branchArchiving(branch.id), label: t(branch.isArchived ? 'people.branches.restore' : 'people.branches.archive'), name: branch.name, isArchiving: !branch.isArchived },
    })),
  }
}

/** Branches, in use or not, as a file. */
export function branchColumns(viewer: Viewer): Column<ListedBranch>[] {
  const t = translator(viewer.language)
  return [
    { label: t('people.branches.name'), of: ({ name }) => name },
    { label: t('people.branches.town'), of: ({ town }) => town },
    { label: t('people.branches.phone'), kind: 'phone', of: ({ phone }) => phone },
    { label: t('people.branches.people'), kind: 'number', of: ({ people }) => people },
    { label: t('people.branches.state'), of: ({ isArchived }) => t(isArchived ? 'people.branches.archived' : 'people.branches.inUse') },
  ]
}

export type BranchState = { id: number | null; typed: BranchForm['typed']; problems?: BranchProblem[]; isTaken?: boolean; isArchived?: boolean }

export function branchFormModel(viewer: Viewer, { id, typed, problems = [], isTaken = false, isArchived = false }: BranchState): BranchFormModel {
  const t = translator(viewer.language)
  const told = problems.map(({ field, word, limit }) => ({ field, text: t(`people.branches.problem.${word}`, { limit }) }))
  const errors = isTaken ? [...told, { field: 'name', text: t('people.branches.problem.taken') }] : told
  return {
    action: id === null ? paths.newBranch : paths.branch(id),
    submit: t(id === null ? 'people.branches.create' : 'shared.save'),
    fields: (['name', 'town', 'phone'] as const).map((name) => {
      const error = errors.find(({ field }) => field === name)?.text
      return { name, label: t(`people.branches.${name}`), value: typed[name], autocomplete: 'off', width: 'medium', ...(name === 'name' ? {} : { isOptional: true }), ...(error ? { error } : {}) }
    }),
    errors,
    conflict: isArchived ? { kind: 'warning', text: t('people.branches.problem.archived') } : undefined,
    cancelUrl: paths.branches,
  }
}
