import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { paths } from './paths.ts'
import { UNREAD_COUNTED } from './viewer.ts'

export const BELLS = ['bell-top', 'bell-rail'] as const

/** A page has two, of which one is in view: on phones above the page, else in the rail. */
export type BellModel = { id: (typeof BELLS)[number]; url: string; panelUrl: string; bellUrl: string; label: string; count: string }

/** The bell stands on every page, so it is made with the page. */
export function bellModel(language: Language, unread: number, id: BellModel['id'] = 'bell-top'): BellModel {
  const isMany = unread >= UNREAD_COUNTED
  return {
    id, url: paths.notifications, panelUrl: paths.notificationPanel, bellUrl: `${paths.notificationBell}?id=${id}`,
    label: translator(language)('notifications.bell', { count: unread, isMany: String(isMany) }),
    count: unread === 0 ? '' : isMany ? `${UNREAD_COUNTED - 1}+` : String(unread),
  }
}
