import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { findChromium } from './chromium.ts'

export interface PageOptions {
  /** Width of the window in CSS pixels; the phone of the promises is 360. */
  width?: 320 | 360 | 768 | 1280
  height?: number
  colorScheme?: 'light' | 'dark'
  forcedColors?: 'active' | 'none'
  reducedMotion?: 'reduce' | 'no-preference'
  javaScriptEnabled?: boolean
  locale?: 'fr-FR' | 'en-GB'
  /** Prepended to relative addresses in `goto`. */
  baseURL?: string
  /** A second page of the same visitor: shares the cookies of this one. */
  sameVisitorAs?: Page
  /** Outlives the test: for pages opened in `beforeAll`; end it with `closePage`. */
  staysOpen?: boolean
}

// No sandbox: it does not work for root, nor in most containers, and the pages are our own.
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--font-render-hinting=none']

const LOAD_FAILURE = /^Failed to load resource/
/** A request given up by the page itself, or while a test has cut the network. */
const EXPECTED_FAILURES = new Set(['net::ERR_ABORTED', 'net::ERR_INTERNET_DISCONNECTED'])

const problems = new WeakMap<Page, string[]>()
const withoutScripts = new WeakSet<BrowserContext>()
/** One for all test files of a worker; Playwright ends it with the process. */
let browser: Promise<Browser> | undefined

/** A new page, watched for console errors, exceptions, blocked content and broken resources: any of them fails the test at its end. */
export async function openPage(options: PageOptions = {}): Promise<Page> {
  const context = options.sameVisitorAs?.context() ?? (await newVisitor(options))
  const page = await context.newPage()
  watch(page)
  if (!options.staysOpen) onTestFinished(() => closePage(page))
  return page
}

/** A new page of somebody signed in, at an address. The session comes by request: the form itself is clicked through in one test. */
export async function openSignedIn(user: { email: string; password: string }, address: string, options: PageOptions & { baseURL: string }): Promise<Page> {
  const page = await openPage(options)
  const form = await (await page.request.get('/login')).text()
  const token = /name="_csrf" value="([^"]+)"/.exec(form)?.[1] ?? ''
  const answer = await page.request.post('/login', { form: { _csrf: token, email: user.email, password: user.password }, maxRedirects: 0 })
  if (answer.status() !== 303) throw new Error(`sign-in of ${user.email} failed: ${answer.status()}`)
  await page.goto(address)
  return page
}

/** Closes the page and fails if it had problems. */
export async function closePage(page: Page): Promise<void> {
  const found = problemsOf(page)
  const context = page.context()
  await page.close()
  if (context.pages().length === 0) await context.close()
  if (found.length > 0) throw new Error(`The browser saw:\n${found.join('\n')}`)
}

/** What went wrong so far. A test that provokes a problem empties the list: `problemsOf(page).length = 0`. */
export function problemsOf(page: Page): string[] {
  return problems.get(page) ?? []
}

export function hasScripts(page: Page): boolean {
  return !withoutScripts.has(page.context())
}

/** A picture of the whole page, when somebody asked for pictures with `SCREENSHOTS=folder npm test`. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS']
  if (!folder) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true })
}

async function newVisitor(options: PageOptions): Promise<BrowserContext> {
  const { width = 1280, height = width < 768 ? 800 : 900 } = options
  browser ??= launch()
  const context = await (await browser).newContext({
    viewport: { width, height },
    colorScheme: options.colorScheme ?? 'light',
    forcedColors: options.forcedColors ?? 'none',
    reducedMotion: options.reducedMotion ?? 'no-preference',
    javaScriptEnabled: options.javaScriptEnabled ?? true,
    locale: options.locale ?? 'fr-FR',
    timezoneId: 'Europe/Paris',
    ignoreHTTPSErrors: true,
    ...(options.baseURL ? { baseURL: options.baseURL } : {}),
  })
  if (options.javaScriptEnabled === false) withoutScripts.add(context)
  context.setDefaultTimeout(120_000)
  return context
}

async function launch(): Promise<Browser> {
  const { executablePath, env } = await findChromium()
  return chromium.launch({ executablePath, env, args: FLAGS })
}

function watch(page: Page): void {
  const found: string[] = []
  problems.set(page, found)
  page.on('pageerror', (error) => found.push(`exception on ${page.url()}: ${error.stack ?? error.message}`))
  // Content blocked by the Content-Security-Policy is a console error too, also with scripts off.
  page.on('console', (message) => {
    if (message.type() === 'error' && !LOAD_FAILURE.test(message.text())) found.push(`console on ${page.url()}: ${message.text()}`)
  })
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'failed'
    if (!EXPECTED_FAILURES.has(reason)) found.push(`${request.method()} ${request.url()}: ${reason}`)
  })
  page.on('response', (response) => {
    // Pages and fragments may answer 404 or 422 on purpose; what they are made of may not.
    const isPart = !['document', 'fetch', 'xhr'].includes(response.request().resourceType())
    if (response.status() >= 500 || (isPart && response.status() >= 400)) found.push(`${response.status()} for ${response.url()}`)
  })
}
