import { encodeCursor } from '../core/paging.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator, type Translate } from '../words/index.ts'
import { FIELDS, LABEL_FIELD, KEY_FIELD, lengthOf, OPTIONAL_FIELDS, REFERENCE_KINDS, type FieldName, type FieldProblem, type ReferenceKind, type TypedReference } from './domain.ts'
import type { ListQuery } from './input.ts'
import type { ReferenceRow, SiteChoice } from './queries.ts'
import type { ReportModel } from './report.views.ts'

type Pill = { text: string; tone: 'ok' | 'warning' | 'neutral'; icon: string }
type Option = { value: string; label: string }
type Field = { name: string; label: string; type?: string; value: string; hint?: string; error?: string; isOptional?: boolean; maxlength?: number; autocomplete: string; options?: Option[]; emptyLabel?: string; inputmode?: string }
export type Tabs = { label: string; look: 'segments groups'; items: { label: string; href: string; isCurrent: boolean }[] }

export type ListModel = {
  tabs: Tabs
  intro: string
  newLabel: string
  urls: { new: string; import: string }
  export: ExportMenu
  search: { action: string; label: string; value: string; fields: Record<string, string> }
  sites: { action: string; field: Field; fields: Record<string, string> } | undefined
  archive: { href: string; label: string }
  columns: string[]
  rows: { label: string; url: string; cells: { label: string; text: string }[]; pills: Pill[] }[]
  nextUrl: string
  empty: { text: string; action?: { href: string; label: string; icon: string } } | undefined
}

export type FormModel = {
  crumbs: { label: string; href: string }[]
  action: string
  stamp: string
  errors: { field: string; text: string }[]
  conflict: { kind: 'warning'; text: string; detail: string } | undefined
  fields: Field[]
  confidential: { name: string; label: string; hint: string; isOn: boolean } | undefined
  submit: string
  cancelUrl: string
  links: { href: string; label: string; icon: string }[]
  pills: Pill[]
  archiving: { action: string; label: string; icon: string; note: string } | undefined
  /** Makes the list of a job's candidates, where there is none yet. */
  list: { action: string; label: string } | undefined
  report: ReportModel | undefined
}

declare module '../web/render.ts' {
  interface ViewModels {
    'references/index': ListModel
    'references/form': FormModel
  }
}

export const PAGE_SIZE = 50

export function tabsOf(t: Translate, current: ReferenceKind): Tabs {
  return { label: t('references.tabs'), look: 'segments groups', items: REFERENCE_KINDS.map((kind) => ({ label: t(`references.kind.${kind}`), href: paths.referenceKind(kind), isCurrent: kind === current })) }
}

export function listModel(viewer: Viewer, kind: ReferenceKind, query: ListQuery, rows: readonly ReferenceRow[], sites: readonly SiteChoice[]): ListModel {
  const t = translator(viewer.language)
  const base = paths.referenceKind(kind)
  const shown = rows.slice(0, PAGE_SIZE)
  const kept: Record<string, string> = { ...(query.q ? { q: query.q } : {}), ...(query.site ? { site: String(query.site) } : {}), ...(query.archived ? { archived: '1' } : {}) }
  const at = (more: Record<string, string>) => { const text = new URLSearchParams(more).toString(); return text ? `${base}?${text}` : base }
  const last = shown.at(-1)
  const columns = FIELDS[kind].filter((field) => field !== LABEL_FIELD[kind] && field !== 'confidential')
  const isFiltered = query.q !== '' || query.site !== undefined
  return {
    tabs: tabsOf(t, kind), intro: t(`references.intro.${kind}`), newLabel: t(`references.new.${kind}`),
    urls: { new: `${base}/new${query.site ? `?site=${query.site}` : ''}`, import: paths.referenceImport(kind) },
    export: exportMenu(viewer.language, at(kept).replace(base, paths.exportOf(base))),
    search: { action: base, label: t(kind === 'jobs' ? 'references.search.jobs' : 'references.search'), value: query.q, fields: without(kept, 'q') },
    sites: FIELDS[kind].includes('site')
      ? { action: base, fields: without(kept, 'site'), field: { name: 'site', label: t('references.field.site'), type: 'select', value: String(query.site ?? ''), options: siteOptions(sites), emptyLabel: t('references.allSites'), autocomplete: 'off' } }
      : undefined,
    archive: query.archived ? { href: at(without(kept, 'archived')), label: t('references.archivedHide') } : { href: at({ ...kept, archived: '1' }), label: t('references.archivedShow') },
    columns: [t(`references.field.${LABEL_FIELD[kind]}`), ...columns.map((field) => t(`references.field.${field}`)), t('references.state')],
    rows: shown.map((row) => ({
      label: labelOf(kind, row), url: paths.reference(kind, row.id), pills: pillsOf(t, row),
      cells: columns.map((field) => ({ label: t(`references.field.${field}`), text: (field === 'site' ? row.site_name : row.values[field]) ?? '' })),
    })),
    nextUrl: rows.length > PAGE_SIZE && last ? at({ ...kept, after: encodeCursor([last.sort, last.id]) }) : '',
    empty: shown.length > 0 ? undefined : {
      text: t(isFiltered ? 'references.empty.found' : query.archived ? 'references.empty.archived' : 'references.empty'),
      ...(isFiltered || query.archived ? {} : { action: { href: `${base}/new`, label: t(`references.new.${kind}`), icon: 'plus' } }),
    },
  }
}

export type FormGiven = {
  kind: ReferenceKind
  row: ReferenceRow | undefined
  typed: TypedReference
  sites: readonly SiteChoice[]
  problems?: readonly FieldProblem[]
  isConflict?: boolean
  report?: ReportModel | undefined
}

export function formModel(viewer: Viewer, { kind, row, typed, sites, problems = [], isConflict = false, report }: FormGiven): FormModel {
  const t = translator(viewer.language)
  const base = paths.referenceKind(kind)
  const field = (name: FieldName): Field => {
    const problem = problems.find((one) => one.field === name)
    const hint = name === 'code' || name === 'url' ? t(`references.hint.${name}`) : undefined
    return {
      name, label: t(`references.field.${name}`), value: typed[name] ?? '', autocomplete: 'off', isOptional: OPTIONAL_FIELDS.includes(name), maxlength: lengthOf(name),
      ...(name === 'site' ? { type: 'select', options: siteOptions(sites), emptyLabel: t('references.chooseSite') } : name === 'url' ? { type: 'url', inputmode: 'url' } : {}),
      ...(hint ? { hint } : {}), ...(problem ? { error: problemText(t, problem) } : {}),
    }
  }
  const mayHide = kind === 'jobs' && viewer.privileges.has('jobs.confidential')
  return {
    crumbs: [{ label: t(`references.kind.${kind}`), href: base }],
    action: row ? paths.reference(kind, row.id) : base, stamp: row?.stamp ?? '',
    errors: problems.map((problem) => ({ field: problem.field, text: problemText(t, problem) })),
    conflict: isConflict ? { kind: 'warning', text: t('references.conflict'), detail: t('references.conflict.detail') } : undefined,
    fields: FIELDS[kind].filter((name) => name !== 'confidential').map(field),
    confidential: mayHide ? { name: 'confidential', label: t('references.field.confidential'), hint: t('references.hint.confidential'), isOn: typed.confidential === 'on' } : undefined,
    submit: t(row ? 'references.save' : 'references.create'), cancelUrl: base,
    links: row ? linksOf(t, viewer, kind, row) : [], pills: row ? pillsOf(t, row) : [],
    archiving: row && {
      action: paths.referenceStep(kind, row.id, row.archived_at ? 'restoring' : 'archiving'), label: t(row.archived_at ? 'references.restore' : 'references.archive'),
      icon: row.archived_at ? 'undo-2' : 'archive', note: row.archived_at ? '' : t('references.archive.note'),
    },
    list: row && kind === 'jobs' && row.list_id === null && row.archived_at === null ? { action: paths.jobList(row.id), label: t('references.people.make') } : undefined,
    report,
  }
}

function linksOf(t: Translate, viewer: Viewer, kind: ReferenceKind, row: ReferenceRow): FormModel['links'] {
  const people = row.list_id !== null && viewer.privileges.has('candidates.view') ? [{ href: `${paths.candidates}?list=${row.list_id}`, label: t('references.people'), icon: 'users' }] : []
  if (kind === 'codes') return [{ href: paths.codePage(row.id), label: t('references.page.edit'), icon: 'smartphone' }]
  if (kind !== 'sites') return people
  return [
    { href: `${paths.referenceKind('pages')}?site=${row.id}`, label: t('references.pagesOf'), icon: 'globe' },
    { href: `${paths.referenceKind('jobs')}?site=${row.id}`, label: t('references.jobsOf'), icon: 'list' },
  ]
}

export function labelOf(kind: ReferenceKind, { values }: Pick<ReferenceRow, 'values'>): string {
  return values[LABEL_FIELD[kind]] ?? values[KEY_FIELD[kind]] ?? ''
}

function pillsOf(t: Translate, row: ReferenceRow): Pill[] {
  return [
    ...(row.is_published ? [{ text: t('references.state.published'), tone: 'ok' as const, icon: 'circle-check' }] : []),
    ...(row.is_confidential ? [{ text: t('references.state.confidential'), tone: 'warning' as const, icon: 'lock' }] : []),
    ...(row.archived_at ? [{ text: t('references.state.archived'), tone: 'neutral' as const, icon: 'archive' }] : []),
  ]
}

export function problemText(t: Translate, { field, word }: { field: FieldName; word: FieldProblem['word'] | 'twice' }): string {
  return t(`references.problem.${word}`, { field: t(`references.field.${field}`), limit: lengthOf(field) })
}

function siteOptions(sites: readonly SiteChoice[]): Option[] {
  return sites.map(({ id, name }) => ({ value: String(id), label: name }))
}

function without(fields: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))
}
