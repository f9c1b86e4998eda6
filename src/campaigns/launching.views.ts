import { readerOf } from '../candidates/views.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { wholeNumber } from '../words/format.ts'
import type { Inspection } from './inspection.ts'
import type { LaunchRefusal } from './launch.commands.ts'
import type { LaunchRequest } from './launching.queries.ts'
import type { Campaign } from './queries.ts'
import { instantOf } from './schedule.domain.ts'
import { momentText } from './schedule.views.ts'

/** A launch that a worker makes: the bar has no length until the first texts are written, and none where nobody can look in. */
export type LaunchingModel = {
  url: string
  label: string
  text: string
  bar: { value: number; max: number } | undefined
  late: { text: string; detail: string; withdraw: { action: string; label: string } | undefined } | undefined
}

export type LaunchingPage = { crumbs: { label: string; href: string }[]; name: string; launching: LaunchingModel }

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/launching': LaunchingPage
    'campaigns/_launching': { launching: LaunchingModel }
  }
}

/** Why nobody is at work on it, if so. */
export type Delay = 'no_worker' | 'queued' | undefined

export function launchingModel(viewer: Viewer, asked: Pick<LaunchRequest, 'campaign_id' | 'written' | 'recipients'>, delay: Delay): LaunchingModel {
  const { t, language } = readerOf(viewer)
  const action = paths.campaignStep(asked.campaign_id, 'launching')
  const number = (value: number) => wholeNumber(language, value)
  return {
    url: action,
    label: t('launching.title'),
    text: asked.written > 0 ? t('launching.progress', { written: number(asked.written), recipients: number(asked.recipients) }) : t('launching.starting'),
    bar: asked.written > 0 ? { value: asked.written, max: asked.recipients } : undefined,
    late: delay && {
      text: t(delay === 'no_worker' ? 'launching.late.noWorker' : 'launching.late.queued'),
      detail: t(delay === 'no_worker' ? 'launching.late.noWorkerText' : 'launching.late.queuedText'),
      withdraw: viewer.privileges.has('campaigns.send') ? { action, label: t('launching.withdraw') } : undefined,
    },
  }
}

export function launchingPage(viewer: Viewer, campaign: Pick<Campaign, 'id' | 'name'>, launching: LaunchingModel): LaunchingPage {
  return { crumbs: [{ label: readerOf(viewer).t('campaigns.title'), href: paths.campaigns }], name: campaign.name, launching }
}

/** What a person reads after the launch; empty where the page itself says it, with the seconds that are left to undo it. */
export function launchedText(viewer: Viewer, campaign: Campaign): string {
  const reader = readerOf(viewer)
  const count = campaign.audience_counts?.recipients ?? 0
  if (campaign.status === 'in_process') return reader.t('campaigns.launched', { count })
  if (campaign.starts === 'now' || campaign.starts_at === null) return ''
  return reader.t('launching.scheduled', { count, moment: momentText(reader, campaign.starts_at, campaign.time_zone) })
}

/** Why a launch was refused, and what to do. What stands in the rows of the check page is not repeated. */
export function refusalText(viewer: Viewer, reason: LaunchRefusal | 'failed', inspection: Inspection): string {
  const reader = readerOf(viewer)
  const { t, language } = reader
  switch (reason) {
    case 'stale': return t('check.stale')
    case 'grown': return t('check.grown', { count: wholeNumber(language, inspection.counts.recipients) })
    case 'busy': return t('check.busy')
    case 'launching': return t('launching.held')
    case 'past': return t('launching.refused.past', { moment: momentText(reader, instantOf(inspection.proposal), inspection.proposal.zone) })
    case 'no_opening': case 'budget': case 'failed': return t(`launching.refused.${reason}`)
    default: return t('check.blocked')
  }
}

/** The same, some time after the click: it says first that nothing was sent. */
export function laterRefusalText(viewer: Viewer, reason: string, inspection: Inspection): string {
  const why = refusalText(viewer, reason as LaunchRefusal | 'failed', inspection)
  return ['past', 'no_opening', 'budget', 'failed'].includes(reason) ? why : readerOf(viewer).t('launching.refused.notSent', { why })
}
