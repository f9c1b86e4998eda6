/** The last look at a draft and the launch that follows, the same for the page and for other programs. */
import type { Deps } from '../deps.ts'
import { Problem } from '../core/problem.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { Viewer } from '../web/viewer.ts'
import { isOverridden, mayOverride, mayReach } from './audience.domain.ts'
import { hasWarnings, type CheckGiven } from './check.views.ts'
import { inspectDraft, type Inspection } from './inspection.ts'
import type { Blocker } from './launch.domain.ts'
import { launchCampaign, type Launch, type LaunchRefusal } from './launch.commands.ts'
import { LAUNCHED_AT_ONCE, requestLaunch } from './launching.commands.ts'
import { getPerson } from './people.queries.ts'
import { findTwin, type Campaign } from './queries.ts'

/** The same people and words twice within this time is a mistake, not a wish. */
const TWIN_HOURS = 24

/** Everything that is shown before a sending. */
export async function lookAtDraft(deps: Pick<Deps, 'db' | 'config'>, viewer: Viewer, campaign: Campaign, launchKey: string): Promise<CheckGiven> {
  // To one person, contacts of the last days say it already.
  const inspection = await inspectDraft(deps.db, deps.config, viewer.scope, campaign, { places: [1], checkOf: campaign.id })
  const twin = await findTwin(deps.db, viewer.scope, campaign.id, TWIN_HOURS)
  const overlaps = campaign.is_single ? [] : inspection.overlaps
  return { campaign, inspection, launchKey, samples: await samplesOf(deps, viewer, inspection), twin, overlaps: overlaps.filter(({ id }) => id !== twin?.id) }
}

/** Three people of the audience, first, middle and last, and the one whose text is longest. */
async function samplesOf(deps: Pick<Deps, 'db'>, viewer: Viewer, inspection: Inspection): Promise<CheckGiven['samples']> {
  const { members, groups, measured: { longest } } = inspection
  const group = groups.find(({ first_position }) => first_position === longest?.position)
  if (!group) return members
  const known = members.find(({ position }) => position === group.first_position)
  const first = known ?? { ...group, ...(await getPerson(deps.db, viewer.scope, group.first_id)), position: group.first_position }
  return [first, ...members.filter((member) => member !== known)]
}

/** What whoever sends has said after that look. */
export type Confirmation = {
  /** The number of recipients, in digits. */
  typed: string
  /** That what is amber was looked at. */
  isChecked: boolean
}

/** What the last look itself refuses: the draft is another one; the same was sent; a warning was not confirmed; the number was not typed. */
const CHECK_FAULTS = ['stale', 'twin', 'warnings', 'typed'] as const
export type CheckFault = (typeof CHECK_FAULTS)[number]

/** The launch itself asks again what could hurt somebody. */
export function checkFaults(viewer: Viewer, given: CheckGiven, launch: Pick<Launch, 'version' | 'recipients'> & Confirmation): CheckFault[] {
  if (launch.version !== given.campaign.version) return ['stale']
  const { settings } = given.inspection
  const isTyped = launch.recipients < settings['campaign.typed_confirmation_from'] || launch.typed === String(launch.recipients)
  return [
    ...(given.twin ? ['twin' as const] : []),
    ...(hasWarnings(viewer, given) && !launch.isChecked ? ['warnings' as const] : []),
    ...(isTyped ? [] : ['typed' as const]),
  ]
}

export type Attempt = Outcome<{ isRepeat: boolean; isLong: boolean }, LaunchRefusal> | Outcome<never, 'unconfirmed', { given: CheckGiven; faults: CheckFault[] }>

/** A short list is launched at once, a long one by a worker. `campaign`: as it is known to whoever asks; any number of clicks, tabs and people are one launch. */
export async function attemptLaunch(deps: Deps, viewer: Viewer, campaign: Campaign, launch: Launch & Confirmation): Promise<Attempt> {
  let isLong = false
  if (campaign.status === 'draft') {
    requireLaunchPrivileges(viewer, campaign)
    const given = await lookAtDraft(deps, viewer, campaign, launch.launchKey)
    const faults = checkFaults(viewer, given, launch)
    if (faults.length > 0) return refused('unconfirmed', { given, faults })
    isLong = given.inspection.counts.total > LAUNCHED_AT_ONCE
    // The worker would find it too, much later.
    const [blocker] = given.inspection.blockers
    if (isLong && blocker) return refused<Blocker>(blocker)
  }
  const result = isLong ? await requestLaunch(deps, viewer, launch) : await launchCampaign(deps, viewer, launch)
  return result.ok ? done({ isRepeat: result.value.isRepeat, isLong }) : result
}

/** Beside the one for sending at all. */
export function requireLaunchPrivileges(viewer: Viewer, campaign: Campaign): void {
  if (!mayReach(campaign.audience, viewer.privileges)) throw new Problem('forbidden', { privilege: 'campaigns.send_list' })
  if (isOverridden(campaign) && !mayOverride(viewer.privileges, campaign.audience)) throw new Problem('forbidden', { privilege: 'consent.override' })
}
