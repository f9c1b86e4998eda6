import { readerOf, type Reader } from '../candidates/views.ts'
import { paths } from '../web/paths.ts'
import type { Privilege } from '../web/privileges.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { mayDo, privilegeFor, type CampaignAction, type CampaignStatus } from './domain.ts'
import type { Handed } from './moves.queries.ts'
import type { StartFieldsModel, SummaryModel } from './schedule.views.ts'
import type { StateModel } from './state.views.ts'

/** What decides which actions a campaign offers, in a row of the list and on its own page. */
export type MenuCampaign = { id: number; status: CampaignStatus; is_open: boolean; has_planned_batch: boolean; undo_until: Date | null }

/** An entry of shared/_actions. */
export type MenuItem = { label: string; icon: string; href: string; isDanger?: boolean } | { label: string; icon: string; post: string } | { note: string }

/** A new date for what is left. */
export type ReplanModel = {
  heading: string
  startError: string
  options: { value: 'later' | 'now'; label: string; hint: string; isChecked: boolean; isDisabled: boolean }[]
  start: StartFieldsModel
  weekends: { value: 'on'; label: string; hint: string; isChecked: boolean }
  /** What the choice comes to; `warned`: the weekend day of which it warns. */
  plan: { summary: SummaryModel; warned: string }
}

/** A page that asks before it does something: campaigns/action. */
export type ActionModel = {
  crumbs: { label: string; href: string }[]
  text: string
  /** Where the texts are, and what follows. */
  points: string[]
  errors: { field: string; text: string }[]
  state: StateModel | undefined
  action: string
  /** What the page was made from: somebody else's change in between is noticed. */
  seen: string
  replan: ReplanModel | undefined
  read: { label: string; error: string; isChecked: boolean } | undefined
  submit: { label: string; icon: string; isDanger?: boolean }
  cancel: { href: string; label: string }
}

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/action': ActionModel
    'campaigns/_replan': { replan: ReplanModel['plan'] }
  }
}

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
  remind: { icon: 'rotate-ccw', step: 'reminder' },
  answers: { icon: 'settings', step: 'answers' },
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
  return action === 'close' || action === 'remind' ? campaign.is_open : true
}

export type ConfirmedAction = 'pause' | 'cancel' | 'close'

/** A confirmation without anything to choose. */
export function confirmModel(viewer: Viewer, campaign: { id: number; name: string; status: CampaignStatus }, action: ConfirmedAction, given: { seen: number; handed: Handed; unanswered: number; errors: string[] }): ActionModel {
  const reader = readerOf(viewer)
  const { t } = reader
  return {
    ...frameOf(reader, campaign, action),
    text: t(`actions.${action}.text`),
    points: pointsOf(reader, campaign.status, action, given),
    errors: given.errors.map((text) => ({ field: '', text })),
    state: undefined, seen: String(given.seen), replan: undefined, read: undefined,
  }
}

/** What every such page shares: the way back, where it leads, its button. */
export function frameOf({ t }: Reader, campaign: { id: number; name: string }, action: ConfirmedAction | 'resume' | 'reschedule' | 'release'): Pick<ActionModel, 'crumbs' | 'action' | 'submit' | 'cancel'> {
  const { icon, step, isDanger } = LOOK[action]
  return {
    crumbs: [{ label: t('campaigns.title'), href: paths.campaigns }, { label: campaign.name, href: paths.campaign(campaign.id) }],
    action: paths.campaignStep(campaign.id, step as Step),
    submit: { label: t(`actions.${action}.submit`), icon, ...(isDanger ? { isDanger } : {}) },
    cancel: { href: paths.campaign(campaign.id), label: t('actions.keep') },
  }
}

/** What nobody can hold back any more, in sentences; nothing is said of what there is none of, but of the texts that are out. */
export function handedPoints({ t }: Reader, { out, inFlight, doubtful }: Handed): string[] {
  return [
    t('actions.out', { out }),
    ...(inFlight > 0 ? [t('actions.inFlight', { inFlight })] : []),
    ...(doubtful > 0 ? [t('actions.doubtful', { doubtful })] : []),
  ]
}

function pointsOf(reader: Reader, status: CampaignStatus, action: ConfirmedAction, { handed, unanswered }: { handed: Handed; unanswered: number }): string[] {
  const { t } = reader
  const { waiting } = handed
  if (action === 'pause') return [...handedPoints(reader, handed), t('actions.pause.waiting', { waiting }), t('actions.pause.later')]
  if (action === 'close') return [t('actions.close.unanswered', { count: unanswered }), ...(waiting > 0 ? [t('actions.close.unsent', { count: waiting })] : []), t('actions.close.final')]
  return [
    ...handedPoints(reader, handed), t('actions.cancel.waiting', { waiting }), t('actions.cancel.final'),
    // S79 knows cancelling only while a campaign is scheduled or in process; that it works here too is said openly (S80).
    t(mayDo('pause', status) ? 'actions.cancel.ratherPause' : 'actions.cancel.fromHere'),
  ]
}
