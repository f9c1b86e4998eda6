import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { add } from './totals.ts'
import type { Totals } from './totals.ts'

// `npm test`: types, lint and all tests. `npm test -- test/campaigns` runs those tests alone; so do vitest's own options.

const root = path.resolve(import.meta.dirname, '../..')
// Whatever the tests put into temporary folders goes with it.
const scratch = mkdtempSync(path.join(os.tmpdir(), 'dispo-test-'))
// The tests' PostgreSQL may run as another user, who has to walk through.
chmodSync(scratch, 0o711)
const filters = process.argv.slice(2)

try {
  let totals: Totals = { passed: 0, failed: 0, skipped: 0 }
  if (filters.length === 0) {
    totals = add(totals, await check('Types', 'typescript', 'tsc', ['--noEmit']))
    totals = add(totals, await check('Lint', 'oxlint', 'oxlint', []))
  }
  totals = add(totals, await runVitest())
  const { passed, failed, skipped } = totals
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
} finally {
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10 })
}

async function check(title: string, packageName: string, program: string, options: string[]): Promise<Totals> {
  const exitCode = await run(packageName, program, options)
  console.log(`${exitCode === 0 ? '✓' : '✗'} ${title}`)
  return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 }
}

async function runVitest(): Promise<Totals> {
  const file = path.join(scratch, 'totals.json')
  const reporters = ['--reporter=default', `--reporter=${path.join(import.meta.dirname, 'totals.ts')}`]
  const config = path.join(import.meta.dirname, 'vitest.config.ts')
  const exitCode = await run('vitest', 'vitest', ['run', '--config', config, ...reporters, ...filters], { TOTALS_FILE: file })
  const totals = readTotals(file)
  // Whatever made the runner itself give up must not be lost behind green tests.
  if (exitCode !== 0 && totals.failed === 0) totals.failed = 1
  return totals
}

function readTotals(file: string): Totals {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Totals
  } catch {
    // No file: the runner ended before its report, and its exit code tells.
    return { passed: 0, failed: 0, skipped: 0 }
  }
}

/** Runs a program of an installed package under the Node of this process, its output shown as it comes. */
function run(packageName: string, program: string, options: string[], env: Record<string, string> = {}): Promise<number> {
  const child = spawn(process.execPath, [locate(packageName, program), ...options], { cwd: root, stdio: 'inherit', env: { ...process.env, TMPDIR: scratch, NODE_COMPILE_CACHE: path.join(scratch, 'compiled'), ...env } })
  const pass = (signal: NodeJS.Signals) => child.kill(signal)
  process.once('SIGTERM', pass)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      process.off('SIGTERM', pass)
      resolve(code ?? 1)
    })
  })
}

function locate(packageName: string, program: string): string {
  const description = path.join(root, 'node_modules', packageName, 'package.json')
  const { bin } = createRequire(import.meta.url)(description) as { bin: string | Record<string, string> }
  return path.resolve(path.dirname(description), typeof bin === 'string' ? bin : bin[program]!)
}
