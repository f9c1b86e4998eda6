import { expect, it } from 'vitest'
import { runCrash } from '../crash/harness.ts'

// F-50 among others. The short form of `npm run test:crash`, which repeats it with the seed that a failure prints.
it('killed, frozen and cut off from its database under a provider that misbehaves, nobody gets a second text and nobody is lost', { timeout: 600_000 }, async () => {
  const seed = Date.now() % 1_000_000
  const { faults, ...line } = await runCrash({ seed, recipients: 240, batches: 3, webs: 3, workers: 3, kills: 3, freezes: 1, webKills: 1, immediateHalts: 1, fastHalts: 1, pauses: 1 })
  console.log(JSON.stringify(line))
  expect(faults, `seed ${seed}`).toEqual([])
  expect(line).toMatchObject({ recipients: 240, kills: 3, stops: 1, databaseStops: 2, doubled: 0, resentByMachine: 0, unaccounted: 0 })
  expect(line.accepted).toBeGreaterThan(200)
})
