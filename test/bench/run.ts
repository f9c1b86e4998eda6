import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'

/**
 * `npm run bench`: every benchmark beside its limit, one after the other. Compare the ratios of one run; absolute
 * figures belong to the machine and the minute. `npm run bench -- landing` runs the ones named.
 */
const wanted = process.argv.slice(2)
const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && name !== 'run.ts').sort()
const chosen = files.filter((name) => wanted.length === 0 || wanted.includes(path.basename(name, '.ts')))
if (chosen.length === 0) {
  console.error(`No such benchmark. There are: ${files.map((name) => path.basename(name, '.ts')).join(', ')}.`)
  process.exit(1)
}
for (const name of chosen) {
  console.log(`\n# ${path.basename(name, '.ts')}`)
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, name)], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
