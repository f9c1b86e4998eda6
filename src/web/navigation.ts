import type { Language } from '../words/define.ts'
import { translator, type WordKey } from '../words/index.ts'
import { paths } from './paths.ts'
import type { Privilege } from './privileges.ts'
import type { Viewer } from './viewer.ts'

export type Section = 'candidates' | 'campaigns' | 'administration'

const ITEMS: readonly { section: Section; href: string; label: WordKey; icon: string; privilege: Privilege }[] = [
  { section: 'candidates', href: paths.candidates, label: 'nav.candidates', icon: 'users', privilege: 'candidates.view' },
  { section: 'campaigns', href: paths.campaigns, label: 'nav.campaigns', icon: 'message-square', privilege: 'campaigns.view' },
  { section: 'administration', href: paths.branding, label: 'nav.administration', icon: 'settings', privilege: 'branding.edit' },
]

/** The left rail: what this person may open. */
export function navigation(viewer: Viewer, language: Language, current: Section | undefined) {
  const t = translator(language)
  return ITEMS.filter((item) => viewer.privileges.has(item.privilege)).map(({ section, href, label, icon }) => ({
    section, href, label: t(label), icon, isCurrent: section === current,
  }))
}
