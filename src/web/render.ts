import path from 'node:path'
import fastifyView from '@fastify/view'
import { Eta } from 'eta'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isLanguage, type Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { asset } from './assets.ts'
import { adminTabs, navigation, type Section } from './navigation.ts'
import { bellModel, BELLS } from './bell.ts'
import { helpLinks } from './help.ts'
import { paths } from './paths.ts'

/**
 * Template name → the model it receives. Rooms add theirs by declaration merging:
 * `declare module '../web/render.ts' { interface ViewModels { 'campaigns/show': CampaignModel } }`
 */
export interface ViewModels {
  'errors/problem': { heading: string; explanation: string; hint: string; reference: string; home: string }
}

export type Flash = { kind: 'ok' | 'warning' | 'error'; text: string }
export type PageOptions = { title?: string; section?: Section; status?: number; flash?: Flash; language?: Language; hasError?: boolean }

declare module 'fastify' {
  interface Session {
    flash?: Flash
    language?: Language
  }
}

export async function registerViews(app: FastifyInstance): Promise<void> {
  await app.register(fastifyView, {
    engine: { eta: new Eta({ autoEscape: true, autoTrim: false }) },
    root: path.resolve(import.meta.dirname, '../../views'),
    viewExt: 'eta',
    production: process.execArgv.every((argument) => !argument.startsWith('--watch')),
  })
}

/** A page or fragment in the language of the person. Pages name their layout themselves and need a title. */
export async function render<Name extends keyof ViewModels>(reply: FastifyReply, name: Name, model: ViewModels[Name], options: PageOptions = {}): Promise<FastifyReply> {
  const { request } = reply
  const language = options.language ?? languageOf(request)
  // What refreshes itself, even by choosing its piece from a whole page, must not eat the sentence that the next page is about to show.
  const flash = options.flash ?? (request.headers['hx-request'] === 'true' ? undefined : takeFlash(request))
  const page = {
    title: options.title ?? '',
    section: options.section,
    hasError: options.hasError ?? options.status === 422,
    user: request.viewer && { name: request.viewer.name, email: request.viewer.email, companyName: request.viewer.company.name, language },
    csrf: request.session ? reply.generateCsrf() : '',
    path: request.url,
    nav: request.viewer ? navigation(request.viewer, language, options.section) : [],
    adminTabs: request.viewer && options.section === 'administration' ? adminTabs(request.viewer, language, request.url) : undefined,
    flash,
    newsUrl: request.viewer ? paths.news : '',
    bells: request.viewer ? BELLS.map((id) => bellModel(language, request.unread, id)) : [],
    accountUrl: paths.account,
    helpUrl: paths.help,
    help: helpLinks[language],
    signOutUrl: paths.logout,
    languageUrl: paths.language,
  }
  reply.status(options.status ?? reply.statusCode).type('text/html; charset=utf-8').header('cache-control', 'no-store').header('vary', 'HX-Request, Accept-Language')
  return reply.view(name, { ...model, t: translator(language), lang: language, asset, page })
}

/** The viewer's own choice, else what the browser asks for. */
export function languageOf(request: FastifyRequest): Language {
  if (request.viewer) return request.viewer.language
  const asked = (request.query as Record<string, unknown> | undefined)?.['lang']
  if (isLanguage(asked)) return asked
  if (request.session?.language) return request.session.language
  const accepted = (request.headers['accept-language'] ?? '').toLowerCase()
  const fr = accepted.indexOf('fr')
  const en = accepted.indexOf('en')
  return en >= 0 && (fr < 0 || en < fr) ? 'en' : 'fr'
}

/** A sentence shown once, on the next page. */
export function flash(request: FastifyRequest, kind: Flash['kind'], text: string): void {
  request.session.flash = { kind, text }
}

/** True when htmx asks for a part of the page only. The caller answers with `Vary: HX-Request`, which render sets. */
export function wantsFragment(request: FastifyRequest): boolean {
  return request.headers['hx-request'] === 'true' && request.headers['hx-request-type'] !== 'full'
}

/** After a successful POST: 303 for a browser, a header that navigates for htmx. */
export function redirect(reply: FastifyReply, url: string): FastifyReply {
  if (reply.request.headers['hx-request'] === 'true') return reply.header('hx-redirect', url).status(204).send()
  return reply.redirect(url, 303)
}

function takeFlash(request: FastifyRequest): Flash | undefined {
  const waiting = request.session?.flash
  if (waiting) delete request.session.flash
  return waiting
}
