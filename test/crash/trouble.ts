import { setTimeout as wait } from 'node:timers/promises'
import type { Db } from '../../src/db/pool.ts'
import { GATE_FRESH_MS } from '../../src/messaging/domain.ts'
import { paths } from '../../src/web/paths.ts'
import type { Page } from '../support/page.ts'
import type { OwnPostgres } from '../support/postgres.ts'
import type { Fault } from './plan.ts'
import type { Kept } from './processes.ts'
import type { Provider } from './provider.ts'
import { bringForward, statusOf, type Browser, type Scene } from './scene.ts'
import type { Watch } from './watch.ts'

/** Everything that runs, and where it can be hit. */
export type Site = {
  db: Db
  postgres: OwnPostgres
  provider: Provider
  web: Pick<Kept, 'ready' | 'kill'>
  workers: readonly Kept[]
  browser: Browser
  scene: Scene
  /** Between the due times of two batches. */
  batchSeconds: number
}

/** Over what the gate allows, a machine that is slow at this moment. */
const SLACK_MS = 1_000

export function createTrouble(site: Site, watching: Watch, tell: (what: string) => void) {
  const counts = { kills: 0, stops: 0, databaseStops: 0, webKills: 0, pauses: 0 }
  const pauses: { from: number; until: number }[] = []
  const sleeping = new Set<Promise<void>>()

  async function strike(fault: Fault): Promise<void> {
    tell(JSON.stringify(fault))
    await wait(fault.delayMs)
    switch (fault.kind) {
      case 'kill-worker':
        await (await pick(fault.worker)).kill()
        return void counts.kills++
      case 'kill-web':
        await site.web.ready()
        await site.web.kill()
        return void counts.webKills++
      case 'freeze-worker': {
        const asleep: Promise<void> = (await pick(fault.worker)).freeze(fault.seconds).finally(() => sleeping.delete(asleep))
        sleeping.add(asleep)
        return void counts.stops++
      }
      case 'halt-database':
        await site.postgres.halt(fault.how)
        await wait(fault.seconds * 1000)
        await site.postgres.resume()
        await watching.databaseIsBack()
        return void counts.databaseStops++
      case 'pause':
        await pause(fault.seconds)
        return void counts.pauses++
    }
  }

  /** The planned worker, or the next one that is up. */
  async function pick(planned: number): Promise<Kept> {
    for (;;) {
      for (let i = 0; i < site.workers.length; i++) {
        const worker = site.workers[(planned + i) % site.workers.length]!
        if (worker.isUp()) return worker
      }
      await wait(20)
    }
  }

  async function pause(seconds: number): Promise<void> {
    const { db, browser, scene } = site
    await act('pause', (status) => status === 'paused' || status === 'completed')
    if ((await statusOf(db, scene)) !== 'paused') return
    const from = Date.now() + GATE_FRESH_MS + SLACK_MS
    await wait(seconds * 1000)
    pauses.push({ from, until: Date.now() })
    await act('resumption', (status) => status !== 'paused')
    await bringForward(db, scene, site.batchSeconds)
    // The page after it is one that a person can go on from.
    await browser.get(paths.campaign(scene.campaignId))
  }

  /**
   * Presses the button until it has worked, with the start that the page proposes; an answer may get lost with the process
   * that gave it. A page that warns and asks again is answered again.
   */
  async function act(step: 'pause' | 'resumption', isDone: (status: string) => boolean): Promise<void> {
    const { db, browser, scene } = site
    const address = paths.campaignStep(scene.campaignId, step)
    let shown: Page | undefined
    while (!isDone(await statusOf(db, scene))) {
      const page = shown ?? (await browser.get(address))
      const answer = page.url === address && [200, 422].includes(page.status) ? await browser.send(page, address, { read: 'on' }) : undefined
      shown = answer?.status === 422 ? answer : undefined
      await wait(100)
    }
  }

  return {
    strike,
    pauses,
    counts: () => counts,
    breaks: () => counts.kills + counts.stops + counts.databaseStops,
    /** Every worker that was put to sleep is awake again. */
    async over(): Promise<void> {
      await Promise.all(sleeping)
    },
  }
}
