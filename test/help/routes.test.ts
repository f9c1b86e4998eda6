import { readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anchorOf, renderMarkdown } from '../../src/help/markdown.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { elements, textOf } from '../support/html.ts'
import { links, type Page } from '../support/page.ts'

let database: TestDatabase
let app: TestApp
let recruiter: SignedIn
let admin: SignedIn
let englishman: SignedIn

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const { scope } = await makeCompany(database.db)
  recruiter = await app.signIn(await makeUser(database.db, scope, { role: 'recruiter' }))
  admin = await app.signIn(await makeUser(database.db, scope, { role: 'administrator' }))
  englishman = await app.signIn(await makeUser(database.db, scope, { role: 'recruiter', language: 'en' }))
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const hrefs = (page: Page) => links(page).map(({ href }) => href)

describe('« Aide »', () => {
  it('is in the menu of every page and leads to the guide of one’s language', async () => {
    const anywhere = await recruiter.get('/candidates')
    expect(anywhere.html).toContain('href="/help"')
    expect((await recruiter.get('/help')).heading).toBe('Guide du recruteur')
    expect((await englishman.get('/help')).heading).toBe('Recruiter’s guide')
  })

  it('shows the other language on request, said to be one', async () => {
    const page = await recruiter.get('/help/recruiter?lang=en')
    expect(page.heading).toBe('Recruiter’s guide')
    expect(elements(page.root).find(({ tag }) => tag === 'article')?.attributes['lang']).toBe('en')
    expect(hrefs(page)).toContain('/help/recruiter?lang=fr')
  })

  it('lists what is on the page, and every entry leads to its heading', async () => {
    const page = await admin.get('/help/admin')
    const ids = new Set(elements(page.root).map(({ attributes }) => attributes['id']))
    const inside = hrefs(page).filter((href) => href.startsWith('#'))
    expect(inside.length).toBeGreaterThan(12)
    expect(inside.filter((href) => !ids.has(href.slice(1)))).toEqual([])
  })

  it('shows every text of docs/ to who administers, without a broken link; a recruiter’s page has the recruiter’s guide alone', async () => {
    const start = await admin.get('/help')
    const texts = hrefs(start).filter((href) => /^\/help\/\w+$/.test(href))
    const files = readdirSync(path.resolve(import.meta.dirname, '../../docs')).filter((name) => name.endsWith('.md')).map((name) => name.split('.')[0]!)
    expect(new Set(texts.map((href) => href.slice('/help/'.length)))).toEqual(new Set(files.filter((name) => name !== 'recruiter')))
    for (const href of texts) {
      const page = await admin.get(href)
      expect(page.status, href).toBe(200)
      for (const target of new Set(hrefs(page).filter((other) => other.startsWith('/help')))) expect((await admin.get(target.split('#')[0]!)).status, target).toBe(200)
    }
    expect(hrefs(await recruiter.get('/help')).filter((href) => /^\/help\/(?!recruiter|images)/.test(href))).toEqual([])
  })

  it('shows pictures in their size, kept for ever, and nothing else from the disk', async () => {
    const page = await recruiter.get('/help')
    const pictures = elements(page.root).filter(({ tag, attributes }) => tag === 'img' && attributes['src']?.startsWith('/help/'))
    expect(pictures.length).toBeGreaterThan(8)
    for (const { attributes } of pictures) expect(Number(attributes['width']) * Number(attributes['height']), attributes['src']).toBeGreaterThan(0)
    const picture = await recruiter.agent.get(pictures[0]!.attributes['src']!)
    expect([picture.status, picture.headers['content-type'], picture.headers['cache-control']]).toEqual([200, 'image/webp', 'private, max-age=31536000, immutable'])
    for (const address of ['/help/nothing', '/help/..%2f..%2fpackage.json', '/help/images/nothing.webp', '/help/images/..%2fadmin.fr.md', '/help/images/%2e%2e%2f%2e%2e%2fpackage.json']) expect((await recruiter.agent.get(address)).status, address).toBe(404)
  })

  it('is for who is signed in', async () => {
    expect((await app.visit().get('/help')).url).toContain('/login')
  })

  it('stands beside the work where people hesitate, and leads to that section', async () => {
    const page = await admin.get('/admin/branding')
    const [help] = elements(page.root).filter(({ tag, attributes }) => tag === 'a' && attributes['href']?.startsWith('/help/admin#'))
    expect(textOf(help!)).toContain('La page du candidat')
    const guide = await admin.get(help!.attributes['href']!.split('#')[0]!)
    expect(elements(guide.root).some(({ attributes }) => attributes['id'] === decodeURIComponent(help!.attributes['href']!.split('#')[1]!))).toBe(true)
  })
})

describe('Markdown', () => {
  const around = { link: (target: string) => (target === 'known.md' ? '/help/known' : undefined), picture: () => undefined }

  it('lets nothing of its own HTML or scheme through', () => {
    const { html } = renderMarkdown('# T\n\n<script>alert(1)</script>\n\na <b onclick="x">b</b> [c](javascript:alert(1)) ![d"><i>](x.webp) `<e>`\n\n```html\n<f>\n```', around)
    expect(html).not.toMatch(/<(script|b|i|e|f)\b/)
    expect(html).not.toMatch(/href|javascript:/)
  })

  it('turns links to other texts into ours, and those that lead nowhere here into words', () => {
    expect(renderMarkdown('[a](known.md) [b](../src/README.md) [c](https://example.org/?a=1&b=2)', around).html)
      .toBe('<p><a href="/help/known">a</a> b <a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer">c</a></p>\n')
  })

  it('makes anchors as code forges do', () => {
    expect(anchorOf('Je veux vérifier avant d’envoyer')).toBe('je-veux-vérifier-avant-denvoyer')
    expect(anchorOf('`GET /health/live`, and more')).toBe('get-healthlive-and-more')
  })
})
