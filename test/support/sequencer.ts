import { readFileSync } from 'node:fs'
import type { TestSpecification } from 'vitest/node'
import { BaseSequencer } from 'vitest/node'

/** Files that start programs, fill a demonstration or walk every page: they take a minute and mostly wait. */
const TAKES_LONG = /support\/(?:program|worker|plan-scene)\.ts|crash\/harness\.ts|demo\/seed\.ts/

/**
 * What takes long is spread between the rest, however short its file: while one worker has such a file, the others have short ones
 * and leave it the processors, and at the end no worker is left alone with one.
 */
export default class LongOnesSpread extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // Projects come one after the other, and stay so: workers are handed on within one.
    const projects = Map.groupBy(await super.sort(files), (file) => file.project.name)
    return [...projects.values()].flatMap((sorted) => {
      const { long = [], short = [] } = Object.groupBy(sorted, takesLong)
      const between = Math.floor(short.length / (long.length + 1))
      return [...long.flatMap((file, n) => [file, ...short.slice(n * between, (n + 1) * between)]), ...short.slice(long.length * between)]
    })
  }
}

const takesLong = ({ moduleId }: TestSpecification) => (TAKES_LONG.test(readFileSync(moduleId, 'utf8')) ? 'long' : 'short')
