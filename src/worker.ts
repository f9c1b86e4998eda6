import { runProcess } from './process.ts'
import { openDeps, startMonitoring, startWorker } from './start.ts'

await runProcess(async (config, { fail, stopping }) => {
  const opened = await openDeps(config, 'worker', stopping)
  const worker = await startWorker(opened.deps, fail)
  const monitoring = await startMonitoring(opened.deps, worker.pools)
  console.log('Dispo worker: running')
  return {
    stop: async () => {
      await worker.stop()
      await monitoring.stop()
      await opened.stop()
    },
  }
})
