import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longMoment, wholeNumber } from '../words/format.ts'
import { translator, type Translate, type WordKey } from '../words/index.ts'
import { DELIVERY_STATES, EVENT_TYPES, TEST_EVENT, WEBHOOK_LOG_DAYS, type Failure } from './domain.ts'
import type { EndpointRow } from './endpoints.queries.ts'
import { sinceText, type LogQuery } from './input.ts'
import type { AttemptRow, DeliveryRow } from './log.queries.ts'
import { endpointPill, endpointState, momentModel, openTexts, type Moment, type Pill } from './views.ts'

export const DELIVERIES_PER_PAGE = 50

type Option = { value: string; label: string }
type Field = { name: string; label: string; type: string; value: string; emptyLabel?: string; options?: Option[]; error?: string; autocomplete: string; hint?: string }

export type EndpointModel = {
  listUrl: string
  note: string
  notice: { kind: 'warning' | 'error' | 'info'; text: string } | undefined
  state: Pill
  rows: { term: string; lines: string[]; link?: { href: string; label: string } }[]
  test: string | undefined
  resume: string | undefined
  menu: { label: string; items: ({ label: string; icon: string; href: string; isDanger?: boolean } | { label: string; icon: string; post: string } | { isLine: true })[] }
  log: {
    filters: { action: string; fields: Field[]; clearUrl: string }
    rows: { url: string; event: string; type: string; at: Moment; state: Pill; answer: string; tries: string }[]
    empty: string
    kept: string
    nextUrl: string | undefined
    firstUrl: string | undefined
  }
  resending: { action: string; field: Field; errors: { field: string; text: string }[] } | undefined
}

export type StateModel = {
  /** Where it reads itself again until something has become of it. */
  liveUrl: string
  state: Pill
  rows: { term: string; lines: string[] }[]
  resend: { action: string; label: string } | undefined
  attempts: { heading: string; at: Moment; result: string; tone: string; duration: string; answer: string }[]
}
export type DeliveryModel = { listUrl: string; endpointUrl: string; endpointName: string; delivery: StateModel; headers: string; body: string }

declare module '../web/render.ts' {
  interface ViewModels {
    'webhooks/show': EndpointModel
    'webhooks/delivery': DeliveryModel
    'webhooks/_state': { delivery: StateModel }
  }
}

const LOOKS = {
  waiting: { tone: 'info', icon: 'clock' }, retrying: { tone: 'warning', icon: 'hourglass' }, sending: { tone: 'info', icon: 'send' },
  delivered: { tone: 'ok', icon: 'circle-check' }, failed: { tone: 'error', icon: 'circle-x' },
} as const

function statePill(t: Translate, { state, reason, is_due }: Pick<DeliveryRow, 'state' | 'reason' | 'is_due'>): Pill {
  const look = state === 'waiting' && reason !== null && !is_due ? 'retrying' : state
  return { text: t(`webhooks.delivery.${look}`), ...LOOKS[look] }
}

function typeText(t: Translate, type: string): string {
  return [...EVENT_TYPES, TEST_EVENT].some((known) => known === type) ? t(`webhooks.type.${type}` as WordKey) : type
}

function resultText(t: Translate, reason: Failure | null, status: number | null): string {
  if (reason !== null) return t(`webhooks.reason.${reason}`, { status: status ?? '' })
  return status === null ? '' : t('webhooks.taken', { status })
}

export function endpointModel(viewer: Viewer, given: { endpoint: EndpointRow; rows: readonly DeliveryRow[]; query: LogQuery; now: Date; since?: { typed: string; isWrong: boolean } }): EndpointModel {
  const { endpoint, since, now } = given
  const { language, company } = viewer
  const t = translator(language)
  const state = endpointState(endpoint)
  const step = (name: Parameters<typeof paths.webhookStep>[1]) => paths.webhookStep(endpoint.id, name)
  const isOn = endpoint.state === 'active'
  const wrong = since?.isWrong ? t('webhooks.resendFailed.fault') : undefined
  return {
    listUrl: paths.webhooks, note: endpoint.note, state: endpointPill(t, endpoint), notice: noticeOf(viewer, endpoint),
    rows: [
      { term: t('webhooks.address'), lines: [endpoint.url] },
      { term: t('webhooks.events'), lines: endpoint.types.map((type) => `${t(`webhooks.type.${type}`)} (${type})`) },
      { term: t('webhooks.lastTaken'), lines: [endpoint.delivered_at ? longMoment(language, endpoint.delivered_at, company.timeZone) : t('webhooks.never')] },
      { term: t('webhooks.open'), lines: openTexts(t, endpoint) },
      {
        term: t('webhooks.secret'), link: { href: step('secret'), label: t('webhooks.rotate') },
        lines: [t('webhooks.secret.sealed'), ...(endpoint.rotates_until ? [t('webhooks.secret.rotating', { moment: longMoment(language, endpoint.rotates_until, company.timeZone) })] : [])],
      },
    ],
    test: isOn ? step('test') : undefined,
    resume: isOn ? undefined : step('resumption'),
    menu: {
      label: t('shared.actions'),
      items: [
        { label: t('webhooks.edit'), icon: 'pencil', href: step('edit') },
        ...(isOn ? [{ label: t('webhooks.pause'), icon: 'pause', post: step('pause') }] : []),
        { isLine: true }, { label: t('webhooks.remove'), icon: 'trash-2', href: step('removal'), isDanger: true },
      ],
    },
    log: logModel(viewer, t, given),
    resending: state === 'paused' || state === 'off' ? undefined : {
      action: step('resending'), errors: wrong ? [{ field: 'since', text: wrong }] : [],
      field: {
        name: 'since', label: t('webhooks.resendFailed.since'), type: 'datetime-local', autocomplete: 'off',
        value: since?.typed ?? sinceText(endpoint.failing_since ?? new Date(now.getTime() - 86_400_000), company.timeZone), ...(wrong ? { error: wrong } : {}),
      },
    },
  }
}

function noticeOf({ language, company }: Viewer, endpoint: EndpointRow): EndpointModel['notice'] {
  const t = translator(language)
  const state = endpointState(endpoint)
  if (state === 'active') return undefined
  if (state === 'failing') return { kind: 'warning', text: t('webhooks.why.failing', { moment: longMoment(language, endpoint.failing_since!, company.timeZone) }) }
  return state === 'paused' ? { kind: 'info', text: t('webhooks.why.paused') } : { kind: 'error', text: t(`webhooks.why.off.${endpoint.off_reason ?? 'failing'}`) }
}

function logModel(viewer: Viewer, t: Translate, { endpoint, rows, query }: { endpoint: EndpointRow; rows: readonly DeliveryRow[]; query: LogQuery }): EndpointModel['log'] {
  const shown = rows.slice(0, DELIVERIES_PER_PAGE)
  const here = paths.webhook(endpoint.id)
  const isFiltered = query.state !== undefined || query.type !== undefined
  const address = (before?: number) => {
    const search = new URLSearchParams({ ...(query.state ? { state: query.state } : {}), ...(query.type ? { type: query.type } : {}), ...(before ? { before: String(before) } : {}) })
    return search.size === 0 ? here : `${here}?${search}`
  }
  return {
    filters: {
      action: here, clearUrl: isFiltered ? here : '',
      fields: [
        { name: 'state', label: t('webhooks.state'), type: 'select', value: query.state ?? '', emptyLabel: t('webhooks.anyState'), autocomplete: 'off', options: DELIVERY_STATES.map((state) => ({ value: state, label: t(`webhooks.delivery.${state}`) })) },
        { name: 'type', label: t('webhooks.event'), type: 'select', value: query.type ?? '', emptyLabel: t('webhooks.anyEvent'), autocomplete: 'off', options: [...EVENT_TYPES, TEST_EVENT].map((type) => ({ value: type, label: typeText(t, type) })) },
      ],
    },
    rows: shown.map((row) => ({
      url: paths.webhookDelivery(endpoint.id, row.id), event: typeText(t, row.type), type: row.type, at: momentModel(viewer, row.created_at), state: statePill(t, row),
      answer: resultText(t, row.reason, row.answer_status), tries: t('webhooks.tries', { count: row.attempts }),
    })),
    empty: t(isFiltered ? 'webhooks.log.noneFound' : 'webhooks.log.none'), kept: t('webhooks.log.kept', { days: WEBHOOK_LOG_DAYS }),
    nextUrl: rows.length > DELIVERIES_PER_PAGE ? address(shown.at(-1)!.id) : undefined,
    firstUrl: query.before === undefined ? undefined : address(),
  }
}

export function stateModel(viewer: Viewer, endpoint: EndpointRow, delivery: DeliveryRow, attempts: readonly AttemptRow[]): StateModel {
  const { language, company } = viewer
  const t = translator(language)
  const moment = (at: Date) => longMoment(language, at, company.timeZone)
  const isWaiting = delivery.state === 'waiting'
  const isLive = delivery.state === 'sending' || (isWaiting && delivery.is_due && endpoint.state === 'active')
  return {
    liveUrl: isLive ? paths.webhookDeliveryStep(endpoint.id, delivery.id, 'state') : '',
    state: statePill(t, delivery),
    rows: [
      { term: t('webhooks.event'), lines: [typeText(t, delivery.type), delivery.type] },
      { term: t('webhooks.at'), lines: [moment(delivery.created_at)] },
      { term: t('webhooks.eventId'), lines: [delivery.event_id] },
      ...(delivery.reason !== null || delivery.answer_status !== null ? [{ term: t('webhooks.answer'), lines: [resultText(t, delivery.reason, delivery.answer_status)] }] : []),
      ...(isWaiting && endpoint.state === 'active' ? [{ term: t('webhooks.nextTry'), lines: [moment(delivery.next_attempt_at)] }] : []),
    ],
    resend: endpoint.state !== 'active' || isLive ? undefined : { action: paths.webhookDeliveryStep(endpoint.id, delivery.id, 'resending'), label: t(isWaiting ? 'webhooks.resendNow' : 'webhooks.resend') },
    attempts: attempts.map((attempt) => ({
      heading: t('webhooks.attempt', { no: attempt.no }), at: momentModel(viewer, attempt.at), result: resultText(t, attempt.reason, attempt.status), tone: attempt.reason === null ? 'ok' : 'error',
      duration: t('webhooks.duration', { ms: wholeNumber(language, attempt.duration_ms) }), answer: attempt.answer,
    })),
  }
}

export function deliveryModel(viewer: Viewer, endpoint: EndpointRow, delivery: DeliveryRow, attempts: readonly AttemptRow[]): DeliveryModel {
  return {
    listUrl: paths.webhooks, endpointUrl: paths.webhook(endpoint.id), endpointName: new URL(endpoint.url).host, delivery: stateModel(viewer, endpoint, delivery, attempts),
    headers: `POST ${endpoint.url}\ncontent-type: application/json\nwebhook-id: ${delivery.event_id}`, body: JSON.stringify(JSON.parse(delivery.body), null, 2),
  }
}

export function deliveryTitle(viewer: Viewer, delivery: DeliveryRow): string {
  const t = translator(viewer.language)
  return t('webhooks.deliveryTitle', { type: typeText(t, delivery.type), moment: longMoment(viewer.language, delivery.created_at, viewer.company.timeZone) })
}
