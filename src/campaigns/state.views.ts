import type { Reader } from '../candidates/views.ts'
import { readerOf } from '../candidates/views.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { dayAndMonth, percent, timeOfDay, wholeNumber } from '../words/format.ts'
import { mayDo, privilegeFor, STOP_REASONS, type CampaignStatus, type StopReason } from './domain.ts'

export type StandingCampaign = { id: number; status: CampaignStatus; status_reason: string | null; status_detail: Record<string, string | number> }

/** Why a campaign stands still, with the figures, and the way out for who may take it. */
export type StateModel = { tone: 'warning' | 'error'; icon: string; heading: string; text: string; ask: string; actions: { href: string; label: string; isPrimary: boolean }[] }

/** Undefined while the campaign goes its way. */
export function stateModel(viewer: Viewer, campaign: StandingCampaign): StateModel | undefined {
  const { status } = campaign
  if (status !== 'paused' && status !== 'suspended' && status !== 'error') return undefined
  const reader = readerOf(viewer)
  const { t } = reader
  const may = (action: 'resume' | 'release' | 'cancel') => mayDo(action, status) && viewer.privileges.has(privilegeFor(action, status))
  return {
    tone: status === 'paused' ? 'warning' : 'error',
    icon: status === 'paused' ? 'circle-pause' : status === 'suspended' ? 'octagon-x' : 'triangle-alert',
    heading: t(`actions.state.${status}`),
    text: reasonText(reader, campaign),
    ask: mayDo('release', status) && !may('release') ? t('actions.state.ask') : '',
    actions: [
      ...(may('resume') ? [{ href: paths.campaignStep(campaign.id, 'resumption'), label: t('actions.menu.resume'), isPrimary: true }] : []),
      ...(may('release') ? [{ href: paths.campaignStep(campaign.id, 'release'), label: t('actions.menu.release'), isPrimary: true }] : []),
      ...(may('cancel') ? [{ href: paths.campaignStep(campaign.id, 'cancellation'), label: t('actions.menu.cancel'), isPrimary: false }] : []),
    ],
  }
}

/** The reason in a sentence, with its figures. */
export function reasonText(reader: Reader, { status_reason, status_detail }: Pick<StandingCampaign, 'status_reason' | 'status_detail'>): string {
  const { t } = reader
  const given = figures(reader, status_detail)
  switch (status_reason as StopReason | null) {
    case 'person': return t('actions.reason.person', given)
    case 'batch_missed': return t('actions.reason.batch_missed', given)
    case 'interrupted': return t('actions.reason.interrupted', given)
    case 'drop_rate': return t('actions.reason.drop_rate', given)
    case 'refused_from_start': return t('actions.reason.refused_from_start', given)
    case 'campaign_budget': return t('actions.reason.campaign_budget', given)
    case 'day_budget': return t('actions.reason.day_budget', given)
    default: return t('actions.reason.unknown')
  }
}

/** The same for a cell of the list, without a verb; empty while the campaign goes its way. */
export function stateLine(reader: Reader, campaign: StandingCampaign): string {
  if (!['paused', 'suspended', 'error'].includes(campaign.status)) return ''
  const reason = STOP_REASONS.find((known) => known === campaign.status_reason)
  return reason ? reader.t(`actions.line.${reason}`, figures(reader, campaign.status_detail)) : ''
}

/** Figures as they stand in the sentences; each sentence takes those it knows. */
function figures(reader: Reader, detail: StandingCampaign['status_detail']) {
  const { t, language, zone } = reader
  const count = (name: string) => Number(detail[name] ?? 0)
  const number = (name: string) => wholeNumber(language, count(name))
  const on = String(detail['on'] ?? '')
  const due = new Date(String(detail['due'] ?? ''))
  return {
    by: String(detail['by'] ?? t('actions.reason.somebody')), no: number('no'), failed: count('failed'), finals: number('finals'), share: percent(language, count('failed'), count('finals')), refused: count('refused'),
    budget: number('budget'), spent: number('spent'), duration: durationText(reader, count('minutes')),
    date: on ? dayAndMonth(language, on) : '', time: Number.isNaN(due.getTime()) ? '' : timeOfDay(language, due, zone),
  }
}

function durationText({ t }: Reader, minutes: number): string {
  if (minutes < 120) return t('actions.duration.minutes', { n: String(minutes) })
  return minutes < 48 * 60 ? t('actions.duration.hours', { n: String(Math.round(minutes / 60)) }) : t('actions.duration.days', { n: Math.round(minutes / 1440) })
}
