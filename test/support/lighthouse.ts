import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import lighthouse from 'lighthouse'
import { chromium } from 'playwright-core'
import { findChromium } from './chromium.ts'
import { freePort } from './ports.ts'

/** Networks and telephones of the promises (B8 to B12): simulated as Lighthouse does by itself, or applied to the very line. */
export const LINES = {
  '4G': { throttlingMethod: 'simulate', throttling: { rttMs: 150, throughputKbps: 1638.4, cpuSlowdownMultiplier: 4 } },
  '3G': { throttlingMethod: 'simulate', throttling: { rttMs: 400, throughputKbps: 400, cpuSlowdownMultiplier: 6 } },
  'applied 3G': { throttlingMethod: 'devtools', throttling: { requestLatencyMs: 2_000, downloadThroughputKbps: 400, uploadThroughputKbps: 400, cpuSlowdownMultiplier: 6 } },
} as const
export type Line = keyof typeof LINES

export type Measured = {
  lcp: number
  cls: number
  tbt: number
  performance: number
  accessibility: number
  bestPractices: number
  /** What went over the line, head and body. */
  requests: { url: string; protocol: string; bytes: number; type: string; status: number }[]
  /** Audits that took something off the scores, by name. */
  faults: string[]
}

export type LighthouseBrowser = Awaited<ReturnType<typeof startLighthouse>>

/** The browser of the tests, told to accept the certificate of this machine, with a door for Lighthouse. */
export async function startLighthouse() {
  const port = await freePort()
  const { executablePath, env } = await findChromium()
  const profile = mkdtempSync(path.join(os.tmpdir(), 'dispo-lighthouse-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath, env, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--ignore-certificate-errors', `--remote-debugging-port=${port}`],
  })
  return {
    measure: (url: string, line: Line) => measure(url, line, port),
    /** The median of each figure, and the audits of the run in the middle. */
    async median(url: string, line: Line, runs: number): Promise<Measured> {
      const all: Measured[] = []
      for (let run = 0; run < runs; run++) all.push(await measure(url, line, port))
      const middle = (pick: (one: Measured) => number) => all.map(pick).toSorted((a, b) => a - b)[Math.floor(runs / 2)]!
      const ofMiddle = all.toSorted((a, b) => a.lcp - b.lcp)[Math.floor(runs / 2)]!
      return { ...ofMiddle, lcp: middle((one) => one.lcp), cls: middle((one) => one.cls), tbt: middle((one) => one.tbt), performance: middle((one) => one.performance), accessibility: middle((one) => one.accessibility), bestPractices: middle((one) => one.bestPractices) }
    },
    async close(): Promise<void> {
      await context.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

type Request = { url: string; protocol: string; transferSize: number; resourceType: string; statusCode: number }

async function measure(url: string, line: Line, port: number): Promise<Measured> {
  const result = await lighthouse(url, {
    port, output: 'json', logLevel: 'silent', formFactor: 'mobile', ...LINES[line], onlyCategories: ['performance', 'accessibility', 'best-practices'],
    // Refused forms and unknown links are pages, too.
    ignoreStatusCode: true, disableFullPageScreenshot: true,
  })
  if (!result) throw new Error(`no result for ${url}`)
  const { audits, categories, runtimeError } = result.lhr
  if (runtimeError) throw new Error(`${url}: ${runtimeError.message}`)
  const value = (name: string) => audits[name]?.numericValue ?? Number.NaN
  const score = (name: string) => categories[name]?.score ?? 0
  const requests = ((audits['network-requests']?.details as { items?: Request[] } | undefined)?.items ?? []).filter((one) => !one.url.startsWith('data:'))
  return {
    lcp: Math.round(value('largest-contentful-paint')), cls: value('cumulative-layout-shift'), tbt: Math.round(value('total-blocking-time')),
    performance: score('performance'), accessibility: score('accessibility'), bestPractices: score('best-practices'),
    requests: requests.map((one) => ({ url: one.url, protocol: one.protocol, bytes: one.transferSize, type: one.resourceType, status: one.statusCode })),
    faults: Object.values(categories).flatMap(({ auditRefs }) => auditRefs).filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 1).map(({ id }) => `${id} ${audits[id]?.score} ${audits[id]?.displayValue ?? ''}`.trim()),
  }
}
