import { paths } from '../web/paths.ts'
import type { Privilege } from '../web/privileges.ts'
import { translator } from '../words/index.ts'
import type { Language } from '../words/define.ts'
import { mayDo, privilegeFor, type CampaignAction, type CampaignStatus } from './domain.ts'

/** What decides which actions a campaign offers, in a row of the list and on its own page. */
export type MenuCampaign = { id: number; status: CampaignStatus; is_open: boolean; has_planned_batch: boolean; undo_until: Date | null }

/** An entry of shared/_actions. */
export type MenuItem = { label: string; icon: string; href: string; isDanger?: boolean } | { label: string; icon: string; post: string } | { note: string }

type Person = { language: Language; privileges: ReadonlySet<Privilege> }
type Step = Parameters<typeof paths.campaignStep>[1]
type Offered = Exclude<CampaignAction, 'launch'>

const LOOK: Record<Offered, { icon: string; step?: Step; isDanger?: true }> = {
  edit: { icon: 'pencil' },
  delete: { icon: 'trash-2', step: 'deletion', isDanger: true },
  undo: { icon: 'undo-2', step: 'undo' },
  pause: { icon: 'pause', step: 'pause' },
  resume: { icon: 'play', step: 'resumption' },
  reschedule: { icon: 'calendar-clock', step: 'rescheduling' },
  release: { icon: 'play', step: 'release' },
  close: { icon: 'lock', step: 'closing' },
  cancel: { icon: 'ban', step: 'cancellation', isDanger: true },
}

/** What this person may do with the campaign as it stands, in the order of the menu (S77, S79). */
export function menuItems(viewer: Person, campaign: MenuCampaign, now: Date = new Date()): MenuItem[] {
  const t = translator(viewer.language)
  const items = (Object.keys(LOOK) as Offered[]).filter((action) => isPossible(action, campaign, now) && viewer.privileges.has(privilegeFor(action, campaign.status))).map((action) => {
    const { icon, step, isDanger } = LOOK[action]
    const label = t(`actions.menu.${action}`)
    const address = step ? paths.campaignStep(campaign.id, step) : paths.campaign(campaign.id)
    // Seconds count: taking a launch back asks nothing.
    return action === 'undo' ? { label, icon, post: address } : { label, icon, href: address, ...(isDanger ? { isDanger } : {}) }
  })
  const isForAdministrators = mayDo('release', campaign.status) && viewer.privileges.has('campaigns.manage') && !viewer.privileges.has('campaigns.release')
  return isForAdministrators ? [...items, { note: t('actions.menu.ask') }] : items
}

/** The table of statuses, and what it cannot know: whether there is anything left to do it with. */
export function isPossible(action: CampaignAction, campaign: Omit<MenuCampaign, 'id'>, now: Date = new Date()): boolean {
  if (!mayDo(action, campaign.status)) return false
  if (action === 'undo') return campaign.undo_until !== null && campaign.undo_until > now
  if (action === 'reschedule') return campaign.has_planned_batch
  return action === 'close' ? campaign.is_open : true
}
