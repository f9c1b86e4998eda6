import closeWithGrace from 'close-with-grace'
import { ConfigError, loadConfig, type Config } from './config.ts'
import { DatabaseReplaced } from './db/installation.ts'
import { DatabaseInUse } from './db/pool.ts'
import { SCHEMA_MISMATCH_EXIT, SchemaMismatch } from './db/version.ts'

/** A process that was told to end does so within this, whatever it waits for. */
const CLOSING_MS = 30_000

type Start = (config: Config, given: {
  /** Its parts call this when they cannot go on. */
  fail: (error: Error) => void
  /** Aborted when the process is told to stop while it still starts: what takes long gives up and cleans up after itself. */
  stopping: AbortSignal
}) => Promise<{ stop(): Promise<void> }>

/**
 * Runs an entry point: settings first, then `start`, then a clean stop on a signal, or when `start`'s parts call `fail`. What
 * a person can mend is told in a sentence, without a stack.
 */
export async function runProcess(start: Start): Promise<void> {
  const stopping = new AbortController()
  const failure = Promise.withResolvers<Error>()
  try {
    const config = loadConfig()
    const started = Promise.withResolvers<{ stop(): Promise<void> }>()
    // Before anything is opened: a program told to stop while it starts ends as cleanly as any other.
    const signals = closeWithGrace({ delay: CLOSING_MS }, async ({ err }) => {
      if (err) console.error(err)
      stopping.abort()
      await (await started.promise).stop()
    })
    const running = await start(config, { fail: failure.resolve, stopping: stopping.signal })
    started.resolve(running)
    void failure.promise.then(async (error) => {
      signals.uninstall()
      tell(error)
      setTimeout(() => process.exit(exitCodeOf(error)), CLOSING_MS).unref()
      await running.stop().catch((problem: unknown) => console.error(problem))
      process.exit(exitCodeOf(error))
    })
  } catch (error) {
    if (stopping.signal.aborted) process.exit(0)
    tell(error)
    process.exit(exitCodeOf(error))
  }
}

function tell(error: unknown): void {
  const isOurs = error instanceof ConfigError || error instanceof DatabaseInUse || error instanceof SchemaMismatch || error instanceof DatabaseReplaced
  const isPortTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
  console.error(isOurs ? error.message : isPortTaken ? `${(error as Error).message}. Another program uses that port: stop it or set PORT.` : error)
}

function exitCodeOf(error: unknown): number {
  return error instanceof SchemaMismatch ? SCHEMA_MISMATCH_EXIT : 1
}
