/** When too much fails, sending stops by itself and a person looks (S78, S80). Pure. */
import type { Settings } from '../companies/settings.ts'
import type { StopReason } from './domain.ts'

export type SuspensionRules = Pick<Settings, 'suspension.last' | 'suspension.percent' | 'suspension.min_finals' | 'suspension.refused_from_start'>

/** What became of a campaign's texts since its launch, or since a person let it go on. */
export type Outcomes = {
  /** Settled ones among the last so many, and how many of them failed or made the person opt out. */
  finals: number
  failed: number
  /** All that were refused, and whether the provider took even one. */
  rejected: number
  anyTaken: boolean
}

export type Verdict = { reason: StopReason; detail: Record<string, number> }

export function verdictOn(outcomes: Outcomes, rules: SuspensionRules): Verdict | undefined {
  const { finals, failed, rejected, anyTaken } = outcomes
  if (!anyTaken && rejected >= rules['suspension.refused_from_start']) return { reason: 'refused_from_start', detail: { refused: rejected } }
  if (finals < rules['suspension.min_finals'] || failed * 100 < finals * rules['suspension.percent']) return undefined
  return { reason: 'drop_rate', detail: { failed, finals, percent: Math.round((failed * 100) / finals), limit: rules['suspension.percent'] } }
}
