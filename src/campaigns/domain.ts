import { MESSAGE_STATES, UNSENT_STATES, type MessageState } from '../messaging/domain.ts'
import type { CampaignKind } from '../message-templates/domain.ts'
import type { Privilege } from '../web/privileges.ts'

export const CAMPAIGN_STATUSES = ['draft', 'scheduled', 'in_process', 'paused', 'completed', 'cancelled', 'suspended', 'error'] as const
export type CampaignStatus = (typeof CAMPAIGN_STATUSES)[number]

/** Held: its time went by while nothing could be sent, and a person decides. */
export const BATCH_STATES = ['planned', 'running', 'done', 'held', 'cancelled'] as const
export type BatchState = (typeof BATCH_STATES)[number]

/** A wave waits for the one before it; a reminder is a second text to people of earlier batches. */
export const BATCH_KINDS = ['daily', 'wave', 'reminder'] as const
export type BatchKind = (typeof BATCH_KINDS)[number]

/**
 * From which statuses each action may start (S79). The menu, the guard and the WHERE clause read this one table.
 * Cancelling is also offered where S79 has nothing, so that no state is a dead end. Closing stops the answers; people
 * texted before a campaign was cancelled may still answer until then.
 */
export const ACTION_FROM = {
  edit: ['draft'],
  delete: ['draft'],
  launch: ['draft'],
  undo: ['scheduled'],
  reschedule: ['scheduled', 'in_process'],
  pause: ['scheduled', 'in_process'],
  resume: ['paused'],
  release: ['suspended', 'error'],
  cancel: ['scheduled', 'in_process', 'paused', 'suspended', 'error'],
  close: ['in_process', 'completed', 'paused', 'cancelled', 'suspended', 'error'],
  // A completed campaign is in process again until its reminder has left; one that stands still goes on first.
  remind: ['in_process', 'completed'],
  // Until when answers are taken, how many are enough, the reminder, the waves; a campaign that closed can be opened again.
  answers: ['scheduled', 'in_process', 'completed', 'paused', 'suspended', 'error'],
} as const satisfies Record<string, readonly CampaignStatus[]>

export type CampaignAction = keyof typeof ACTION_FROM

export function mayDo(action: CampaignAction, status: CampaignStatus): boolean {
  return (ACTION_FROM[action] as readonly CampaignStatus[]).includes(status)
}

/** Whose privilege an action asks for. What the system stopped is in the hands of an administrator (S80). */
export function privilegeFor(action: CampaignAction, status: CampaignStatus): Privilege {
  if (['edit', 'delete', 'launch', 'undo'].includes(action)) return 'campaigns.send'
  return status === 'suspended' || status === 'error' ? 'campaigns.release' : 'campaigns.manage'
}

/** Why a campaign stands still, as stored beside its status; the figures are in `status_detail`. */
export const STOP_REASONS = [
  // Paused: by a person; a batch was missed by more than half an hour; nothing was at work while it should have sent.
  'person', 'batch_missed', 'interrupted',
  // Suspended: too many texts failed; the first ones were all refused; a budget is used up.
  'drop_rate', 'refused_from_start', 'campaign_budget', 'day_budget',
] as const
export type StopReason = (typeof STOP_REASONS)[number]

/** The tabs of the campaign list and the statuses each one shows; the first is the default (S70, S75). */
export const LIST_TABS = {
  active: ['scheduled', 'in_process', 'paused', 'error'],
  draft: ['draft'],
  completed: ['completed'],
  cancelled: ['cancelled'],
  suspended: ['suspended'],
  all: CAMPAIGN_STATUSES,
} as const satisfies Record<string, readonly CampaignStatus[]>

export type ListTab = keyof typeof LIST_TABS

/** Handed over and answered by the provider, whatever came of it: « envoyés ». No message ever leaves these states. */
export const SENT_STATES = ['accepted', 'delivered', 'undelivered', 'rejected'] as const satisfies readonly MessageState[]

/** Which of a campaign's recipients a page shows. Each number on the page is a link to a list of that length. */
export const RECIPIENT_FILTERS = {
  all: {},
  yes: { answer: 'yes' },
  no: { answer: 'no' },
  waiting: { answer: 'none' },
  answered: { answer: 'any' },
  // Whose link a person opened, or only machines so far.
  opened: { openedBy: 'person' },
  robots: { openedBy: 'robot' },
  sent: { states: SENT_STATES },
  underway: { states: ['accepted'] },
  delivered: { states: ['delivered'] },
  undelivered: { states: ['undelivered', 'rejected'] },
  unsubscribed: { hasUnsubscribed: true },
  remaining: { states: UNSENT_STATES },
  held: { states: UNSENT_STATES, isHeld: true },
  doubtful: { states: ['in_doubt'] },
  blocked: { states: ['skipped'] },
  cancelled: { states: ['cancelled'] },
  // Whoever got a second text, or may still get it.
  reminded: { isReminded: true },
  // Everybody who got the text or may still get it.
  kept: { states: MESSAGE_STATES.filter((state) => state !== 'skipped' && state !== 'cancelled') },
} as const satisfies Record<string, RecipientWish>

/** Every condition given must hold. */
export type RecipientWish = { answer?: 'yes' | 'no' | 'any' | 'none'; openedBy?: 'person' | 'robot'; states?: readonly MessageState[]; isHeld?: true; hasUnsubscribed?: true; isReminded?: true }

export type RecipientFilter = keyof typeof RECIPIENT_FILTERS

export const CAMPAIGN_NAME_LENGTH = 160
export const MESSAGE_LENGTH = 1600
export const COMMENT_LENGTH = 2000
/** Why people are texted over a refusal. */
export const REASON_LENGTH = 500

export type { CampaignKind }
