import type { FastifyInstance } from 'fastify'
import supertest from 'supertest'
import type { Response } from 'supertest'
import { ancestors, elements, parseHtml, textOf } from './html.ts'
import type { Element } from './html.ts'
import { fillForm, findForm } from './forms.ts'
import type { FormValues } from './forms.ts'
import { markupFaults } from './markup.ts'

export interface Page {
  /** Where we ended up, after redirects. */
  url: string
  status: number
  headers: Record<string, string>
  html: string
  root: Element
  title: string
  /** Text of the h1; empty in a fragment. */
  heading: string
  /** What a person reads, spaces folded. */
  text: string
}

export type Headers = Record<string, string>
export interface SubmitOptions {
  /** Part of the form's action; needed where the main part of the page has several forms. */
  form?: string
  /** Words on the button, where it matters which one is pressed. */
  button?: string
  headers?: Headers
}

/** Somebody with a browser: keeps cookies, follows redirects, and refuses to look at a page with faults. */
export type Visitor = ReturnType<typeof visit>

/** A new visitor of the application, or of one in a process of its own. `headers` go with every request, for example `accept-language`. */
export function visit(app: FastifyInstance | URL, headers: Headers = {}) {
  const agent = supertest.agent(app instanceof URL ? app.origin : app.server).set({ 'accept-language': 'fr', ...headers })

  async function get(url: string, more: Headers = {}): Promise<Page> {
    return follow(url, await agent.get(url).set(more))
  }

  /** A piece of a page, as htmx asks for it. */
  async function fragment(url: string, more: Headers = {}): Promise<Page> {
    return look(url, await agent.get(url).set({ 'hx-request': 'true', 'hx-request-type': 'partial', ...more }))
  }

  /** Fills a form of the page like a person and sends it: hidden fields and what was already filled in go along. */
  async function submit(page: Page, values: FormValues = {}, options: SubmitOptions = {}): Promise<Page> {
    const filled = fillForm(findForm(page.root, options.form), values, options.button)
    const url = new URL(filled.action, `http://visitor${page.url}`)
    const target = url.pathname + url.search
    if (filled.method === 'get') return get(`${url.pathname}?${new URLSearchParams(filled.fields)}`, options.headers)
    const request = agent.post(target).set({ 'sec-fetch-site': 'same-origin', ...options.headers })
    if (!filled.isMultipart) return follow(target, await request.type('form').send(new URLSearchParams(filled.fields).toString()))
    for (const [name, value] of filled.fields) void request.field(name, value)
    for (const [name, file] of filled.files) void request.attach(name, Buffer.from(file.content), { filename: file.filename, contentType: file.type ?? 'text/csv' })
    return follow(target, await request)
  }

  /** Sends what no form of ours would: for hostile input. The form token is that of `page`. */
  async function post(page: Page, url: string, values: Record<string, string | string[]> = {}, more: Headers = {}): Promise<Page> {
    const fields = Object.entries(values).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]))
    const body = new URLSearchParams([['_csrf', formToken(page)], ...fields])
    return follow(url, await agent.post(url).set({ 'sec-fetch-site': 'same-origin', ...more }).type('form').send(body.toString()))
  }

  async function follow(url: string, response: Response): Promise<Page> {
    for (let hops = 0; response.redirect && hops < 5; hops++) {
      const next = new URL(response.headers['location']!, `http://visitor${url}`)
      // Away from the application: the page is the redirect itself.
      if (next.host !== 'visitor') break
      url = next.pathname + next.search
      response = await agent.get(url)
    }
    return look(url, response)
  }

  return { get, fragment, submit, post, agent }
}

/** Signs in through the form, like a person; fails when that does not work. */
export async function signIn(visitor: Visitor, email: string, password: string): Promise<Page> {
  const page = await visitor.submit(await visitor.get('/login'), { email, password }, { form: '/login' })
  if (page.status !== 200 || page.url.startsWith('/login')) throw new Error(`sign-in of ${email} failed: ${page.status} ${page.text.slice(0, 300)}`)
  return page
}

/** Addresses and words of the links inside the main part of a page (or in a whole fragment). */
export function links(page: Page): { href: string; text: string }[] {
  return elements(page.root)
    .filter((element) => element.tag === 'a' && isInMain(page, element))
    .map((element) => ({ href: element.attributes['href'] ?? '', text: textOf(element) }))
}

/** Text of the first element with this id; undefined when there is none. */
export function textById(page: Page, id: string): string | undefined {
  const element = elements(page.root).find(({ attributes }) => attributes['id'] === id)
  return element && textOf(element)
}

function isInMain(page: Page, element: Element): boolean {
  return page.heading === '' || ancestors(element).some(({ tag }) => tag === 'main')
}

function formToken(page: Page): string {
  return elements(page.root).find(({ attributes }) => attributes['name'] === '_csrf')?.attributes['value'] ?? ''
}

function look(url: string, response: Response): Page {
  const isHtml = (response.headers['content-type'] ?? '').startsWith('text/html')
  const html = isHtml ? response.text : ''
  const { root, faults } = parseHtml(html)
  const all = [...faults, ...(isHtml && html !== '' ? markupFaults(root) : [])]
  if (all.length > 0) throw new Error(`${response.status} ${url}:\n${all.map((fault) => `  - ${fault}`).join('\n')}`)
  const find = (tag: string) => elements(root).find((element) => element.tag === tag)
  const title = find('title')
  const heading = find('h1')
  return {
    url,
    status: response.status,
    headers: response.headers as Record<string, string>,
    html: isHtml ? html : (response.text ?? ''),
    root,
    title: title ? textOf(title) : '',
    heading: heading ? textOf(heading) : '',
    text: textOf(find('body') ?? root),
  }
}
