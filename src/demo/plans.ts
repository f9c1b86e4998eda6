/** The campaigns of the demonstration, oldest first: every status, every reason to stand still, and every way a message can end. */
import type { BatchState, CampaignStatus, StopReason } from '../campaigns/domain.ts'
import type { CandidateFilters } from '../candidates/domain.ts'
import { NO_FILTERS } from '../candidates/domain.ts'
import type { MessageState } from '../messaging/domain.ts'

type Mix = readonly (readonly [MessageState, number])[]
/**
 * What a daily batch has come to. Its texts ended as the mix says, the first `left` of them (default: all); the others, and all
 * without a mix, wait. A batch that somebody rescheduled has a day of its own, counted from today.
 */
export type BatchOutcome = { state: BatchState; mix?: Mix; left?: number; day?: number }
export type CampaignPlan = {
  name: string
  kind: 'simple' | 'availability'
  status: CampaignStatus
  template: string
  filters: CandidateFilters
  limitTo?: number
  comment?: string
  /** Day of the first batch counted from today (negative: past); of a draft, the day it was made. */
  day: number
  /** Of each batch in turn; further ones are like the last. How many there are follows from the agency's batch sizes. */
  outcomes: readonly BatchOutcome[]
  /** Share of those reached who have answered. */
  answered: number
  /** Closes by itself with so many OUI; reminds who stays silent so long after the texts. */
  closeAtYes?: number
  remindAfterHours?: number
  stop?: StopReason
}

const GOOD: Mix = [['delivered', 91], ['undelivered', 3], ['accepted', 2], ['rejected', 1], ['in_doubt', 1], ['skipped', 2]]
const POOR: Mix = [['delivered', 57], ['undelivered', 36], ['rejected', 4], ['accepted', 3]]
const REFUSED: Mix = [['rejected', 1]]
const TAKEN_BACK: Mix = [['cancelled', 1]]
const DONE: BatchOutcome = { state: 'done', mix: GOOD }
const filters = (given: Partial<CandidateFilters>): CandidateFilters => ({ ...NO_FILTERS, ...given })

export const PLANS: readonly CampaignPlan[] = [
  {
    name: 'Caristes CACES 3 – plateformes de l\'Est lyonnais', kind: 'availability', status: 'completed', template: 'Demande de disponibilité', filters: filters({ q: 'caces r489 3' }),
    day: -24, outcomes: [DONE], answered: 0.62,
  },
  {
    name: 'Chaussures de sécurité – manutentionnaires', kind: 'simple', status: 'completed', template: 'Chaussures de sécurité', filters: filters({ trade: 'Manutentionnaire' }), limitTo: 60,
    comment: 'Commande groupée le 12 : noter les pointures.', day: -18, outcomes: [DONE], answered: 0.7,
  },
  {
    name: 'Électriciens – chantier Part-Dieu', kind: 'availability', status: 'cancelled', template: 'Demande de disponibilité', filters: filters({ trade: 'Électricien' }),
    comment: 'Chantier reporté par le client.', day: -13, outcomes: [DONE, { state: 'cancelled', mix: TAKEN_BACK }], answered: 0.4,
  },
  {
    name: 'Conducteurs d\'engins – Isère', kind: 'availability', status: 'suspended', template: 'Relance de disponibilité', filters: filters({ trade: 'Conducteur d\'engins' }),
    day: -9, outcomes: [{ state: 'running', mix: POOR, left: 0.9 }, { state: 'planned' }], answered: 0.3, stop: 'drop_rate',
  },
  {
    name: 'Plombiers-chauffagistes – astreinte d\'hiver', kind: 'simple', status: 'error', template: 'Carte BTP à jour', filters: filters({ trade: 'Plombier-chauffagiste' }),
    day: -7, outcomes: [{ state: 'running', mix: REFUSED, left: 0.8 }, { state: 'planned' }], answered: 0, stop: 'refused_from_start',
  },
  {
    name: 'Gros œuvre – disponibilités de décembre', kind: 'availability', status: 'completed', template: 'Demande de disponibilité', filters: filters({ q: 'gros oeuvre' }),
    day: -5, outcomes: [DONE], answered: 0.55, remindAfterHours: 48,
  },
  {
    name: 'Magasiniers – inventaire de fin d\'année', kind: 'simple', status: 'paused', template: 'Carte BTP à jour', filters: filters({ trade: 'Magasinier' }),
    day: -4, outcomes: [DONE, { state: 'held' }], answered: 0.4, stop: 'batch_missed',
  },
  {
    name: 'Second œuvre – peintres et plaquistes', kind: 'availability', status: 'paused', template: 'Relance de disponibilité', filters: filters({ q: 'second oeuvre' }), limitTo: 90,
    day: -3, outcomes: [DONE, { state: 'planned' }], answered: 0.45, stop: 'person',
  },
  {
    name: 'Préparateurs de commandes – pic de Noël', kind: 'availability', status: 'in_process', template: 'Demande de disponibilité', filters: filters({ trade: 'Préparateur de commandes' }),
    comment: 'Deux équipes à monter pour Saint-Quentin-Fallavier.', day: -1, outcomes: [DONE, { state: 'planned', day: 2 }], answered: 0.5, closeAtYes: 120,
  },
  {
    name: 'Chauffeurs PL et SPL – reprise de janvier', kind: 'availability', status: 'scheduled', template: 'Demande de disponibilité', filters: filters({ q: 'chauffeur fimo' }),
    day: 1, outcomes: [{ state: 'planned' }], answered: 0,
  },
  { name: 'Carte BTP – couvreurs de Lyon', kind: 'simple', status: 'draft', template: 'Carte BTP à jour', filters: filters({ trade: 'Couvreur' }), day: -2, outcomes: [], answered: 0 },
  { name: 'Grutiers – planning de janvier', kind: 'availability', status: 'draft', template: 'Relance de disponibilité', filters: filters({ trade: 'Grutier' }), comment: 'À relire avec Marc.', day: 0, outcomes: [], answered: 0 },
]

export const OTHER_PLANS: readonly CampaignPlan[] = [
  { name: 'Disponibilités de décembre', kind: 'availability', status: 'completed', template: 'Demande de disponibilité', filters: NO_FILTERS, day: -6, outcomes: [DONE], answered: 0.5 },
]
