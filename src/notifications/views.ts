import { encodeCursor } from '../core/paging.ts'
import { bellModel, type BellModel } from '../web/bell.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { ago, longMoment } from '../words/format.ts'
import { translator } from '../words/index.ts'
import { SEVERITY, type Severity } from './domain.ts'
import type { NotificationRow } from './list.queries.ts'
import { sentence } from './sentences.ts'

type Item = {
  text: string
  quote: string
  icon: string
  tone: string
  severity: string
  isUnread: boolean
  when: string
  datetime: string
  exact: string
  openUrl: string
  readUrl: string
}
/** `id` makes the headings of a page and of the panel over it differ. */
export type ListModel = { id: string; back: string; groups: { id: string; title: string; items: Item[] }[]; empty: string }
type ReadAll = { action: string; upTo: string; back: string } | undefined

export type PanelModel = { list: ListModel; readAll: ReadAll; allUrl: string; settingsUrl: string }
export type IndexModel = {
  list: ListModel
  url: string
  tabs: { label: string; look: string; items: { label: string; href: string; isCurrent: boolean }[] }
  readAll: ReadAll
  settingsUrl: string
  nextUrl: string
  firstUrl: string
}

declare module '../web/render.ts' {
  interface ViewModels {
    'notifications/index': IndexModel
    'notifications/_index': { index: IndexModel }
    'notifications/_panel': { panel: PanelModel }
    'notifications/_bell': { bell: BellModel }
  }
}

/** Word and icon say it as well as the colour does. */
const LOOKS: Record<Severity, { icon: string; tone: string }> = {
  info: { icon: 'info', tone: 'info' }, warning: { icon: 'triangle-alert', tone: 'warning' }, error: { icon: 'octagon-x', tone: 'error' },
}

export { bellModel }

export function panelModel(viewer: Viewer, rows: readonly NotificationRow[], now: Date, back: string): PanelModel {
  return { list: listModel(viewer, rows, now, { id: 'panel', back, emptyKey: 'notifications.none' }), readAll: readAllModel(rows, back), allUrl: paths.notifications, settingsUrl: paths.notificationSettings }
}

/** `rows`: one more than are shown, where there are more. */
export function indexModel(viewer: Viewer, given: { rows: readonly NotificationRow[]; isUnread: boolean; isFirst: boolean; perPage: number; url: string; now: Date }): IndexModel {
  const { rows, isUnread, isFirst, perPage, url, now } = given
  const t = translator(viewer.language)
  const shown = rows.slice(0, perPage)
  const last = shown.at(-1)
  const address = (more: Record<string, string> = {}) => {
    const search = new URLSearchParams({ ...(isUnread ? { show: 'unread' } : {}), ...more })
    return search.size === 0 ? paths.notifications : `${paths.notifications}?${search}`
  }
  return {
    list: listModel(viewer, shown, now, { id: 'page', back: url, emptyKey: isUnread ? 'notifications.noneUnread' : 'notifications.none' }),
    url,
    tabs: {
      label: t('notifications.show'), look: 'segments',
      items: [
        { label: t('notifications.showAll'), href: paths.notifications, isCurrent: !isUnread },
        { label: t('notifications.showUnread'), href: `${paths.notifications}?show=unread`, isCurrent: isUnread },
      ],
    },
    readAll: isFirst ? readAllModel(shown, url) : undefined,
    settingsUrl: paths.notificationSettings,
    nextUrl: rows.length > perPage && last ? address({ before: encodeCursor([last.position, last.id]) }) : '',
    firstUrl: isFirst ? '' : address(),
  }
}

function readAllModel(rows: readonly NotificationRow[], back: string): ReadAll {
  return rows.some(({ read_at }) => read_at === null) ? { action: paths.notificationsReading, upTo: String(rows[0]!.position), back } : undefined
}

/** By campaign, in the order of the newest line of each. */
function listModel(viewer: Viewer, rows: readonly NotificationRow[], now: Date, { id, back, emptyKey }: { id: string; back: string; emptyKey: 'notifications.none' | 'notifications.noneUnread' }): ListModel {
  const t = translator(viewer.language)
  const groups = new Map<number, ListModel['groups'][number]>()
  for (const row of rows) {
    const key = row.campaign_id ?? 0
    const group = groups.get(key) ?? { id: `${id}-${key}`, title: row.campaign_name ?? t('notifications.elsewhere'), items: [] }
    group.items.push(itemModel(viewer, row, now))
    groups.set(key, group)
  }
  return { id, back, groups: [...groups.values()], empty: t(emptyKey) }
}

function itemModel({ language, company }: Viewer, row: NotificationRow, now: Date): Item {
  const t = translator(language)
  const severity = SEVERITY[row.kind] ?? 'info'
  return {
    text: sentence(language, row), quote: row.quote ?? '', ...LOOKS[severity], severity: t(`notifications.severity.${severity}`), isUnread: row.read_at === null,
    when: ago(language, row.at, now), datetime: row.at.toISOString(), exact: longMoment(language, row.at, company.timeZone),
    openUrl: paths.notificationStep(row.id, 'opening'), readUrl: paths.notificationStep(row.id, 'reading'),
  }
}
