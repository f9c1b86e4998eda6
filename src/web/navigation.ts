import type { Language } from '../words/define.ts'
import { translator, type WordKey } from '../words/index.ts'
import { paths } from './paths.ts'
import type { Privilege } from './privileges.ts'
import type { Viewer } from './viewer.ts'

export type Section = 'candidates' | 'contacts' | 'lists' | 'campaigns' | 'replies' | 'availability' | 'templates' | 'administration'

type Item = { href: string; label: WordKey; anyOf: readonly Privilege[] }

/** Pages under « Administration », in groups; each page has a tab beside those of its group. */
const ADMINISTRATION: readonly { label: WordKey; pages: readonly Item[] }[] = [
  {
    label: 'nav.group.company',
    pages: [
      { href: paths.guide, label: 'nav.guide', anyOf: ['settings.edit'] },
      { href: paths.branding, label: 'nav.branding', anyOf: ['branding.edit'] },
      { href: paths.branches, label: 'nav.branches', anyOf: ['settings.edit'] },
      { href: paths.limits, label: 'nav.limits', anyOf: ['settings.edit'] },
    ],
  },
  {
    label: 'nav.group.people',
    pages: [
      { href: paths.users, label: 'nav.users', anyOf: ['users.manage'] },
      { href: paths.ssoSettings, label: 'nav.sso', anyOf: ['users.manage'] },
    ],
  },
  {
    label: 'nav.group.sending',
    pages: [
      { href: paths.senders, label: 'nav.senders', anyOf: ['settings.edit'] },
      { href: paths.countries, label: 'nav.countries', anyOf: ['settings.edit'] },
      { href: paths.hours, label: 'nav.hours', anyOf: ['settings.edit'] },
      { href: paths.references, label: 'nav.references', anyOf: ['references.edit'] },
    ],
  },
  {
    label: 'nav.group.integrations',
    pages: [
      { href: paths.apiKeys, label: 'nav.apiKeys', anyOf: ['users.manage'] },
      { href: paths.webhooks, label: 'nav.webhooks', anyOf: ['settings.edit'] },
    ],
  },
  {
    label: 'nav.group.data',
    pages: [
      { href: paths.mails, label: 'nav.mail', anyOf: ['users.manage'] },
      { href: paths.data, label: 'nav.data', anyOf: ['data.manage'] },
      { href: paths.journal, label: 'nav.journal', anyOf: ['journal.view'] },
    ],
  },
]

/** `go`: the letter that opens it after `g`. */
const ITEMS: readonly (Item & { section: Section; icon: string; go: string })[] = [
  { section: 'candidates', href: paths.candidates, label: 'nav.candidates', icon: 'users', go: 'c', anyOf: ['candidates.view'] },
  { section: 'contacts', href: paths.contacts, label: 'nav.contacts', icon: 'building-2', go: 'o', anyOf: ['candidates.view'] },
  { section: 'lists', href: paths.lists, label: 'nav.lists', icon: 'list', go: 'l', anyOf: ['candidates.view'] },
  { section: 'campaigns', href: paths.campaigns, label: 'nav.campaigns', icon: 'message-square', go: 's', anyOf: ['campaigns.view'] },
  { section: 'replies', href: paths.replies, label: 'nav.replies', icon: 'inbox', go: 'r', anyOf: ['campaigns.view'] },
  { section: 'availability', href: paths.board, label: 'nav.availability', icon: 'calendar-days', go: 'd', anyOf: ['candidates.view'] },
  { section: 'templates', href: paths.templates, label: 'nav.templates', icon: 'file-text', go: 'm', anyOf: ['templates.edit', 'campaigns.send'] },
]

/** The left rail: what this person may open. Administration opens at the first of its pages that they may see. */
export function navigation(viewer: Viewer, language: Language, current: Section | undefined) {
  const t = translator(language)
  const items: NavigationItem[] = ITEMS.filter((item) => mayOpen(viewer, item)).map(({ section, href, label, icon, go }) => ({
    section, href, label: t(label), icon, go, isCurrent: section === current, ...(section === 'replies' ? { unread: unreadModel(viewer, language) } : {}),
  }))
  const [first] = ADMINISTRATION.flatMap(({ pages }) => pages).filter((item) => mayOpen(viewer, item))
  if (first) items.push({ section: 'administration', href: first.href, label: t('nav.administration'), icon: 'settings', go: 'a', isCurrent: current === 'administration' })
  return items
}

type NavigationItem = { section: Section; href: string; label: string; icon: string; go: string; isCurrent: boolean; unread?: UnreadModel }

/** How many texts nobody has read, in figures and in words; both empty where there are none. It asks again by itself. */
export type UnreadModel = { url: string; count: string; text: string }

export function unreadModel({ unreadReplies = 0 }: Pick<Viewer, 'unreadReplies'>, language: Language): UnreadModel {
  const url = paths.repliesUnread
  if (unreadReplies === 0) return { url, count: '', text: '' }
  return { url, count: unreadReplies >= 100 ? '99+' : String(unreadReplies), text: translator(language)('nav.unread', { count: unreadReplies }) }
}

export type Tabs = { label: string; look: string; current?: 'true'; items: { href: string; label: string; isCurrent: boolean }[] }

/**
 * The groups of pages under « Administration », each leading to the first of its pages that this person may open, and the pages of the
 * group shown; a row with one entry alone is left out. `path` is the address of the page shown.
 */
export function adminTabs(viewer: Viewer, language: Language, path: string): Tabs[] {
  const t = translator(language)
  const [here = ''] = path.split('?')
  const isHere = ({ href }: Item) => here === href || here.startsWith(`${href}/`)
  const groups = ADMINISTRATION.map(({ label, pages }) => ({ label, pages: pages.filter((item) => mayOpen(viewer, item)) }))
    .filter(({ pages }) => pages.length > 0)
    // One page is called by its own name.
    .map(({ label, pages }) => ({ label: t(pages.length === 1 ? pages[0]!.label : label), pages }))
  const shown = groups.find(({ pages }) => pages.some(isHere))
  const rows: Tabs[] = [
    { label: t('nav.administration'), look: 'segments groups', current: 'true', items: groups.map(({ label, pages }) => ({ href: pages[0]!.href, label, isCurrent: pages === shown?.pages })) },
    { label: t('nav.inGroup', { group: shown?.label ?? '' }), look: 'tabs many', items: (shown?.pages ?? []).map((item) => ({ href: item.href, label: t(item.label), isCurrent: isHere(item) })) },
  ]
  return rows.filter(({ items }) => items.length > 1)
}

function mayOpen(viewer: Viewer, { anyOf }: Item): boolean {
  return anyOf.some((privilege) => viewer.privileges.has(privilege))
}
