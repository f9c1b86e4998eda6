import { writeFileSync } from 'node:fs'
import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'

export interface Totals {
  passed: number
  failed: number
  skipped: number
}

/** Writes the totals of a run to the file named by `TOTALS_FILE`. What broke outside any test counts as failed too. */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const totals = modules.map(countModule).reduce(add, { passed: 0, failed: unhandledErrors.length, skipped: 0 })
    writeFileSync(process.env['TOTALS_FILE']!, JSON.stringify(totals))
  }
}

export function add(a: Totals, b: Totals): Totals {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

function countModule(module: TestModule): Totals {
  const totals: Totals = { passed: 0, failed: module.errors().length, skipped: 0 }
  for (const suite of module.children.allSuites()) totals.failed += suite.errors().length
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    // A test that never ended, because its process died, has not passed.
    totals[state === 'pending' ? 'failed' : state] += 1
  }
  return totals
}
