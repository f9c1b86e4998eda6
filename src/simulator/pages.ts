/** What the simulator's pages share: templates, files, headers, language and the same-origin check. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Eta } from 'eta'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { translator } from '../words/index.ts'
import { isLanguage, type Language } from '../words/define.ts'
import { layoutModel, type Place } from './views.ts'

const ROOT = new URL('../../', import.meta.url)
const FILES = [
  { url: '/simulator/simulator.css', file: new URL('public/simulator.css', ROOT), type: 'text/css; charset=utf-8' },
  { url: '/simulator/htmx.js', file: new URL(import.meta.resolve('htmx.org/dist/htmx.min.js')), type: 'text/javascript; charset=utf-8' },
]
const HEADERS = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  // Not no-referrer: under it browsers send `Origin: null` with our own forms.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'x-robots-tag': 'noindex, nofollow',
}

export type Pages = ReturnType<typeof createPages>

export function createPages() {
  const eta = new Eta({ views: new URL('views', ROOT).pathname, cache: true })
  return {
    render: (template: string, model: object): string => eta.render(template, model),
    renderProblem(place: Place, problem: 'notFound' | 'refused' | 'failed', url: string): string {
      const t = translator(place.language)
      const title = t(`simulator.${problem}`)
      return eta.render('simulator/problem', { layout: layoutModel(place, title, url), title, hint: t(`simulator.${problem}Hint`) })
    },
  }
}

export function registerFiles(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    if (request.url.startsWith('/simulator') || request.url === '/') reply.headers(HEADERS)
  })
  for (const { url, file, type } of FILES) {
    const content = readFileSync(file)
    const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
    app.get(url, (request, reply) => {
      reply.headers({ etag: tag, 'cache-control': 'no-cache' })
      return request.headers['if-none-match'] === tag ? reply.code(304).send() : reply.type(type).send(content)
    })
  }
}

/** `?lang=` wins, then the browser's first choice among ours, then French. */
export function chooseLanguage(request: FastifyRequest): Place {
  const asked = (request.query as { lang?: unknown } | undefined)?.lang
  if (isLanguage(asked)) return { language: asked, isChosen: true }
  return { language: preferredLanguage(request.headers['accept-language'] ?? ''), isChosen: false }
}

function preferredLanguage(header: string): Language {
  const wishes = header.slice(0, 500).split(',').map((wish) => {
    const [tag = '', quality = ''] = wish.trim().toLowerCase().split(';')
    return { language: tag.split('-')[0], weight: Number(/q=([\d.]+)/.exec(quality)?.[1] ?? 1) }
  })
  return wishes.toSorted((a, b) => b.weight - a.weight).map(({ language }) => language).find(isLanguage) ?? 'fr'
}

/** Browsers say where a form comes from, by Sec-Fetch-Site where the address is trustworthy and by Origin elsewhere; a request that says nothing comes from no page. */
export function isSameOrigin(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const { origin, host } = request.headers
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
}
