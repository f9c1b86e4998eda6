import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { links, visit } from './page.ts'

const page = (body: string, title = 'Candidats – Dispo') => `<!doctype html><html lang="fr"><head><title>${title}</title></head><body><main><h1>Candidats</h1>${body}</main></body></html>`
const FORM = `<form method="post" action="/echo"><input type="hidden" name="_csrf" value="t1">
  <label for="n">Nom</label><input id="n" name="name" value="Zoé">
  <label for="c">Métier</label><select id="c" name="trade"><option value="mason">Maçon<option value="driver" selected>Cariste</select>
  <fieldset><label><input type="radio" name="answer" value="yes"> OUI</label><label><input type="radio" name="answer" value="no" checked> NON</label></fieldset>
  <label for="m">Mot</label><textarea id="m" name="words">
a &lt; b</textarea>
  <button name="go" value="save">Enregistrer</button><button name="go" value="send" formaction="/echo?sent">Envoyer</button></form>`

const GOOD = page(`${FORM}<p>Alice &amp; Bob</p><a href="/x">Lien</a><ul><li>un<li>deux</ul>`)
const FAULTY: Record<string, [string, RegExp]> = {
  'two headings': [page('<h1>Encore</h1>'), /2 h1: Candidats \| Encore/],
  'a title of another page': [page('', 'Campagnes – Dispo'), /does not contain the h1/],
  'a repeated id': [page('<p id="a"></p><p id="a"></p>'), /id a is used more than once/],
  'a field without label': [page('<form action="/x"><input name="q"></form>'), /<input name="q"> has no label/],
  'a form without action': [page('<form><button>Oui</button></form>'), /has no action/],
  'a missing value in the text': [page('<p>Bonjour undefined</p>'), /Bonjour undefined/],
  'an object in an attribute': [page('<p title="[object Object]">a</p>'), /\[object Object\]/],
  'a number gone wrong': [page('<p>NaN réponses</p>'), /NaN/],
  'a button without words': [page('<button><svg></svg></button>'), /has no words/],
  'a picture without alternative': [page('<img src="/a.png">'), /has no alt/],
  'a description that is not there': [page('<p aria-describedby="nothing">a</p>'), /names nothing, which is not there/],
  'an element left open': [page('<div><section></div>'), /<section> is not closed/],
  'a link to nowhere': [page('<a href="#">a</a>'), /leads nowhere/],
}

let app: FastifyInstance

beforeAll(async () => {
  app = Fastify()
  await app.register(cookie)
  await app.register(formbody)
  const html = (path: string, body: string) => app.get(path, (_request, reply) => reply.type('text/html; charset=utf-8').send(body))
  html('/good', GOOD)
  for (const [index, [body]] of Object.values(FAULTY).entries()) html(`/faulty/${index}`, body)
  app.get('/remember', (_request, reply) => reply.setCookie('who', 'Alice', { path: '/' }).redirect('/whoami', 303))
  app.get('/whoami', (request) => request.cookies)
  app.post('/echo', (request) => ({ body: request.body, query: request.query }))
  await app.ready()
})
afterAll(() => app.close())

test('a good page is read like a person reads it', async () => {
  const read = await visit(app).get('/good')
  expect(read.heading).toBe('Candidats')
  expect(read.text).toContain('Alice & Bob')
  expect(read.text).toContain('un deux')
  expect(links(read)).toEqual([{ href: '/x', text: 'Lien' }])
})

test.each(Object.entries(FAULTY).map(([name, [, message]], index) => ({ name, index, message })))('a page with $name is refused', async ({ index, message }) => {
  await expect(visit(app).get(`/faulty/${index}`)).rejects.toThrow(message)
})

test('a form goes out as a browser would send it', async () => {
  const visitor = visit(app)
  const sent = await visitor.submit(await visitor.get('/good'), { answer: 'yes' })
  expect(JSON.parse(sent.html)).toEqual({ query: {}, body: { _csrf: 't1', name: 'Zoé', trade: 'driver', words: 'a < b', answer: 'yes', go: 'save' } })
  const other = await visitor.submit(await visitor.get('/good'), {}, { button: 'Envoyer' })
  expect(JSON.parse(other.html)).toMatchObject({ query: { sent: '' }, body: { answer: 'no', go: 'send' } })
})

test('a form cannot be filled in ways a page does not offer', async () => {
  const visitor = visit(app)
  const read = await visitor.get('/good')
  await expect(visitor.submit(read, { answer: 'maybe' })).rejects.toThrow('answer does not offer maybe; it offers yes, no')
  await expect(visitor.submit(read, { nmae: 'x' })).rejects.toThrow('has no field nmae')
  await expect(visitor.submit(read, {}, { button: 'Supprimer' })).rejects.toThrow('has no button « Supprimer »')
})

test('a visitor keeps cookies and follows redirects', async () => {
  const visitor = visit(app)
  const arrived = await visitor.get('/remember')
  expect(arrived.url).toBe('/whoami')
  expect(JSON.parse(arrived.html)).toEqual({ who: 'Alice' })
})
