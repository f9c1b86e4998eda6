import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { hasScripts, screenshot } from './browser.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const structureFaults = readFileSync(path.join(import.meta.dirname, 'structure-faults.js'), 'utf8')
const accessibilityFaults = readFileSync(path.join(import.meta.dirname, 'accessibility-faults.js'), 'utf8')

/** With scripts off timers stand still, and axe yields through them; its long ones only bound waiting. */
const PROMISES_FOR_TIMERS = 'setTimeout = (work, ms = 0) => { if (ms < 1000) Promise.resolve().then(work) }'

/**
 * What holds for every page of the product, whatever its state: structure, width, accessibility. The checks go in
 * through the debugger, so the page's Content-Security-Policy stays in force.
 */
export async function checkPage(page: Page): Promise<void> {
  const faults = await faultsOf(page)
  if (faults.length > 0) throw new Error(`${page.url()} at ${page.viewportSize()?.width} pixels:\n${faults.join('\n')}`)
}

/**
 * `checkPage` for the very page as it stands, its menus, typed text and messages, on a desk and on a phone, in light and
 * in the dark, and without scripts on the phone alone; a picture of each with a `name`. The page has its own look again
 * afterwards.
 */
export async function checkLooks(page: Page, name?: string, widths: readonly number[] = hasScripts(page) ? [1280, 360] : [360]): Promise<void> {
  const [size, isDark] = [page.viewportSize()!, await page.evaluate<boolean>(`matchMedia('(prefers-color-scheme: dark)').matches`)]
  const faults: string[] = []
  for (const width of widths) {
    await page.setViewportSize({ width, height: width < 768 ? 800 : 900 })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await settle(page)
      // The dark differs by nothing but colours.
      const found = await faultsOf(page, colorScheme === 'light' ? 'all' : 'colours')
      faults.push(...found.map((fault) => `at ${width} pixels, ${colorScheme}: ${fault}`))
      if (name) await screenshot(page, `${name}-${width}-${colorScheme}`)
    }
  }
  await page.setViewportSize(size)
  await page.emulateMedia({ colorScheme: isDark ? 'dark' : 'light' })
  await settle(page)
  if (faults.length > 0) throw new Error(`${page.url()}\n${faults.join('\n')}`)
}

/** The pages on a recruiter's way from the search to the answers are looked at on a tablet too. */
export const WITH_TABLET: readonly number[] = [1280, 768, 360]

/** Every link of the page to our own server leads somewhere. Following them is harmless: GET changes nothing. */
export async function checkLinks(page: Page): Promise<void> {
  const { origin } = new URL(page.url())
  const hrefs = await inPage<string[]>(page, `() => [...document.querySelectorAll('a[href]')].map((link) => link.href)`)
  const addresses = new Set(hrefs.filter((href) => href.startsWith(`${origin}/`)).map((href) => href.split('#')[0]!))
  const broken: string[] = []
  for (const address of addresses) {
    const response = await page.request.get(address)
    if (!response.ok()) broken.push(`${response.status()} ${address}`)
  }
  if (broken.length > 0) throw new Error(`Broken links on ${page.url()}:\n${broken.join('\n')}`)
}

/** Ends what is on its way from one look to the next, and lets the page notice its new size. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(`for (const change of document.getAnimations()) if (Number.isFinite(change.effect.getComputedTiming().endTime)) change.finish()`)
  if (hasScripts(page)) await page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`)
}

async function faultsOf(page: Page, rules: 'all' | 'colours' = 'all'): Promise<string[]> {
  const faults = await inPage<string[]>(page, structureFaults)
  faults.push(...(await runAxe(page, rules)))
  return faults
}

async function runAxe(page: Page, rules: 'all' | 'colours'): Promise<string[]> {
  if (!(await page.evaluate(`'axe' in window`))) {
    if (!hasScripts(page)) await page.evaluate(PROMISES_FOR_TIMERS)
    await page.evaluate(axeSource)
  }
  // What a bar that stays in view covers half depends on where the page happens to be scrolled; a person scrolls on.
  await page.evaluate(`scrollTo({ top: 0, behavior: 'instant' }); for (const bar of document.querySelectorAll('.form-foot, .selection-bar')) bar.style.position = 'static'`)
  const faults = await inPage<string[]>(page, accessibilityFaults, rules)
  await page.evaluate(`for (const bar of document.querySelectorAll('.form-foot, .selection-bar')) bar.style.removeProperty('position')`)
  // Axe leaves empty style attributes behind; htmx would carry them over into what it swaps in, which the policy reports.
  await page.evaluate(`for (const element of document.querySelectorAll('[style=""]')) element.removeAttribute('style')`)
  return faults
}

/** Calls a function, given as source, inside the page. */
function inPage<Result>(page: Page, source: string, ...given: string[]): Promise<Result> {
  return page.evaluate(`(${source.replace(/^\/\/.*\n/gm, '').trim()})(${given.map((one) => JSON.stringify(one)).join(', ')})`)
}
