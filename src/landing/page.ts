import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { Eta } from 'eta'
import type { FastifyReply } from 'fastify'
import type { ClosedModel } from './closed.views.ts'
import type { Frame } from './frame.views.ts'
import type { NoticeModel } from './notice.ts'
import type { StatementModel } from './statements.views.ts'
import type { StopModel } from './stop.views.ts'
import type { AnsweredModel, CampaignPageModel, FormModel } from './views.ts'

export interface LandingViews {
  form: FormModel
  answered: AnsweredModel
  closed: ClosedModel
  stop: StopModel
  page: CampaignPageModel
  statement: StatementModel
}

export type Delivery = {
  policy: string
  status?: number
  /** Only a form may be kept by the browser: Back then finds it filled in after a lost connection. */
  isForm?: boolean
  isSecure: boolean
}

const eta = new Eta({ views: path.resolve(import.meta.dirname, '../../views'), autoEscape: true, autoTrim: [false, 'nl'], rmWhitespace: true, cache: process.execArgv.every((argument) => !argument.startsWith('--watch')) })

// Templates here name each other by where they stand, so a name is one file; Eta itself would work it out anew each time.
const fileOf = eta.resolvePath
const files = new Map<string, string>()
eta.resolvePath = (name, options) => {
  const file = files.get(name) ?? fileOf!.call(eta, name, options)
  files.set(name, file)
  return file
}

const inBrotli = promisify(brotliCompress)
const inGzip = promisify(gzip)
// A page is 15 kB at most: a window of 32 kB sees all of it and costs a fraction of the default's memory and time.
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT, [constants.BROTLI_PARAM_LGWIN]: 15 } }

/** Headers that every answer of the landing page carries. A link is a secret: it goes into no referrer, index or shared cache. */
export function protect(reply: FastifyReply, delivery: Delivery): FastifyReply {
  if (delivery.isSecure) reply.header('strict-transport-security', 'max-age=31536000')
  return reply
    .header('content-security-policy', delivery.policy)
    .header('referrer-policy', 'no-referrer')
    .header('x-robots-tag', 'noindex, nofollow, noarchive')
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', delivery.isForm ? 'private, no-cache' : 'no-store')
    .header('vary', 'Accept, Accept-Encoding, Accept-Language, Save-Data')
}

/** One page, in one compressed answer. */
export async function sendPage<Name extends keyof LandingViews>(reply: FastifyReply, name: Name, model: LandingViews[Name], delivery: Delivery): Promise<FastifyReply> {
  const encoding = encodingFor(reply)
  return sendBytes(reply, await compress(renderPage(name, model), encoding), encoding, delivery)
}

/** The page's own part inside the frame of its company, which is kept as bytes. */
export function renderPage<Name extends keyof LandingViews>(name: Name, model: LandingViews[Name]): Buffer {
  const body = eta.render(`/landing/${name}`, model)
  const values: Record<Hole, string> = { title: escape(model.title), languageUrl: escape(model.languageUrl), stopUrl: escape(model.stopUrl), privacyUrl: escape(model.privacyUrl), accessibilityUrl: escape(model.accessibilityUrl), body }
  const { texts, holes, length } = piecesOf(model.frame)
  // At once into one buffer, which is large enough for whatever the characters are.
  const page = Buffer.allocUnsafe(holes.reduce((sum, hole) => sum + values[hole].length * 3, length))
  let end = 0
  texts.forEach((text, index) => {
    page.set(text, end)
    end += text.length
    const hole = holes[index]
    if (hole) end += page.write(values[hole], end)
  })
  return page.subarray(0, end)
}

export function renderNotice(model: NoticeModel): Buffer {
  return Buffer.from(eta.render('/landing/notice', model))
}

/** What of the frame differs from page to page. */
const HOLES = ['title', 'languageUrl', 'body', 'stopUrl', 'privacyUrl', 'accessibilityUrl'] as const
type Hole = (typeof HOLES)[number]
/** Nobody can know it, so no text of a company can hold it. */
const MARK = randomUUID()
type Pieces = { texts: Buffer[]; holes: Hole[]; length: number }
const pieces = new WeakMap<Frame, Pieces>()

function piecesOf(frame: Frame): Pieces {
  const known = pieces.get(frame)
  if (known) return known
  const marks = Object.fromEntries(HOLES.map((hole) => [hole, `${MARK}${hole} `]))
  const parts = eta.render('/landing/layout', { ...frame, ...marks }).split(new RegExp(`${MARK}(\\w+) `))
  const texts = parts.filter((_, index) => index % 2 === 0).map((text) => Buffer.from(text))
  const made: Pieces = { texts, holes: parts.filter((_, index) => index % 2 === 1) as Hole[], length: texts.reduce((sum, text) => sum + text.length, 0) }
  pieces.set(frame, made)
  return made
}

function escape(text: string): string {
  return eta.config.escapeFunction(text)
}

// Named, and not with the weight zero that means "never".
const TAKES_BROTLI = /\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/
const TAKES_GZIP = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/

export type Encoding = 'br' | 'gzip' | 'identity'

export function encodingFor({ request }: FastifyReply): Encoding {
  const accepted = String(request.headers['accept-encoding'] ?? '')
  return TAKES_BROTLI.test(accepted) ? 'br' : TAKES_GZIP.test(accepted) ? 'gzip' : 'identity'
}

export async function compress(html: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'br') return inBrotli(html, BROTLI)
  return encoding === 'gzip' ? inGzip(html) : html
}

export function sendBytes(reply: FastifyReply, bytes: Buffer, encoding: Encoding, delivery: Delivery): FastifyReply {
  protect(reply, delivery).status(delivery.status ?? 200).type('text/html; charset=utf-8')
  if (encoding !== 'identity') reply.header('content-encoding', encoding)
  return reply.send(bytes)
}
