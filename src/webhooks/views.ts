import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longMoment, shortMoment } from '../words/format.ts'
import { translator, type Translate } from '../words/index.ts'
import { EVENT_TYPES, MOST_COUNTED } from './domain.ts'
import type { EndpointFault, TypedEndpoint } from './input.ts'
import type { AddressFault } from './endpoints.commands.ts'
import type { EndpointRow } from './endpoints.queries.ts'

export type Pill = { text: string; tone: string; icon: string }
export type Moment = { text: string; exact: string; datetime: string }

export type EndpointListModel = {
  newUrl: string | undefined
  fullText: string
  rows: { url: string; name: string; note: string; events: string; state: Pill; lastTaken: Moment | undefined; open: string[] }[]
}

/** The first control of each group is what an error leads to. */
export type EndpointFormModel = {
  action: string
  cancelUrl: string
  listUrl: string
  version: number
  isNew: boolean
  fields: { name: string; label: string; value: string; type?: string; hint?: string; error?: string; isOptional?: boolean; autocomplete: string; inputmode?: string; maxlength?: number }[]
  types: { name: string; legend: string; type: 'checkbox'; hint: string; error?: string; options: { value: string; label: string; hint: string; isChecked: boolean }[] }
  errors: { field: string; text: string }[]
  conflict: { kind: 'warning'; text: string } | undefined
}

export type SecretModel = { listUrl: string; intro: string; secret: string; doneUrl: string }
export type ConfirmModel = { confirm: { heading: string; text: string; action: string; submit: { label: string; icon: string; isDanger?: boolean }; cancel: { href: string } } }

declare module '../web/render.ts' {
  interface ViewModels {
    'webhooks/index': EndpointListModel
    'webhooks/edit': EndpointFormModel
    'webhooks/secret': SecretModel
    'webhooks/confirm': ConfirmModel
  }
}

const LOOKS = {
  active: { tone: 'ok', icon: 'circle-check' }, failing: { tone: 'warning', icon: 'triangle-alert' }, paused: { tone: 'neutral', icon: 'circle-pause' }, off: { tone: 'error', icon: 'circle-x' },
} as const

/** Failing is no state of its own: it is still told, and may be well again at the next try. */
export function endpointState({ state, failing_since }: Pick<EndpointRow, 'state' | 'failing_since'>): keyof typeof LOOKS {
  if (state === 'active') return failing_since === null ? 'active' : 'failing'
  return state === 'paused' ? 'paused' : 'off'
}

export function endpointPill(t: Translate, row: Pick<EndpointRow, 'state' | 'failing_since'>): Pill {
  const state = endpointState(row)
  return { text: t(`webhooks.endpoint.${state}`), ...LOOKS[state] }
}

export function momentModel({ language, company }: Viewer, at: Date): Moment {
  return { text: shortMoment(language, at, company.timeZone), exact: longMoment(language, at, company.timeZone), datetime: at.toISOString() }
}

export function openTexts(t: Translate, { waiting, failed }: Pick<EndpointRow, 'waiting' | 'failed'>): string[] {
  const texts = [
    ...(waiting > 0 ? [t('webhooks.waiting', { count: waiting, isMany: String(waiting >= MOST_COUNTED) })] : []),
    ...(failed > 0 ? [t('webhooks.failedCount', { count: failed, isMany: String(failed >= MOST_COUNTED) })] : []),
  ]
  return texts.length > 0 ? texts : [t('webhooks.openNone')]
}

export function endpointListModel(viewer: Viewer, rows: readonly EndpointRow[], most: number): EndpointListModel {
  const t = translator(viewer.language)
  return {
    newUrl: rows.length < most ? paths.newWebhook : undefined,
    fullText: t('webhooks.full'),
    rows: rows.map((row) => ({
      url: paths.webhook(row.id), name: row.url, note: row.note, events: t('webhooks.eventCount', { count: row.types.length }), state: endpointPill(t, row),
      lastTaken: row.delivered_at === null ? undefined : momentModel(viewer, row.delivered_at), open: openTexts(t, row),
    })),
  }
}

export type FormFault = EndpointFault | { field: 'url'; fault: AddressFault | 'taken' | 'full' }

/** `id`: undefined for one that is made. */
export function endpointFormModel(viewer: Viewer, given: { id?: number; typed: TypedEndpoint; faults?: readonly FormFault[]; isStale?: boolean }): EndpointFormModel {
  const t = translator(viewer.language)
  const { id, typed, faults = [], isStale = false } = given
  const errors = faults.map(({ field, fault }) => ({ field, text: fault === 'full' ? t('webhooks.full') : t(`webhooks.fault.${field}.${fault}` as 'webhooks.fault.url.missing') }))
  const error = (name: string) => { const found = errors.find(({ field }) => field === name); return found ? { error: found.text } : {} }
  return {
    action: id === undefined ? paths.webhooks : paths.webhookStep(id, 'edit'), cancelUrl: id === undefined ? paths.webhooks : paths.webhook(id), listUrl: paths.webhooks, version: typed.version, isNew: id === undefined,
    fields: [
      { name: 'url', label: t('webhooks.address'), value: typed.url, type: 'url', inputmode: 'url', hint: t('webhooks.hint.url'), autocomplete: 'off', ...error('url') },
      { name: 'note', label: t('webhooks.note'), value: typed.note, hint: t('webhooks.hint.note'), isOptional: true, autocomplete: 'off', ...error('note') },
    ],
    types: {
      name: 'types', legend: t('webhooks.events'), type: 'checkbox', hint: t('webhooks.hint.types'), ...error('types'),
      options: EVENT_TYPES.map((type) => ({ value: type, label: t(`webhooks.type.${type}`), hint: type, isChecked: typed.types.includes(type) })),
    },
    errors,
    conflict: isStale ? { kind: 'warning', text: t('webhooks.stale') } : undefined,
  }
}

export function secretModel(viewer: Viewer, id: number, url: string, secret: string): SecretModel {
  return { listUrl: paths.webhooks, intro: translator(viewer.language)('webhooks.secret.intro', { host: new URL(url).host }), secret, doneUrl: paths.webhook(id) }
}

export function removalModel(viewer: Viewer, { id, url }: EndpointRow): ConfirmModel {
  return confirmModel(viewer, 'removal', url, paths.webhookStep(id, 'removal'), paths.webhook(id), { icon: 'trash-2', isDanger: true })
}

export function rotationModel(viewer: Viewer, { id, url }: EndpointRow): ConfirmModel {
  return confirmModel(viewer, 'rotate', url, paths.webhookStep(id, 'secret'), paths.webhook(id), { icon: 'key-round' })
}

function confirmModel({ language }: Viewer, what: 'removal' | 'rotate', url: string, action: string, cancelUrl: string, look: { icon: string; isDanger?: boolean }): ConfirmModel {
  const t = translator(language)
  return { confirm: { heading: t(`webhooks.${what}.title`, { host: new URL(url).host }), text: t(`webhooks.${what}.text`), action, submit: { label: t(`webhooks.${what}.submit`), ...look }, cancel: { href: cancelUrl } } }
}
