import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closePage, openPage, problemsOf } from '../support/browser.ts'
import { checkLooks, checkPage } from '../support/check-page.ts'

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'"
const page = (body: string) => `<!doctype html><html lang="fr"><head><title>Essai</title><meta name="viewport" content="width=device-width"></head><body><main><h1>Essai</h1>${body}</main></body></html>`
const styled = (css: string, body: string) => page(body).replace('</title>', `</title><link rel="stylesheet" href="/style.css?${encodeURIComponent(css)}">`)
const PAGES: Record<string, string> = {
  '/good': page('<form action="/x"><label for="a">Nom</label><input id="a" autocomplete="name"><button>Envoyer</button></form>'),
  '/inline-style': page('<p style="color:red">Rouge</p>'),
  '/inline-script': page('<script>window.x = 1</script>'),
  '/wide': page('<p id="p">a</p><p id="p">b</p><pre>' + 'x'.repeat(900) + '</pre>'),
  '/unlabelled': page('<input>'),
  '/faint-in-the-dark': styled('@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } p { color: #333 } }', '<p>sombre</p>'),
  '/wide-on-a-phone': styled('@media (max-width: 400px) { p { inline-size: 600px } }', '<p>large</p>'),
  '/unlabelled-on-a-phone': styled('@media (min-width: 401px) { input { display: none } }', '<input>'),
  // While it fades, black stands on black.
  '/fades': styled('p { color: #000; transition: color 60s } @media (prefers-color-scheme: dark) { html { background: #000; color: #fff } p { color: #fff } }', '<p>change de couleur</p>'),
  '/broken-image': page('<p>sans image</p><script src="/missing.js"></script>'),
}

let base = ''
const server = createServer((request, response) => {
  const { pathname, search } = new URL(request.url ?? '/', 'http://x')
  if (pathname === '/style.css') return response.writeHead(200, { 'content-type': 'text/css' }).end(decodeURIComponent(search.slice(1)))
  const body = PAGES[pathname]
  response.writeHead(body ? 200 : 404, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': CSP })
  response.end(body ?? '')
})

beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

test.each([true, false])('a good page passes, scripts on: %s', async (javaScriptEnabled) => {
  const visitor = await openPage({ width: 360, javaScriptEnabled })
  await visitor.goto(`${base}/good`)
  await checkPage(visitor)
  expect(problemsOf(visitor)).toEqual([])
})

test.each(['/inline-style', '/inline-script'])('what the policy blocks on %s is a problem', async (path) => {
  const visitor = await openPage({ staysOpen: true })
  await visitor.goto(base + path)
  await expect(closePage(visitor)).rejects.toThrow(/Content Security Policy/)
})

test('a missing part of a page is a problem', async () => {
  const visitor = await openPage({ staysOpen: true })
  await visitor.goto(`${base}/broken-image`)
  await expect(closePage(visitor)).rejects.toThrow(/404 for .*missing\.js/)
})

test('a missing page is not, nor is the policy lifted by the checks', async () => {
  const visitor = await openPage()
  await visitor.goto(`${base}/nowhere`)
  await visitor.goto(`${base}/good`)
  await checkPage(visitor)
  expect(problemsOf(visitor)).toEqual([])
})

test('structure and accessibility faults are named', async () => {
  const visitor = await openPage({ width: 320 })
  await visitor.goto(`${base}/wide`)
  await expect(checkPage(visitor)).rejects.toThrow(/repeated ids: p[^]*scrolls sideways: \d+ of 320 pixels, by .*<pre/)
})

test.each([true, false])('accessibility faults are named, scripts on: %s', async (javaScriptEnabled) => {
  const visitor = await openPage({ width: 320, javaScriptEnabled })
  await visitor.goto(`${base}/unlabelled`)
  await expect(checkPage(visitor)).rejects.toThrow(/label \(Form elements must have labels\): input/)
})

test.each([
  ['/faint-in-the-dark', ['1280 pixels, dark: color-contrast', '360 pixels, dark: color-contrast']],
  ['/wide-on-a-phone', ['360 pixels, light: scrolls sideways', '360 pixels, dark: scrolls sideways']],
  ['/unlabelled-on-a-phone', ['360 pixels, light: label']],
  ['/good', []],
  ['/fades', []],
])('what is wrong on %s in one look only is found there, and nowhere else', async (path, expected) => {
  for (const javaScriptEnabled of [true, false]) {
    const visitor = await openPage({ width: 768, colorScheme: 'dark', javaScriptEnabled })
    await visitor.goto(base + path)
    const message = await checkLooks(visitor, undefined, [1280, 360]).then(() => '', String)
    expect([...message.matchAll(/^at (.*?: (?:scrolls sideways|[\w-]+))/gm)].map((fault) => fault[1])).toEqual(expected)
    expect([visitor.viewportSize()?.width, await visitor.evaluate(`matchMedia('(prefers-color-scheme: dark)').matches`)]).toEqual([768, true])
    expect(await visitor.locator('[style]').count()).toBe(0)
  }
})
