/** The pages of virtual phones. They show what a person would see, and let them answer. */
import { createHash, randomInt, randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { measureSms } from '../sms/segments.ts'
import { translator } from '../words/index.ts'
import { canReceiveReplies, searchDigits } from './domain.ts'
import { conversationQuery, phoneNumber, phonesQuery, replyForm, replyProblem } from './input.ts'
import type { Store } from './queries.ts'
import { chooseLanguage, isSameOrigin, type Pages } from './pages.ts'
import { conversationModel, layoutModel, link, magicModel, phoneModel, phonesModel, type Place } from './views.ts'
import { inboundBody, partBody, splitText } from './webhooks.ts'

const PHONES_PER_PAGE = 30
const MESSAGES_PER_PAGE = 40

export type PhonesDeps = { store: Store; pages: Pages; magicNumbers: boolean; wakeWebhooks: () => void }

export function registerPhones(app: FastifyInstance, deps: PhonesDeps): void {
  app.get('/', (_request, reply) => reply.redirect('/simulator', 303))

  app.get('/simulator', (request, reply) => {
    const place = chooseLanguage(request)
    const list = listPhones(deps.store, place, request.query)
    const layout = layoutModel(place, translator(place.language)('simulator.title'), here(request))
    return send(reply, deps.pages.render('simulator/index', { layout, list, magic: magicModel(place, deps.magicNumbers) }))
  })

  app.get('/simulator/phones', (request, reply) => {
    const list = listPhones(deps.store, chooseLanguage(request), request.query)
    return send(reply, deps.pages.render('simulator/_phones', { list }))
  })

  app.get<{ Params: { number: string } }>('/simulator/phones/:number', (request, reply) => {
    const place = chooseLanguage(request)
    const phone = findPhone(deps.store, request)
    if (!phone) return notFound(reply, deps.pages, place, here(request))
    return send(reply, renderPhone(deps, place, phone, here(request)))
  })

  app.get<{ Params: { number: string } }>('/simulator/phones/:number/conversation', (request, reply) => {
    const place = chooseLanguage(request)
    const phone = findPhone(deps.store, request)
    if (!phone) return notFound(reply, deps.pages, place, here(request))
    return send(reply, deps.pages.render('simulator/_conversation', { conversation: readConversation(deps.store, place, phone) }))
  })

  app.post<{ Params: { number: string } }>('/simulator/phones/:number/replies', { bodyLimit: 32 * 1024 }, (request, reply) => {
    const place = chooseLanguage(request)
    const form = replyForm.safeParse(request.body ?? {})
    const phone = findPhone(deps.store, request, form.success ? form.data.sender : undefined)
    if (!phone || !form.success) return notFound(reply, deps.pages, place, '/simulator')
    const page = `/simulator/phones/${phone.number}`
    const problem = canReceiveReplies(phone.sender) ? replyProblem(form.data.text) : undefined
    if (problem) return send(reply.code(422), renderPhone(deps, place, phone, page, { problem, typed: form.data.text }))
    if (canReceiveReplies(phone.sender)) {
      addReply(deps.store, { phone: phone.number, sender: phone.sender, text: form.data.text })
      deps.wakeWebhooks()
    }
    return reply.redirect(link(place, page, { sender: phone.sender }), 303)
  })

  app.addHook('onRequest', async (request, reply) => {
    if (request.method === 'POST' && request.url.startsWith('/simulator/') && !isSameOrigin(request)) {
      return send(reply.code(403), deps.pages.renderProblem(chooseLanguage(request), 'refused', '/simulator'))
    }
  })
}

/** A text from a phone to one of our numbers; its webhook is stored with it. */
export function addReply(store: Store, reply: { phone: string; sender: string; text: string }): string {
  const uuid = randomUUID()
  const at = Date.now()
  const segments = Math.max(measureSms(reply.text).segments, 1)
  store.addMessage(
    { uuid, direction: 'from_phone', ...reply, client_ref: null, segments, state: 'sending', code: null, at },
    [{ kind: 'inbound', body: inboundBody({ ...reply, uuid, segments }, new Date(at)), dueAt: at }],
  )
  return uuid
}

/**
 * A long text as the provider's older product hands it on: part by part, under other names. `order` are the parts in the order in
 * which they arrive, from 1; one left out is lost, one named twice comes twice.
 */
export function addParts(store: Store, reply: { phone: string; sender: string; text: string }, order?: readonly number[]): void {
  const pieces = splitText(reply.text)
  const ref = String(randomInt(256))
  for (const no of order ?? pieces.map((_, index) => index + 1)) {
    const uuid = randomUUID()
    const at = Date.now()
    const text = pieces[no - 1] ?? ''
    store.addMessage(
      { uuid, direction: 'from_phone', ...reply, text, client_ref: null, segments: 1, state: 'sending', code: null, at },
      [{ kind: 'inbound', body: partBody({ ...reply, text, uuid, ref, total: pieces.length, no }, new Date(at)), dueAt: at }],
    )
  }
}

type Phone = { number: string; sender: string; senders: string[]; before: number | undefined }

function findPhone(store: Store, request: FastifyRequest<{ Params: { number: string } }>, posted?: string): Phone | undefined {
  const number = phoneNumber.safeParse(request.params.number)
  if (!number.success || !store.hasPhone(number.data)) return undefined
  const query = conversationQuery.parse(request.query)
  const senders = store.listSenders(number.data)
  const wanted = posted ?? query.sender
  const sender = senders.find((known) => known === wanted) ?? senders[0]
  return sender === undefined ? undefined : { number: number.data, sender, senders, before: query.before }
}

function renderPhone(deps: PhonesDeps, place: Place, phone: Phone, url: string, form: { problem?: 'replyEmpty' | 'replyTooLong'; typed?: string } = {}): string {
  const model = phoneModel(place, { phone: phone.number, sender: phone.sender, senders: phone.senders, ...form })
  const layout = layoutModel(place, model.t('simulator.phoneTitle', { number: model.number }), url)
  return deps.pages.render('simulator/phone', { layout, phone: model, conversation: readConversation(deps.store, place, phone) })
}

function readConversation(store: Store, place: Place, phone: Phone) {
  const rows = store.listMessages(phone.number, phone.sender, phone.before, MESSAGES_PER_PAGE + 1)
  const messages = rows.slice(0, MESSAGES_PER_PAGE)
  const waiting = messages.reduce((sum, { uuid }) => sum + store.countWaiting(uuid), 0)
  const olderThan = rows.length > MESSAGES_PER_PAGE ? messages.at(-1)?.id : undefined
  return conversationModel(place, { phone: phone.number, sender: phone.sender, messages, waiting, isFirstPage: phone.before === undefined, olderThan })
}

function listPhones(store: Store, place: Place, raw: unknown) {
  const { q, before } = phonesQuery.parse(raw)
  const digits = searchDigits(q)
  const hasNonsense = q.trim() !== '' && digits === ''
  const rows = hasNonsense ? [] : store.listPhones(digits, before, PHONES_PER_PAGE + 1)
  const phones = rows.slice(0, PHONES_PER_PAGE)
  const olderThan = rows.length > PHONES_PER_PAGE ? phones.at(-1)?.last_seq : undefined
  return phonesModel(place, { phones, total: hasNonsense ? 0 : store.countPhones(digits), search: q.trim(), digits, isFirstPage: before === undefined, olderThan })
}

/** Polls ask every two seconds; an unchanged page costs the browser no more than a header. */
function send(reply: FastifyReply, html: string): FastifyReply {
  const tag = `"${createHash('sha256').update(html).digest('base64url').slice(0, 22)}"`
  reply.headers({ etag: tag, 'cache-control': 'private, no-cache', vary: 'accept-language' })
  if (reply.statusCode === 200 && reply.request.headers['if-none-match'] === tag) return reply.code(304).send()
  return reply.type('text/html; charset=utf-8').send(html)
}

function notFound(reply: FastifyReply, pages: Pages, place: Place, url: string): FastifyReply {
  return send(reply.code(404), pages.renderProblem(place, 'notFound', url))
}

/** This page's address without the language, for the link to the other one. */
function here(request: FastifyRequest): string {
  const url = new URL(request.url, 'http://simulator')
  url.searchParams.delete('lang')
  return `${url.pathname}${url.search}`
}
