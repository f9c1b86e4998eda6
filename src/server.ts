import { runProcess } from './process.ts'
import { openDeps, startWeb, tellSetup } from './start.ts'

await runProcess(async (config, { stopping }) => {
  const opened = await openDeps(config, 'web', stopping)
  const web = await startWeb(opened.deps)
  console.log(`Dispo web: ${config.appUrl}`)
  await tellSetup(opened.deps)
  return {
    stop: async () => {
      await web.stop()
      await opened.stop()
    },
  }
})
