import type { Deps } from '../deps.ts'
import { findLag, type Lag } from '../webhooks/delivering.queries.ts'
import { readFigures, readTaskFigures, type Figures, type TaskFigures } from './figures.queries.ts'

/** However many ask, the database is asked once in so long. */
const KEPT_MS = 5_000

export type FiguresNow = Figures & TaskFigures & { skewSeconds: number; webhooks: Lag }

/** Figures for probes and metrics, of a moment ago. Rejects while the database cannot be asked. */
export function createFigures({ db }: Pick<Deps, 'db'>): () => Promise<FiguresNow> {
  let last: { at: number; figures: Promise<FiguresNow> } | undefined

  async function read(): Promise<FiguresNow> {
    const before = Date.now()
    const figures = await readFigures(db)
    // Half of the way there and back belongs to neither clock.
    const skewSeconds = ((before + Date.now()) / 2 - figures.now.getTime()) / 1000
    return { ...figures, ...(await readTaskFigures(db)), webhooks: await findLag(db), skewSeconds }
  }

  return () => {
    if (last && performance.now() - last.at < KEPT_MS) return last.figures
    const figures = read()
    last = { at: performance.now(), figures }
    // What failed is asked again by the next one.
    figures.catch(() => { last = undefined })
    return figures
  }
}
