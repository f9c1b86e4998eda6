import { appendFileSync } from 'node:fs'

/** One path beside its limit. `ratio` is ours divided by the limit's, so a rate wants at least its target, a time at most. */
export type Compared = {
  what: string
  unit: 'per second' | 'ms' | 's'
  ours: number
  limit: string
  limits: number
  ratio: number
  /** None: only told, to be compared with other runs. */
  atLeast?: number
  atMost?: number
}

/** Contenders take turns, so that whatever else the machine does hits all of them; the first turn of each warms up. What each measured, turn by turn. */
export async function takeTurns<Name extends string>(contenders: Record<Name, () => Promise<number>>, rounds: number): Promise<Record<Name, number[]>> {
  const seen = Object.fromEntries(Object.keys(contenders).map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(contenders) as [Name, () => Promise<number>][]) {
      const measured = await run()
      if (round > 0) seen[name].push(measured)
    }
  }
  return seen
}

/** The same, and of each the median. */
export async function interleave<Name extends string>(contenders: Record<Name, () => Promise<number>>, rounds: number): Promise<Record<Name, number>> {
  return Object.fromEntries(Object.entries<number[]>(await takeTurns(contenders, rounds)).map(([name, values]) => [name, median(values)])) as Record<Name, number>
}

/** Of turns: the ratio is the median of the rounds' own, because a machine with other work is another one in each round. */
export function compareTurns(what: string, unit: Compared['unit'], ours: readonly number[], limit: string, limits: readonly number[], target: { atLeast?: number; atMost?: number } = {}): Compared {
  return { ...compare(what, unit, median(ours), limit, median(limits), target), ratio: Number(median(ours.map((value, round) => value / limits[round]!)).toFixed(2)) }
}

export function compare(what: string, unit: Compared['unit'], ours: number, limit: string, limits: number, target: { atLeast?: number; atMost?: number } = {}): Compared {
  return { what, unit, ours: rounded(ours), limit, limits: rounded(limits), ratio: Number((ours / limits).toFixed(2)), ...target }
}

export function isMet({ ratio, atLeast = 0, atMost = Infinity }: Compared): boolean {
  return ratio >= atLeast && ratio <= atMost
}

/** For people as a table, and for `npm run bench` as lines in the file it names. */
export function report(bench: string, results: readonly Compared[]): void {
  console.table(results.map(({ atLeast, atMost, ...result }) => ({ ...result, target: atLeast !== undefined ? `≥ ${atLeast}` : atMost !== undefined ? `≤ ${atMost}` : '', met: isMet({ ...result, ...(atLeast !== undefined && { atLeast }), ...(atMost !== undefined && { atMost }) }) })))
  const file = process.env['BENCH_RESULTS']
  if (file) for (const result of results) appendFileSync(file, `${JSON.stringify({ bench, ...result })}\n`)
}

export function median(values: readonly number[]): number {
  return share(values, 0.5)
}

export function share(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return (performance.now() - from) / 1000
}

function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
