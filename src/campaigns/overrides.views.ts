import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { wholeNumber } from '../words/format.ts'
import { mayOverride } from './audience.domain.ts'
import { peopleUrl } from './audience.views.ts'
import { REASON_LENGTH } from './domain.ts'
import type { Inspection } from './inspection.ts'
import type { Campaign } from './queries.ts'

/** People whose SMS box is not ticked: who they are, and the box that texts them all the same (S97 to S103). */
export type OverrideModel = {
  links: { label: string; href: string }[]
  /** Undefined for who may not, and where nobody may. */
  box: { label: string; hint: string; isChecked: boolean; error: string; reason: string; length: number } | undefined
  /** Said where the box is ticked by somebody with the right, to somebody without. */
  note: string
}

/** Undefined where everybody's box is ticked. `bad`: the box was ticked without a reason. */
export function overrideModel(viewer: Viewer, campaign: Pick<Campaign, 'id' | 'audience' | 'override_reason'>, inspection: Inspection, bad?: { isTicked: boolean; error: string }): OverrideModel | undefined {
  const t = translator(viewer.language)
  const { counts, overridable, overridden } = inspection
  const isTicked = campaign.override_reason !== null
  const number = (n: number) => wholeNumber(viewer.language, n)
  const lines = (['opted_out', 'no_consent'] as const).filter((reason) => counts[reason] > 0)
  if (lines.length === 0 && !isTicked) return undefined
  const links = lines.map((reason) => ({ label: t('compose.override.list', { reason, count: number(counts[reason]) }), href: peopleUrl(campaign.id, reason) }))
  if (!mayOverride(viewer.privileges, campaign.audience)) return { links, box: undefined, note: isTicked ? t('compose.override.by', { count: overridden, reason: campaign.override_reason! }) : '' }
  if (overridable === 0 && !isTicked) return { links, box: undefined, note: t('compose.override.never') }
  return {
    links,
    box: {
      label: t('compose.override.box', { count: isTicked ? overridden : overridable }), hint: t('compose.override.boxHint'), isChecked: bad?.isTicked ?? isTicked,
      error: bad?.error ?? '', reason: campaign.override_reason ?? '', length: REASON_LENGTH,
    },
    note: '',
  }
}
