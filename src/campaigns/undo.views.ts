import { readerOf } from '../candidates/views.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { isPossible } from './actions.views.ts'
import { privilegeFor } from './domain.ts'
import type { Campaign } from './queries.ts'

/** What a fresh launch offers for a moment. */
export type UndoModel = { action: string; label: string; text: string; none: string; secondsLeft: number; progress: { label: string; value: number; max: number; text: string; isThin: true } }

export type TooLateModel = { crumbs: { label: string; href: string }[]; text: string; ways: string; links: { href: string; label: string; icon: string; isPrimary: boolean }[] }

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/undo': TooLateModel
  }
}

/** Undefined once it is too late, and for who may not send. */
export function undoModel(viewer: Viewer, campaign: Pick<Campaign, 'id' | 'status' | 'undo_seconds' | 'undo_until' | 'launched_at'>): UndoModel | undefined {
  const { undo_seconds: secondsLeft, undo_until: until, launched_at: from } = campaign
  if (secondsLeft === null || until === null || from === null || !viewer.privileges.has(privilegeFor('undo', campaign.status))) return undefined
  const { t } = readerOf(viewer)
  return {
    action: paths.campaignStep(campaign.id, 'undo'), label: t('launching.undo.submit'), text: t('launching.undo.time', { seconds: secondsLeft }), none: t('launching.undo.none'), secondsLeft,
    progress: { label: t('launching.undo.left'), value: secondsLeft, max: Math.max(secondsLeft, Math.round((until.getTime() - from.getTime()) / 1000)), text: '', isThin: true },
  }
}

/** What a person reads who pressed a moment too late, with the ways that are left. */
export function tooLateModel(viewer: Viewer, campaign: Campaign, out: number): TooLateModel {
  const { t } = readerOf(viewer)
  const may = (action: 'pause' | 'cancel') => isPossible(action, campaign) && viewer.privileges.has(privilegeFor(action, campaign.status))
  const ways = (['pause', 'cancel'] as const).filter(may)
  const step = { pause: 'pause', cancel: 'cancellation' } as const
  return {
    crumbs: [{ label: t('campaigns.title'), href: paths.campaigns }, { label: campaign.name, href: paths.campaign(campaign.id) }],
    text: t('launching.undo.lateText', { out }),
    ways: t(ways.length > 0 ? 'launching.undo.lateWays' : 'launching.undo.lateEnd'),
    links: [
      ...ways.map((action, index) => ({ href: paths.campaignStep(campaign.id, step[action]), label: t(`actions.menu.${action}`), icon: action === 'pause' ? 'pause' : 'ban', isPrimary: index === 0 })),
      { href: paths.campaign(campaign.id), label: t('launching.undo.back'), icon: 'arrow-left', isPrimary: ways.length === 0 },
    ],
  }
}
