import { paths } from '../web/paths.ts'
import type { Privilege } from '../web/privileges.ts'
import type { Viewer } from '../web/viewer.ts'
import { weekdayName } from '../words/format.ts'
import { translator, type Translate } from '../words/index.ts'
import { CHANNELS, NEWS_KINDS, SEVERITY, type NewsKind } from './domain.ts'
import type { ChoiceFault, TypedChoices } from './settings.input.ts'

type Option = { value: string; label: string; isChecked?: boolean }
type Select = { name: string; label: string; type: 'select'; width: string; value: string; options: Option[]; emptyLabel?: string; error?: string; hint?: string; isOptional?: boolean; autocomplete: string }

export type NotificationSettingsModel = {
  action: string
  version: number
  accountUrl: string
  address: string
  errors: { field: string; text: string }[]
  conflict: { kind: 'warning'; text: string } | undefined
  /** A row for each kind; one radio for each way. */
  groups: { title: string; id: string; rows: { name: string; label: string; severity: string; icon: string; tone: string; ways: { id: string; value: string; label: string; isChecked: boolean }[] }[] }[]
  /** Choices about what is not this person's business stay as they are. */
  unseen: { name: string; value: string }[]
  ways: string[]
  digests: Select[]
  zoneNote: string
  quiet: { name: string; label: string; hint: string; isOn: boolean }
  days: { name: string; legend: string; type: 'checkbox'; layout: 'inline'; options: Option[]; error?: string }
  hours: Select[]
}

declare module '../web/render.ts' {
  interface ViewModels {
    'account/notifications': NotificationSettingsModel
  }
}

const GROUPS: readonly { id: 'sending' | 'answers' | 'other'; kinds: readonly NewsKind[] }[] = [
  { id: 'sending', kinds: ['campaign_error', 'campaign_suspended', 'campaign_paused', 'campaign_scheduled', 'campaign_resumed', 'batch_sent', 'campaign_completed', 'campaign_cancelled'] },
  { id: 'answers', kinds: ['answers', 'yes_reached', 'closing_soon', 'reminder_soon', 'reply_received', 'reading_uncertain', 'stop_to_review'] },
  { id: 'other', kinds: ['import_finished', 'webhook_off'] },
]
/** Who else would be told of these? */
const ONLY_FOR: Partial<Record<NewsKind, Privilege>> = { webhook_off: 'settings.edit' }
const LOOKS = { info: { icon: 'info', tone: 'info' }, warning: { icon: 'triangle-alert', tone: 'warning' }, error: { icon: 'octagon-x', tone: 'error' } } as const
/** A Monday: names of weekdays are made from dates. */
const MONDAY = '2026-01-05'

export function settingsModel(viewer: Viewer, given: { typed: TypedChoices; version: number; faults: readonly ChoiceFault[]; isMovedOn: boolean }): NotificationSettingsModel {
  const { typed, version, faults, isMovedOn } = given
  const t = translator(viewer.language)
  const isTold = (kind: NewsKind) => ONLY_FOR[kind] === undefined || viewer.privileges.has(ONLY_FOR[kind])
  const errors = faults.map(({ field, fault }) => ({ field: field.startsWith('channel_') ? `${field}-1` : field, text: faultText(t, field, fault) }))
  const error = (field: string) => { const found = errors.find((one) => one.field === field); return found ? { error: found.text } : {} }
  const hour = (n: number) => ({ value: String(n), label: t('notifications.settings.hour', { hour: n }) })
  const hours = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => hour(from + n))
  const select = (name: string, value: string, options: Option[]) => ({ name, label: t(`notifications.settings.${name}` as 'notifications.settings.digest1'), type: 'select' as const, width: 'short', value, options, autocomplete: 'off', ...error(name) })
  return {
    action: paths.notificationSettings, version, accountUrl: paths.account, address: viewer.email, errors,
    conflict: isMovedOn ? { kind: 'warning', text: t('notifications.settings.movedOn') } : undefined,
    groups: GROUPS.map(({ id, kinds }) => ({ id, title: t(`notifications.settings.group.${id}`), rows: kinds.filter(isTold).map((kind) => rowModel(t, kind, typed.channels[kind])) })),
    unseen: NEWS_KINDS.filter((kind) => !isTold(kind)).map((kind) => ({ name: `channel_${kind}`, value: typed.channels[kind] })),
    ways: CHANNELS.map((channel) => t(`notifications.channel.${channel}`)),
    digests: [select('digest1', typed.digest1, hours(0, 23)), { ...select('digest2', typed.digest2, hours(0, 23)), emptyLabel: t('notifications.settings.noDigest2'), isOptional: true }],
    zoneNote: t('notifications.settings.zone', { zone: viewer.company.timeZone }),
    quiet: { name: 'quiet', label: t('notifications.settings.quiet'), hint: t('notifications.settings.quietHint'), isOn: typed.isQuiet },
    days: {
      name: 'workDays', legend: t('notifications.settings.days'), type: 'checkbox', layout: 'inline', ...error('workDays'),
      options: [1, 2, 3, 4, 5, 6, 7].map((day) => ({ value: String(day), label: weekdayName(viewer.language, addToMonday(day), 'long'), isChecked: typed.workDays.includes(String(day)) })),
    },
    hours: [select('workFrom', typed.workFrom, hours(0, 23)), select('workUntil', typed.workUntil, hours(1, 24))],
  }
}

function rowModel(t: Translate, kind: NewsKind, chosen: string): NotificationSettingsModel['groups'][number]['rows'][number] {
  const severity = SEVERITY[kind]
  const name = `channel_${kind}`
  return {
    name, label: t(`notifications.kind.${kind}`), severity: t(`notifications.severity.${severity}`), ...LOOKS[severity],
    ways: CHANNELS.map((channel, n) => ({ id: `${name}-${n + 1}`, value: channel, label: t(`notifications.channel.${channel}`), isChecked: channel === chosen })),
  }
}

function faultText(t: Translate, field: ChoiceFault['field'], fault: ChoiceFault['fault']): string {
  if (field.startsWith('channel_')) return t('notifications.fault.channel', { kind: t(`notifications.kind.${field.slice(8) as NewsKind}`) })
  return t(`notifications.fault.${field}.${fault}` as 'notifications.fault.digest1.missing')
}

function addToMonday(day: number): string {
  return `${MONDAY.slice(0, 8)}${String(Number(MONDAY.slice(8)) + day - 1).padStart(2, '0')}`
}
