import { dayText, readerOf, type Pill, type Reader } from '../candidates/views.ts'
import { encodeCursor } from '../core/paging.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Language } from '../words/define.ts'
import { wholeNumber } from '../words/format.ts'
import { stateOf, TEMPLATE_KINDS, type TemplateKind, type TemplateState } from './domain.ts'
import type { ListedTemplate, TemplateCursor, TemplateFilter, TemplateShelf } from './library.queries.ts'
import type { TemplateChoice } from './queries.ts'

export const TEMPLATES_PER_PAGE = 50

type Menu = { label: string; look: 'plain'; icon: string; items: { label: string; href: string; attrs?: Record<string, string> }[] }
type Tab = { label: string; href: string; isCurrent: boolean; count?: number }

export type TemplateListModel = {
  heading: string
  note: string
  newUrl: string
  export: ExportMenu
  shelves: { label: string; items: Tab[] } | undefined
  kinds: { label: string; look: 'segments'; items: Tab[] }
  search: { action: string; label: string; value: string; fields: Record<string, string> }
  folders: Menu | undefined
  rows: { url: string; name: string; folder: string; kind: string; languages: string; state: Pill; uses: string; site: string }[]
  hasSites: boolean
  empty: { heading?: string; text: string; icon: string; action?: { href: string; label: string; icon: string } } | undefined
  nextUrl: string
  firstUrl: string
}

export type ChoicesModel = { url: string; options: { value: string; label: string; isSelected: boolean }[]; emptyLabel: string; note: string }

declare module '../web/render.ts' {
  interface ViewModels {
    'templates/index': TemplateListModel
    'templates/_options': { choices: ChoicesModel }
  }
}

export type ListGiven = { filter: TemplateFilter; counts: Record<TemplateShelf, number>; folders: readonly string[]; rows: (ListedTemplate & { folded_name: string })[]; hasMore: boolean; after: TemplateCursor | undefined }

export function templateListModel(viewer: Viewer, given: ListGiven): TemplateListModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const { filter, rows } = given
  const mayEdit = viewer.privileges.has('templates.edit')
  const shelves: TemplateShelf[] = ['active', 'published', 'draft', 'archived']
  const last = rows.at(-1)
  const isNarrowed = filter.startsWith !== '' || filter.kind !== null || Boolean(filter.folder)
  return {
    heading: t('templates.title'),
    note: t(mayEdit ? 'templates.list.noteEdit' : 'templates.list.noteRead'),
    newUrl: mayEdit ? paths.newTemplate : '',
    export: exportMenu(viewer.language, listUrl(filter).replace(paths.templates, paths.exportOf(paths.templates))),
    shelves: mayEdit
      ? { label: t('templates.list.shelves'), items: shelves.map((shelf) => ({ label: t(`templates.shelf.${shelf}`), href: listUrl({ ...filter, shelf }), isCurrent: shelf === filter.shelf, count: given.counts[shelf] })) }
      : undefined,
    kinds: {
      label: t('templates.list.kinds'), look: 'segments',
      items: [
        { label: t('templates.list.allKinds'), href: listUrl({ ...filter, kind: null }), isCurrent: filter.kind === null },
        ...TEMPLATE_KINDS.map((kind) => ({ label: t(`templates.kind.${kind}`), href: listUrl({ ...filter, kind }), isCurrent: filter.kind === kind })),
      ],
    },
    search: { action: paths.templates, label: t('templates.list.search'), value: filter.startsWith, fields: { ...(filter.shelf === 'active' ? {} : { shelf: filter.shelf }), ...(filter.kind ? { kind: filter.kind } : {}), ...(filter.folder ? { folder: filter.folder } : {}) } },
    folders: foldersMenu(reader, filter, given.folders),
    rows: rows.map((row) => ({
      url: paths.template(row.id), name: row.name, folder: row.folder ?? '', kind: t(`templates.kind.${row.kind}`), languages: languageList(reader, row.languages), state: statePill(reader, row), uses: usesText(reader, row), site: row.site_name ?? '',
    })),
    hasSites: rows.some(({ site_name }) => site_name !== null),
    empty: rows.length > 0 ? undefined : emptyModel(reader, { isNarrowed, isFirst: given.counts.active + given.counts.archived === 0, mayEdit }),
    nextUrl: given.hasMore && last ? listUrl(filter, { name: last.folded_name, id: last.id }) : '',
    firstUrl: given.after ? listUrl(filter) : '',
  }
}

function foldersMenu({ t }: Reader, filter: TemplateFilter, folders: readonly string[]): Menu | undefined {
  const current = filter.folder ?? ''
  if (folders.length === 0 && current === '') return undefined
  const item = (folder: string, label: string) => ({ label, href: listUrl({ ...filter, folder }), ...(folder === current ? { attrs: { 'aria-current': 'true' } } : {}) })
  return {
    label: current === '' ? t('templates.list.allFolders') : t('templates.list.folder', { folder: current }), look: 'plain', icon: 'folder',
    items: [item('', t('templates.list.allFolders')), ...folders.map((folder) => item(folder, folder))],
  }
}

/** The select of published templates, narrowed to those whose name starts as typed; what is chosen stays in it. */
export function choicesModel(reader: Reader, kind: TemplateKind, choices: readonly TemplateChoice[], chosen: { id: number; name: string } | undefined, startsWith = ''): ChoicesModel {
  const { t } = reader
  const options = choices.map((choice) => {
    const name = choice.folder === null ? choice.name : t('templates.choices.inFolder', { name: choice.name, folder: choice.folder })
    return { value: String(choice.id), isSelected: choice.id === chosen?.id, label: choice.last_used_at ? t('templates.choices.used', { name, date: dayText(reader, choice.last_used_at) }) : name }
  })
  const isThere = chosen === undefined || choices.some(({ id }) => id === chosen.id)
  return {
    url: `${paths.templateChoices}?kind=${kind}`,
    options: isThere ? options : [{ value: String(chosen.id), label: chosen.name, isSelected: true }, ...options],
    emptyLabel: t('templates.choices.none'),
    note: startsWith === '' ? '' : t('templates.choices.found', { count: choices.length, start: startsWith }),
  }
}

export function statePill({ t }: Reader, template: { version: number; published_version: number | null; archived_at: Date | null }): Pill {
  const look: Record<TemplateState, Omit<Pill, 'text'>> = {
    draft: { tone: 'neutral', icon: 'pencil' }, published: { tone: 'ok', icon: 'circle-check' }, changed: { tone: 'warning', icon: 'pencil' }, archived: { tone: 'neutral', icon: 'archive' },
  }
  const state = stateOf(template)
  return { ...look[state], text: t(`templates.state.${state}`, { published: template.published_version ?? 0, version: template.version }) }
}

export function usesText(reader: Reader, { uses, last_used_at }: { uses: number; last_used_at: Date | null }): string {
  const { t, language } = reader
  if (uses === 0 || !last_used_at) return t('templates.uses.never')
  return t('templates.uses.times', { count: uses, times: wholeNumber(language, uses), date: dayText(reader, last_used_at) })
}

/** « Français et anglais ». */
export function languageList({ t, language }: Reader, languages: readonly Language[]): string {
  const names = languages.map((one) => t(`templates.language.${one}`)).map((name, index) => (index > 0 && language === 'fr' ? name.toLowerCase() : name))
  return new Intl.ListFormat(language, { type: 'unit', style: 'short' }).format(names)
}

function listUrl(filter: TemplateFilter, after?: TemplateCursor): string {
  const query = new URLSearchParams({
    ...(filter.shelf === 'active' ? {} : { shelf: filter.shelf }), ...(filter.kind ? { kind: filter.kind } : {}), ...(filter.folder ? { folder: filter.folder } : {}), ...(filter.startsWith ? { q: filter.startsWith } : {}),
    ...(after ? { after: encodeCursor([after.name, after.id]) } : {}),
  })
  return query.size > 0 ? `${paths.templates}?${query}` : paths.templates
}

function emptyModel({ t }: Reader, { isNarrowed, isFirst, mayEdit }: { isNarrowed: boolean; isFirst: boolean; mayEdit: boolean }): TemplateListModel['empty'] {
  if (isFirst && mayEdit) return { heading: t('templates.empty.heading'), text: t('templates.empty.text'), icon: 'file-text', action: { href: paths.newTemplate, label: t('templates.list.new'), icon: 'plus' } }
  if (!isNarrowed) return { text: t(mayEdit ? 'templates.empty.shelf' : 'templates.empty.read'), icon: 'file-text' }
  return { text: t('templates.empty.found'), icon: 'search', action: { href: paths.templates, label: t('templates.empty.showAll'), icon: 'list' } }
}
