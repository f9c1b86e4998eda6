/** When too much fails, sending stops by itself and a person looks (S78, S80). Pure. */
import type { Settings } from '../companies/settings.ts'
import type { StopReason } from './domain.ts'

export type SuspensionRules = Pick<Settings, 'suspension.last' | 'suspension.percent' | 'suspension.min_finals'>

/** What became of a campaign's texts since its launch, or since a person let it go on. */
export type Outcomes = {
  /** Settled ones among the last so many, and how many of them failed or made the person opt out. */
  finals: number
  failed: number
  /** All that were refused, and whether the provider took even one. */
  rejected: number
  anyTaken: boolean
}

/** So many refusals with nothing accepted before them: it is the text or the sender, not the numbers. */
export const REFUSED_FROM_START = 20

export type Verdict = { reason: StopReason; detail: Record<string, number> }

export function verdictOn(outcomes: Outcomes, rules: SuspensionRules): Verdict | undefined {
  const { finals, failed, rejected, anyTaken } = outcomes
  if (!anyTaken && rejected >= REFUSED_FROM_START) return { reason: 'refused_from_start', detail: { refused: rejected } }
  if (finals < rules['suspension.min_finals'] || failed * 100 < finals * rules['suspension.percent']) return undefined
  return { reason: 'drop_rate', detail: { failed, finals, percent: Math.round((failed * 100) / finals), limit: rules['suspension.percent'] } }
}
