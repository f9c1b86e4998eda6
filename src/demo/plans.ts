/** The campaigns of the demonstration, oldest first: every status, and every way a message can end. */
import type { CampaignStatus } from '../campaigns/domain.ts'
import type { CandidateFilters } from '../candidates/domain.ts'
import { NO_FILTERS } from '../candidates/domain.ts'
import type { MessageState } from '../messaging/domain.ts'

type Mix = readonly (readonly [MessageState, number])[]
/** A slice of the recipients: its share, its day counted from today (negative: past), and how its messages ended; without a mix they wait. */
export type BatchPlan = { share: number; day: number; state: 'planned' | 'done' | 'held' | 'cancelled'; mix?: Mix }
export type CampaignPlan = {
  name: string
  kind: 'simple' | 'availability'
  status: CampaignStatus
  template: string
  filters: CandidateFilters
  limitTo?: number
  comment?: string
  /** Day of the launch counted from today. */
  day: number
  batches: BatchPlan[]
  /** Share of those reached who have answered. */
  answered: number
  statusReason?: string
}

const GOOD: Mix = [['delivered', 91], ['undelivered', 3], ['accepted', 2], ['rejected', 1], ['in_doubt', 1], ['skipped', 2]]
const POOR: Mix = [['delivered', 52], ['undelivered', 38], ['rejected', 7], ['accepted', 3]]
const WAITING: Mix = [['cancelled', 1]]
const filters = (given: Partial<CandidateFilters>): CandidateFilters => ({ ...NO_FILTERS, ...given })

export const PLANS: readonly CampaignPlan[] = [
  {
    name: 'Caristes CACES 3 – plateformes de l\'Est lyonnais', kind: 'availability', status: 'completed', template: 'Demande de disponibilité', filters: filters({ q: 'caces r489 3' }),
    day: -24, batches: [{ share: 1, day: -24, state: 'done', mix: GOOD }], answered: 0.62,
  },
  {
    name: 'Chaussures de sécurité – manutentionnaires', kind: 'simple', status: 'completed', template: 'Chaussures de sécurité', filters: filters({ trade: 'Manutentionnaire' }), limitTo: 60,
    comment: 'Commande groupée le 12 : noter les pointures.', day: -18, batches: [{ share: 1, day: -18, state: 'done', mix: GOOD }], answered: 0.7,
  },
  {
    name: 'Électriciens – chantier Part-Dieu', kind: 'availability', status: 'cancelled', template: 'Demande de disponibilité', filters: filters({ trade: 'Électricien' }),
    comment: 'Chantier reporté par le client.', day: -13, batches: [{ share: 0.5, day: -13, state: 'done', mix: GOOD }, { share: 0.5, day: -12, state: 'cancelled', mix: WAITING }], answered: 0.4,
  },
  {
    name: 'Conducteurs d\'engins – Isère', kind: 'availability', status: 'suspended', template: 'Relance de disponibilité', filters: filters({ trade: 'Conducteur d\'engins' }),
    day: -9, batches: [{ share: 0.6, day: -9, state: 'done', mix: POOR }, { share: 0.4, day: -8, state: 'held' }], answered: 0.3, statusReason: 'high_drop_rate',
  },
  {
    name: 'Plombiers-chauffagistes – astreinte d\'hiver', kind: 'simple', status: 'error', template: 'Carte BTP à jour', filters: filters({ trade: 'Plombier-chauffagiste' }),
    day: -7, batches: [{ share: 0.5, day: -7, state: 'done', mix: GOOD }, { share: 0.5, day: -6, state: 'held' }], answered: 0.35, statusReason: 'account_refused',
  },
  {
    name: 'Gros œuvre – disponibilités de décembre', kind: 'availability', status: 'completed', template: 'Demande de disponibilité', filters: filters({ q: 'gros oeuvre' }),
    day: -5, batches: [{ share: 1, day: -5, state: 'done', mix: GOOD }], answered: 0.55,
  },
  {
    name: 'Second œuvre – peintres et plaquistes', kind: 'availability', status: 'paused', template: 'Relance de disponibilité', filters: filters({ q: 'second oeuvre' }), limitTo: 90,
    day: -3, batches: [{ share: 0.5, day: -3, state: 'done', mix: GOOD }, { share: 0.5, day: -2, state: 'held' }], answered: 0.45,
  },
  {
    name: 'Préparateurs de commandes – pic de Noël', kind: 'availability', status: 'in_process', template: 'Demande de disponibilité', filters: filters({ trade: 'Préparateur de commandes' }),
    comment: 'Deux équipes à monter pour Saint-Quentin-Fallavier.', day: -1, batches: [{ share: 0.6, day: -1, state: 'done', mix: GOOD }, { share: 0.4, day: 2, state: 'planned' }], answered: 0.5,
  },
  {
    name: 'Chauffeurs PL et SPL – reprise de janvier', kind: 'availability', status: 'scheduled', template: 'Demande de disponibilité', filters: filters({ q: 'chauffeur fimo' }),
    day: -1, batches: [{ share: 0.5, day: 4, state: 'planned' }, { share: 0.5, day: 5, state: 'planned' }], answered: 0,
  },
  { name: 'Carte BTP – couvreurs de Lyon', kind: 'simple', status: 'draft', template: 'Carte BTP à jour', filters: filters({ trade: 'Couvreur' }), day: -2, batches: [], answered: 0 },
  { name: 'Grutiers – planning de janvier', kind: 'availability', status: 'draft', template: 'Relance de disponibilité', filters: filters({ trade: 'Grutier' }), comment: 'À relire avec Marc.', day: 0, batches: [], answered: 0 },
]

export const OTHER_PLANS: readonly CampaignPlan[] = [
  { name: 'Disponibilités de décembre', kind: 'availability', status: 'completed', template: 'Demande de disponibilité', filters: NO_FILTERS, day: -6, batches: [{ share: 1, day: -6, state: 'done', mix: GOOD }], answered: 0.5 },
]
