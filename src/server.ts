import { runProcess } from './process.ts'
import { openDeps, startMonitoring, startWeb, tellSetup } from './start.ts'

await runProcess(async (config, { stopping }) => {
  const opened = await openDeps(config, 'web', stopping)
  const web = await startWeb(opened.deps)
  const monitoring = await startMonitoring(opened.deps)
  console.log(`Dispo web: ${config.appUrl}`)
  await tellSetup(opened.deps)
  return {
    stop: async () => {
      await web.stop()
      await monitoring.stop()
      await opened.stop()
    },
  }
})
