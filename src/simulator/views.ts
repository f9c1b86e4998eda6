/** View models of the virtual phones: every word, time and link ready to print. */
import { formatPhone } from '../sms/phone.ts'
import { translator, type Translate, type WordKey } from '../words/index.ts'
import type { Language } from '../words/define.ts'
import { shortMoment, wholeNumber } from '../words/format.ts'
import { canReceiveReplies, MAGIC_ENDINGS } from './domain.ts'
import type { MessageRow, PhoneRow } from './queries.ts'

/** Nobody's time zone: the product's home. */
const ZONE = 'Europe/Paris'

export type Place = { language: Language; /** `&lang=en` when chosen by hand, to be kept in links. */ isChosen: boolean }
export type TextPart = { text: string; href?: string }
export type LayoutModel = { t: Translate; language: Language; title: string; homeUrl: string; otherLanguageUrl: string; otherLanguage: Language }

export function layoutModel(place: Place, title: string, here: string): LayoutModel {
  const otherLanguage = place.language === 'fr' ? 'en' : 'fr'
  const separator = here.includes('?') ? '&' : '?'
  return { t: translator(place.language), language: place.language, title, homeUrl: link(place, '/simulator'), otherLanguageUrl: `${here}${separator}lang=${otherLanguage}`, otherLanguage }
}

export type PhonesModel = ReturnType<typeof phonesModel>
export function phonesModel(place: Place, found: { phones: PhoneRow[]; total: number; search: string; digits: string; isFirstPage: boolean; olderThan: number | undefined }) {
  const t = translator(place.language)
  const query = { q: found.search }
  return {
    t,
    url: link(place, '/simulator/phones', query),
    isLive: found.isFirstPage,
    count: t('simulator.phonesCount', { count: found.total }),
    isEmpty: found.phones.length === 0,
    search: found.search,
    lang: place.isChosen ? place.language : undefined,
    clearUrl: link(place, '/simulator'),
    newestUrl: found.isFirstPage ? undefined : link(place, '/simulator', query),
    olderUrl: found.olderThan === undefined ? undefined : link(place, '/simulator', { ...query, before: String(found.olderThan) }),
    phones: found.phones.map((phone) => ({
      url: link(place, `/simulator/phones/${phone.number}`),
      number: formatPhone(`+${phone.number}`),
      key: phone.number,
      text: phone.last_direction === 'from_phone' ? t('simulator.fromThisPhone', { text: phone.last_text }) : phone.last_text,
      ...moment(place.language, phone.last_at),
      messages: t('simulator.messagesCount', { count: phone.messages }),
    })),
  }
}

export function magicModel(place: Place, isOn: boolean) {
  const t = translator(place.language)
  return { t, isOn, numbers: MAGIC_ENDINGS.map((ending) => ({ ending, effect: t(`simulator.magic${ending}` as WordKey) })) }
}

export type ConversationModel = ReturnType<typeof conversationModel>
export function conversationModel(place: Place, found: { phone: string; sender: string; messages: MessageRow[]; waiting: number; isFirstPage: boolean; olderThan: number | undefined }) {
  const t = translator(place.language)
  const page = `/simulator/phones/${found.phone}`
  return {
    t,
    url: link(place, `${page}/conversation`, { sender: found.sender }),
    isLive: found.isFirstPage,
    label: t('simulator.conversationWith', { sender: senderName(found.sender) }),
    waiting: found.waiting === 0 ? undefined : t('simulator.receiptsWaiting', { count: found.waiting }),
    earlierUrl: found.olderThan === undefined ? undefined : link(place, page, { sender: found.sender, before: String(found.olderThan) }),
    latestUrl: found.isFirstPage ? undefined : link(place, page, { sender: found.sender }),
    messages: found.messages.toReversed().map((message) => ({
      id: message.id,
      isReply: message.direction === 'from_phone',
      isMissing: NEVER_ARRIVED.has(message.state),
      direction: t(message.direction === 'from_phone' ? 'simulator.sent' : NEVER_ARRIVED.has(message.state) ? 'simulator.notReceived' : 'simulator.received'),
      parts: linkParts(message.text),
      ...moment(place.language, message.at),
      state: stateWords(t, message),
      stateClass: message.state,
      segments: message.segments > 1 ? `${wholeNumber(place.language, message.segments)} SMS` : undefined,
    })),
  }
}

export function phoneModel(place: Place, found: { phone: string; sender: string; senders: string[]; problem?: 'replyEmpty' | 'replyTooLong' | undefined; typed?: string }) {
  const t = translator(place.language)
  const page = `/simulator/phones/${found.phone}`
  return {
    t,
    number: formatPhone(`+${found.phone}`),
    sender: senderName(found.sender),
    senders: found.senders.length < 2 ? [] : found.senders.map((sender) => ({ name: senderName(sender), url: link(place, page, { sender }), isCurrent: sender === found.sender })),
    canReply: canReceiveReplies(found.sender),
    cannotReply: t('simulator.cannotReply', { sender: found.sender }),
    replyUrl: link(place, `${page}/replies`),
    senderValue: found.sender,
    typed: found.typed ?? '',
    problem: found.problem ? t(`simulator.${found.problem}`) : undefined,
    quickReplies: ['OUI', 'NON', 'STOP'],
  }
}

/** Text cut at its web links. Only http and https become links; punctuation after one is not part of it. */
export function linkParts(text: string): TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"'«»\u00a0]+/gi)) {
    const written = match[0].replace(/[.,;:!?)\]}…]+$/, '')
    const href = safeHref(written)
    if (!href) continue
    if (match.index > end) parts.push({ text: text.slice(end, match.index) })
    parts.push({ text: written, href })
    end = match.index + written.length
  }
  if (end < text.length) parts.push({ text: text.slice(end) })
  return parts
}

function safeHref(written: string): string | undefined {
  const url = URL.canParse(written) ? new URL(written) : undefined
  // Credentials in a link only serve to disguise where it goes.
  return url && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '' ? url.href : undefined
}

export function link(place: Place, path: string, query: Record<string, string> = {}): string {
  const wanted: [string, string][] = [...Object.entries(query), ['lang', place.isChosen ? place.language : '']]
  const search = new URLSearchParams(wanted.filter(([, value]) => value !== ''))
  return search.size === 0 ? path : `${path}?${search}`
}

function senderName(sender: string): string {
  return canReceiveReplies(sender) && sender.length > 6 ? formatPhone(`+${sender}`) : sender
}

function moment(language: Language, at: number) {
  return { iso: new Date(at).toISOString(), time: shortMoment(language, new Date(at), ZONE) }
}

/** Shown all the same, in a dashed bubble: whoever looks at a phone wonders where its message is. */
const NEVER_ARRIVED: ReadonlySet<string> = new Set(['rejected', 'undeliverable'])
const STATES: ReadonlySet<string> = new Set(['accepted', 'submitted', 'delivered', 'undeliverable', 'rejected', 'silent', 'sent', 'sending', 'lost'])

function stateWords(t: Translate, { state, code }: MessageRow): string {
  const words = STATES.has(state) ? t(`simulator.state_${state}` as WordKey) : state
  return code === null ? words : `${words} (${code})`
}
