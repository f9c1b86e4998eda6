import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Eta } from 'eta'
import Fastify, { type FastifyInstance } from 'fastify'
import { asset, registerAssets } from '../../../src/web/assets.ts'
import type { Language } from '../../../src/words/define.ts'
import { translator } from '../../../src/words/index.ts'

export const KIT_PAGES = { list: 'Candidats', record: 'Amadou Traoré', form: 'Nouvelle campagne SMS', confirm: 'Annuler la campagne « Coffreurs S48 » ?', 'sign-in': 'Se connecter', problem: 'Page introuvable', live: 'Fragments' } as const
export type KitPage = keyof typeof KIT_PAGES

const eta = new Eta({ views: path.resolve(import.meta.dirname, '../../../views'), autoTrim: false })
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

/** One shared partial or a page of `test/views/kit`, with what render() gives every template. */
export function renderTemplate(name: string, model: object, language: Language = 'fr', page: object = {}): string {
  return eta.render(name, { ...model, ...ambient(language, page) })
}

export function renderKitPage(name: KitPage, language: Language = 'fr'): string {
  const model = { rows: rows(), errors: [{ field: 'body', text: 'Le texte contient une lettre qui fait passer à 3 SMS : ê' }, { field: 'when', text: 'Choisissez quand envoyer' }, { field: 'from', text: 'Cette date n’existe pas : 31 février' }], fragment: renderKitFragment(200), text: 'Bonjour {prenom}, nous cherchons des coffreurs.\n{lien}' }
  const problem = { heading: KIT_PAGES.problem, explanation: 'Cette adresse ne mène nulle part.', hint: 'Vérifiez-la ou revenez à l’accueil.', reference: 'a1b2c3d4', home: '/kit/list' }
  const isSignedOut = name === 'sign-in' || name === 'problem'
  const data = { ...model, ...problem, ...ambient(language, { title: KIT_PAGES[name], path: `/kit/${name}`, ...(isSignedOut ? { user: undefined, nav: [] } : {}) }) }
  if (name === 'problem') return eta.render('/errors/problem', data)
  return eta.renderString(readFileSync(path.join(import.meta.dirname, `${name}.eta`), 'utf8'), data)
}

function renderKitFragment(status: number): string {
  const error = status === 422 ? 'Indiquez un statut' : undefined
  return eta.renderString(readFileSync(path.join(import.meta.dirname, '_fragment.eta'), 'utf8'), { error, message: `Réponse ${status}`, ...ambient('fr', {}) })
}

/** Serves the kit pages under the content policy of the application. */
export async function startKit(): Promise<{ url: string; posts: URLSearchParams[]; app: FastifyInstance }> {
  const posts: URLSearchParams[] = []
  const app = Fastify()
  await registerAssets(app)
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, text, done) => done(null, new URLSearchParams(String(text))))
  app.addHook('onSend', async (_request, reply) => { reply.header('content-security-policy', POLICY) })
  app.get('/', (_request, reply) => reply.redirect('/kit/list'))
  app.get('/logout', (_request, reply) => reply.redirect('/kit/list'))
  app.get<{ Params: { name: KitPage } }>('/kit/:name', (request, reply) => reply.type('text/html; charset=utf-8').send(renderKitPage(request.params.name)))
  // A form swapped by htmx, answered with the status that its field asks for.
  app.post<{ Body: URLSearchParams }>('/kit/fragment', (request, reply) => {
    posts.push(request.body)
    const status = Number(request.body.get('status') || 200)
    return reply.status(status).type('text/html; charset=utf-8').send(renderKitFragment(status))
  })
  app.post<{ Params: { name: string }; Body: URLSearchParams }>('/kit/:name', (request, reply) => {
    posts.push(request.body)
    return reply.redirect('/kit/record', 303)
  })
  return { url: await app.listen({ port: 0, host: '127.0.0.1' }), posts, app }
}

function ambient(language: Language, page: object) {
  const user = { name: 'Claire Martin', email: 'claire.martin@demo.example', companyName: 'Intérim Démo', language }
  const nav = [
    { section: 'candidates', href: '/kit/list', label: 'Candidats', icon: 'users', go: 'c', isCurrent: true },
    { section: 'campaigns', href: '/kit/record', label: 'Campagnes SMS', icon: 'message-square', go: 's', isCurrent: false },
    { section: 'availability', href: '/kit/form', label: 'Disponibilités', icon: 'calendar-days', go: 'd', isCurrent: false },
    { section: 'administration', href: '/kit/confirm', label: 'Administration', icon: 'settings', go: 'a', isCurrent: false },
  ]
  return { t: translator(language), lang: language, asset, page: { title: '', path: '/kit/list', csrf: 'token"><b>', signOutUrl: '/logout', languageUrl: '/language', user, nav, ...page } }
}

function rows() {
  const states = [
    { text: 'Disponible dès lun. 23 nov.', tone: 'ok', icon: 'calendar-check' },
    { text: 'Indisponible', tone: 'error', icon: 'calendar-x' },
    { text: 'Non précisé', tone: 'neutral', icon: 'circle-question-mark' },
  ]
  const texting = [{ text: 'Oui', tone: 'ok' }, { text: 'Désinscrit (STOP)', tone: 'error', icon: 'ban' }, { text: 'Sans consentement', tone: 'warning' }]
  const names = ['Amadou Traoré', 'Élodie Lefèvre', 'Jean-Baptiste de La Tour d’Auvergne', 'Nadia Ben Saïd', 'Piotr Wiśniewski', 'Luc Moreau', 'Sofia Almeida', 'Karim Haddad', 'Inès Garnier', 'Théo Rousseau', 'Mariam Diallo', 'Yann Le Goff']
  return names.map((name, index) => ({ id: String(index + 1), name, trade: ['Coffreur', 'Maçonne', 'Cariste CACES 3'][index % 3], town: ['Lyon', 'Villeurbanne', 'Saint-Étienne'][index % 3], phone: `06 39 98 00 ${String(index + 10)}`, availability: states[index % 3], answer: index % 2 ? 'OUI, 12 nov.' : '–', texting: texting[index % 4 === 3 ? 1 : index % 5 === 4 ? 2 : 0] }))
}
