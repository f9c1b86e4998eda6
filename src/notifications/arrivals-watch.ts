import type { Db } from '../db/pool.ts'
import type { Deps } from '../deps.ts'
import { ARRIVALS_MS, type Topic } from './news.domain.ts'
import { findNewestAnswer, findNewestReply, listNewAnswers, listNewReplies } from './news.queries.ts'

/** What comes in may become visible a little after something with a higher number. */
const LATE_MS = 5_000

type Arrival = { id: number; topics: Topic[] }
type Ears = { isWanted(): boolean; hear(topics: Topic[]): void }
type Source = { findNewest(db: Db, seconds: number): Promise<number>; listNew(db: Db, afterId: number, known: readonly number[]): Promise<Arrival[]> }

/**
 * Tells open pages of new answers. Answers do not tell it themselves: transactions that do wait for each other while they
 * commit, and answers come by the hundred. Asks only while somebody looks.
 */
export function watchAnswers(deps: Pick<Deps, 'db' | 'log'>, ears: Ears) {
  return watch(deps, ears, {
    findNewest: findNewestAnswer,
    listNew: async (db, afterId, known) => (await listNewAnswers(db, afterId, known)).map(({ id, campaign_id, candidate_ids }) => ({
      id, topics: [`campaign:${campaign_id}`, ...candidate_ids.map((one): Topic => `candidate:${one}`)],
    })),
  })
}

/** The same for texts from people: whoever may read them sees them, and how many nobody has read, whether they were told or not. */
export function watchReplies(deps: Pick<Deps, 'db' | 'log'>, ears: Ears) {
  return watch(deps, ears, {
    findNewest: findNewestReply,
    listNew: async (db, afterId, known) => (await listNewReplies(db, afterId, known)).map(({ id, company_id, campaign_id, candidate_id }) => ({
      id, topics: [`replies:${company_id}`, ...(campaign_id === null ? [] : [`campaign:${campaign_id}` as const]), ...(candidate_id === null ? [] : [`candidate:${candidate_id}` as const])],
    })),
  })
}

function watch({ db, log }: Pick<Deps, 'db' | 'log'>, ears: Ears, source: Source) {
  const known = new Map<number, { seenAt: number; topics: Topic[] }>()
  let afterId: number | undefined
  let timer: NodeJS.Timeout | undefined
  let isAsking = false

  async function look(): Promise<void> {
    if (isAsking || !ears.isWanted()) return
    isAsking = true
    try {
      afterId ??= await source.findNewest(db, LATE_MS / 1000)
      const fresh = remember(await source.listNew(db, afterId, [...known.keys()]))
      ears.hear([...new Set(fresh.flatMap(({ topics }) => topics))])
    } catch (err) {
      log.warn({ err }, 'what came in was not looked for')
    } finally {
      isAsking = false
    }
  }

  function remember(fresh: Arrival[]): Arrival[] {
    const now = performance.now()
    for (const { id, topics } of fresh) known.set(id, { seenAt: now, topics })
    for (const [id, { seenAt }] of [...known].sort(([a], [b]) => a - b)) {
      if (now - seenAt < LATE_MS) break
      known.delete(id)
      afterId = id
    }
    return fresh
  }

  return {
    start(): void {
      if (timer) return
      timer = setInterval(() => { void look() }, ARRIVALS_MS).unref()
      void look()
    },
    /** What came in the last seconds: a page that has just opened was made a moment ago, and may not show it. */
    recent(): Topic[] {
      return [...known.values()].flatMap(({ topics }) => topics)
    },
    /** Nobody looks any more; whoever does next begins with what is there by then. */
    stop(): void {
      clearInterval(timer)
      timer = undefined
      afterId = undefined
      known.clear()
    },
  }
}
