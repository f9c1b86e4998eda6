import { seedDemo } from './demo/seed.ts'
import { runProcess } from './process.ts'
import { openDeps, startMonitoring, startWeb, startWorker, tellSetup, type Running } from './start.ts'

/** The whole product in one process: what `npm start` runs on a laptop. */
await runProcess(async (config, { fail, stopping }) => {
  const opened = await openDeps(config, 'all', stopping)
  const { deps } = opened
  const demo = config.demo ? await seedDemo(deps, stopping).catch(closing(opened)) : undefined
  const web = await startWeb(deps)
  const worker = await startWorker(deps, fail)
  const monitoring = await startMonitoring(deps, worker.pools)

  console.log(`Dispo is ready: ${config.appUrl}`)
  if (demo) {
    console.log(`Recruiter: ${demo.recruiter.email} / ${demo.recruiter.password}`)
    console.log(`Admin: ${demo.admin.email} / ${demo.admin.password}`)
  }
  await tellSetup(deps)
  if (deps.phonesUrl) console.log(`Phones: ${deps.phonesUrl}`)

  return {
    stop: async () => {
      await monitoring.stop()
      await worker.stop()
      await web.stop()
      await opened.stop()
    },
  }
})

/** The embedded database is left as an orderly stop leaves it, whatever ends the start. */
function closing(opened: Running): (error: unknown) => Promise<never> {
  return async (error) => {
    await opened.stop()
    throw error
  }
}
