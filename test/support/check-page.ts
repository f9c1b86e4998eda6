import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { hasScripts } from './browser.ts'

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
  const faults = await inPage<string[]>(page, structureFaults)
  faults.push(...(await runAxe(page)))
  if (faults.length > 0) throw new Error(`${page.url()} at ${page.viewportSize()?.width} pixels:\n${faults.join('\n')}`)
}

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

async function runAxe(page: Page): Promise<string[]> {
  if (!hasScripts(page)) await page.evaluate(PROMISES_FOR_TIMERS)
  await page.evaluate(axeSource)
  // What a bar that stays in view covers half depends on where the page happens to be scrolled; a person scrolls on.
  await page.evaluate(`for (const bar of document.querySelectorAll('.form-foot, .selection-bar')) bar.style.position = 'static'`)
  const faults = await inPage<string[]>(page, accessibilityFaults)
  await page.evaluate(`for (const bar of document.querySelectorAll('.form-foot, .selection-bar')) bar.style.removeProperty('position')`)
  // Axe leaves empty style attributes behind; htmx would carry them over into what it swaps in, which the policy reports.
  await page.evaluate(`for (const element of document.querySelectorAll('[style=""]')) element.removeAttribute('style')`)
  return faults
}

/** Calls a function, given as source, inside the page. */
function inPage<Result>(page: Page, source: string): Promise<Result> {
  return page.evaluate(`(${source.replace(/^\/\/.*\n/gm, '').trim()})()`)
}
