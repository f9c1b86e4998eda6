import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { ACCOUNT_REFUSED, RESTORED, UNSENT_STATES } from '../../src/messaging/domain.ts'
import { paths } from '../../src/web/paths.ts'
import type { Site } from './trouble.ts'

/** Nothing moves for so long although something should: the run gives up, and its evidence tells where it stands. */
const STALLED_MS = 90_000
const LOOK_MS = 50

/** Waits for states, and does what people would do meanwhile: an administrator lets a suspended account go on. */
export function watch(site: Site) {
  const surprises: string[] = []
  let slowestResumptionMs = 0
  let back: { at: number; calls: number } | undefined

  /** Looks until it is so, or until nothing has moved for too long. */
  async function until(isSo: (now: Standing) => boolean): Promise<void> {
    let last = { seen: '', at: performance.now() }
    for (;;) {
      const now = await stand(site)
      if (back && now.calls > back.calls) {
        slowestResumptionMs = Math.max(slowestResumptionMs, Math.round(performance.now() - back.at))
        back = undefined
      }
      if (isSo(now)) return
      const seen = JSON.stringify(now)
      if (seen !== last.seen) last = { seen, at: performance.now() }
      if (performance.now() - last.at > STALLED_MS) return void surprises.push(`nothing has moved for ${STALLED_MS / 1000} s: ${seen}`)
      surprises.push(...(await mend(site)))
      await wait(LOOK_MS)
    }
  }

  return {
    surprises,
    slowestResumptionMs: () => slowestResumptionMs,
    /** So many calls were made, or nothing is left to call for. */
    untilCalls: (calls: number) => until((now) => now.calls >= calls || now.status === 'completed'),
    untilSettled: () => until((now) => now.status === 'completed' && now.unsent === 0 && now.receiptsWaiting === 0 && now.eventsWaiting === 0),
    /** From now on it is measured how long it takes until something is sent again. */
    async databaseIsBack(): Promise<void> {
      back = { at: performance.now(), calls: (await site.provider.state()).calls }
    },
  }
}

export type Watch = ReturnType<typeof watch>
type Standing = Awaited<ReturnType<typeof stand>>

async function stand({ db, provider, scene }: Site) {
  const state = await provider.state()
  const { rows } = await sql<{ status: string; reason: string | null; unsent: number; eventsWaiting: number }>`
    select c.status, c.status_reason as reason,
      (select count(*) from message m where m.campaign_id = c.id and m.state = any(${[...UNSENT_STATES]}::text[])) as unsent,
      (select count(*) from provider_event where applied_at is null) as "eventsWaiting"
    from campaign c where c.id = ${scene.campaignId}`.execute(db)
  return { ...state, ...rows[0]! }
}

/** A pause of the breaker goes by at once; what would be a minute each time says nothing about double texts. */
async function mend({ db, browser }: Site): Promise<string[]> {
  await sql`update provider_account set open_until = app_now() where open_until > app_now()`.execute(db)
  const { suspended_reason: reason } = await db.selectFrom('provider_account').select('suspended_reason').executeTakeFirstOrThrow()
  if (reason === null) return []
  await browser.send(await browser.get(paths.campaigns), paths.sendingResumption, {})
  return reason.startsWith(RESTORED) || reason.startsWith(ACCOUNT_REFUSED) ? [`all sending was suspended: ${reason}`] : []
}
