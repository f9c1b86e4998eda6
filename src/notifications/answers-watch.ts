import type { Deps } from '../deps.ts'
import { ANSWERS_MS, type Topic } from './news.domain.ts'
import { findNewestAnswer, listNewAnswers, type NewAnswer } from './news.queries.ts'

/** An answer may become visible a little after one with a higher number. */
const LATE_MS = 5_000

/**
 * Tells open pages of new answers. Answers do not tell it themselves: transactions that do wait for each other while they
 * commit, and answers come by the hundred. Asks only while somebody looks.
 */
export function watchAnswers({ db, log }: Pick<Deps, 'db' | 'log'>, ears: { isWanted(): boolean; hear(topics: Topic[]): void }) {
  const known = new Map<number, number>()
  let afterId: number | undefined
  let timer: NodeJS.Timeout | undefined
  let isAsking = false

  async function look(): Promise<void> {
    if (isAsking || !ears.isWanted()) return
    isAsking = true
    try {
      if (afterId === undefined) afterId = await findNewestAnswer(db)
      else ears.hear(topicsOf(remember(await listNewAnswers(db, afterId, [...known.keys()]))))
    } catch (err) {
      log.warn({ err }, 'new answers were not looked for')
    } finally {
      isAsking = false
    }
  }

  function remember(fresh: NewAnswer[]): NewAnswer[] {
    const now = performance.now()
    for (const { id } of fresh) known.set(id, now)
    for (const [id, seenAt] of [...known].sort(([a], [b]) => a - b)) {
      if (now - seenAt < LATE_MS) break
      known.delete(id)
      afterId = id
    }
    return fresh
  }

  return {
    start(): void {
      timer ??= setInterval(() => { void look() }, ANSWERS_MS).unref()
    },
    /** Nobody looks any more; whoever does next begins with what is there. */
    stop(): void {
      clearInterval(timer)
      timer = undefined
      afterId = undefined
      known.clear()
    },
  }
}

function topicsOf(answers: readonly NewAnswer[]): Topic[] {
  return [...new Set(answers.flatMap(({ campaign_id, candidate_ids }): Topic[] => [`campaign:${campaign_id}`, ...candidate_ids.map((id): Topic => `candidate:${id}`)]))]
}
