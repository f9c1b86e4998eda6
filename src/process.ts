import closeWithGrace from 'close-with-grace'
import { ConfigError, loadConfig, type Config } from './config.ts'
import { DatabaseInUse } from './db/pool.ts'

/**
 * Runs an entry point: settings first, then `start`, then a clean stop on a signal. What a person can mend is told in
 * a sentence, without a stack.
 */
export async function runProcess(start: (config: Config) => Promise<{ stop(): Promise<void> }>): Promise<void> {
  try {
    const config = loadConfig()
    const running = await start(config)
    closeWithGrace({ delay: 30_000 }, async ({ err }) => {
      if (err) console.error(err)
      await running.stop()
    })
  } catch (error) {
    const isOurs = error instanceof ConfigError || error instanceof DatabaseInUse
    const isPortTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    console.error(isOurs ? error.message : isPortTaken ? `${(error as Error).message}. Another program uses that port: stop it or set PORT.` : error)
    process.exit(1)
  }
}
