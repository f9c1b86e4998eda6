import { runProcess } from './process.ts'
import { openDeps, startWorker } from './start.ts'

await runProcess(async (config, { fail, stopping }) => {
  const opened = await openDeps(config, 'worker', stopping)
  const worker = await startWorker(opened.deps, fail)
  console.log('Dispo worker: running')
  return {
    stop: async () => {
      await worker.stop()
      await opened.stop()
    },
  }
})
