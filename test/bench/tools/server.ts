import { fork } from 'node:child_process'
import { once } from 'node:events'

/** Set in the process that serves: what it was given. */
const GIVEN = 'BENCH_SERVER'

export type Serving<Told> = { told: Told; stop(): void }

/**
 * Runs the file once more as a process of its own, so that the load and what it is put on do not share a thread. There, `given()`
 * tells what it was given, and `ready` what the load needs to know.
 */
export async function startServer<Told>(file: string, given: Record<string, string>): Promise<Serving<Told>> {
  const child = fork(file, { env: { ...process.env, [GIVEN]: JSON.stringify(given) }, execArgv: [] })
  const [told] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(([code]) => { throw new Error(`the server ended with ${code}`) })])) as [Told]
  return { told, stop: () => void child.kill() }
}

export function given(): Record<string, string> | undefined {
  const text = process.env[GIVEN]
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, string>)
}

export function ready(told: unknown): void {
  process.send!(told)
}
