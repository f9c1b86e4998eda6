import { setTimeout as wait } from 'node:timers/promises'
import { startProgram, type Program } from '../support/program.ts'

/** One process of the product under a service manager: whenever it is gone, it is started again. */
export type Kept = {
  /** Says that it runs, and is not frozen. */
  isUp(): boolean
  /** Resolves once it says that it runs. */
  ready(): Promise<void>
  /** SIGKILL, without a chance to finish anything. */
  kill(): Promise<void>
  /** Stands still for so long, and goes on as if nothing had been. */
  freeze(seconds: number): Promise<void>
  /** For good, as an operator would. */
  stop(): Promise<void>
  /** Everything that it ever wrote. */
  output(): string
  /** Ends that nobody brought about. A start without its database counts as none. */
  surprises(): string[]
}

/** What it keeps on its disk, in `DATA_DIR`, outlives it. */
export function keepRunning(entry: 'src/server.ts' | 'src/worker.ts', says: RegExp, env: Record<string, string>): Kept {
  const outputs: string[] = []
  const surprises: string[] = []
  let current: Program
  let isReady = false
  let isDoomed = false
  let isFrozen = false
  let isWanted = true

  async function run(): Promise<void> {
    while (isWanted) {
      const program = begin()
      await program.says(says).then(() => { isReady = true }, () => undefined)
      const code = await program.ended
      outputs.push(program.output())
      if (isReady && !isDoomed) surprises.push(`${entry} ended by itself (${code}): ${program.output().slice(-2_000)}`)
      isReady = false
      isDoomed = false
      // One that cannot start, without its database for instance, is given a moment.
      if (isWanted && code !== null) await wait(300)
    }
  }

  function begin(): Program {
    current = startProgram(entry, env)
    return current
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    isDoomed = true
    return current.stop(signal)
  }

  const running = run()
  return {
    isUp: () => isReady && !isFrozen,
    async ready() {
      while (!isReady) await wait(20)
    },
    async kill() {
      await end('SIGKILL')
      isFrozen = false
    },
    async freeze(seconds) {
      const { child } = current
      isFrozen = child.kill('SIGSTOP')
      await wait(seconds * 1000)
      child.kill('SIGCONT')
      isFrozen = false
    },
    async stop() {
      isWanted = false
      // One in the middle of its start knows no signals yet.
      const wasReady = isReady
      const code = await end(wasReady ? 'SIGTERM' : 'SIGKILL')
      await running
      if (wasReady && code !== 0) surprises.push(`${entry} was told to end and did so with ${code}: ${current.output().slice(-2_000)}`)
    },
    output: () => [...outputs, current.output()].join('\n'),
    surprises: () => surprises,
  }
}

/** Several of a kind, where each order is for the next of them in turn. */
export function asOne(all: readonly Kept[]): Pick<Kept, 'ready' | 'kill'> {
  let turn = 0
  return {
    ready: () => all[turn % all.length]!.ready(),
    kill: () => all[turn++ % all.length]!.kill(),
  }
}
