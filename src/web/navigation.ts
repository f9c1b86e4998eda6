import type { Language } from '../words/define.ts'
import { translator, type WordKey } from '../words/index.ts'
import { paths } from './paths.ts'
import type { Privilege } from './privileges.ts'
import type { Viewer } from './viewer.ts'

export type Section = 'candidates' | 'contacts' | 'lists' | 'campaigns' | 'templates' | 'administration'

type Item = { href: string; label: WordKey; anyOf: readonly Privilege[] }

/** Pages under « Administration », each with a tab. */
const ADMINISTRATION: readonly Item[] = [
  { href: paths.guide, label: 'nav.guide', anyOf: ['settings.edit'] },
  { href: paths.branding, label: 'nav.branding', anyOf: ['branding.edit'] },
  { href: paths.references, label: 'nav.references', anyOf: ['references.edit'] },
  { href: paths.users, label: 'nav.users', anyOf: ['users.manage'] },
  { href: paths.ssoSettings, label: 'nav.sso', anyOf: ['users.manage'] },
  { href: paths.senders, label: 'nav.senders', anyOf: ['settings.edit'] },
  { href: paths.countries, label: 'nav.countries', anyOf: ['settings.edit'] },
  { href: paths.hours, label: 'nav.hours', anyOf: ['settings.edit'] },
  { href: paths.limits, label: 'nav.limits', anyOf: ['settings.edit'] },
  { href: paths.branches, label: 'nav.branches', anyOf: ['settings.edit'] },
  { href: paths.mails, label: 'nav.mail', anyOf: ['users.manage'] },
  { href: paths.data, label: 'nav.data', anyOf: ['data.manage'] },
  { href: paths.journal, label: 'nav.journal', anyOf: ['journal.view'] },
]

/** `go`: the letter that opens it after `g`. */
const ITEMS: readonly (Item & { section: Section; icon: string; go: string })[] = [
  { section: 'candidates', href: paths.candidates, label: 'nav.candidates', icon: 'users', go: 'c', anyOf: ['candidates.view'] },
  { section: 'contacts', href: paths.contacts, label: 'nav.contacts', icon: 'building-2', go: 'o', anyOf: ['candidates.view'] },
  { section: 'lists', href: paths.lists, label: 'nav.lists', icon: 'list', go: 'l', anyOf: ['candidates.view'] },
  { section: 'campaigns', href: paths.campaigns, label: 'nav.campaigns', icon: 'message-square', go: 's', anyOf: ['campaigns.view'] },
  { section: 'templates', href: paths.templates, label: 'nav.templates', icon: 'file-text', go: 'm', anyOf: ['templates.edit', 'campaigns.send'] },
]

/** The left rail: what this person may open. Administration opens at the first of its pages that they may see. */
export function navigation(viewer: Viewer, language: Language, current: Section | undefined) {
  const t = translator(language)
  const items = ITEMS.filter((item) => mayOpen(viewer, item)).map(({ section, href, label, icon, go }) => ({ section, href, label: t(label), icon, go, isCurrent: section === current }))
  const [first] = ADMINISTRATION.filter((item) => mayOpen(viewer, item))
  if (first) items.push({ section: 'administration', href: first.href, label: t('nav.administration'), icon: 'settings', go: 'a', isCurrent: current === 'administration' })
  return items
}

/** The row of pages under « Administration »; `path` is the address of the page shown. */
export function adminTabs(viewer: Viewer, language: Language, path: string) {
  const t = translator(language)
  const [here = ''] = path.split('?')
  return {
    label: t('nav.administration'),
    look: 'tabs many',
    items: ADMINISTRATION.filter((item) => mayOpen(viewer, item)).map(({ href, label }) => ({ href, label: t(label), isCurrent: here === href || here.startsWith(`${href}/`) })),
  }
}

function mayOpen(viewer: Viewer, { anyOf }: Item): boolean {
  return anyOf.some((privilege) => viewer.privileges.has(privilege))
}
