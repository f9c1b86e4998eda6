import { readFileSync } from 'node:fs'
import type { TestSpecification } from 'vitest/node'
import { BaseSequencer } from 'vitest/node'

/** Files that start programs, fill a demonstration or walk every page: they take a minute and mostly wait. */
const TAKES_LONG = /support\/(?:program|worker|plan-scene)\.ts|crash\/harness\.ts|demo\/seed\.ts/

/** What takes long begins first, however short its file: at the end no worker is left alone with it. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // Projects come one after the other, and stay so: workers are handed on within one.
    const projects = Map.groupBy(await super.sort(files), (file) => file.project.name)
    return [...projects.values()].flatMap((sorted) => {
      const { long = [], short = [] } = Object.groupBy(sorted, takesLong)
      return [...long, ...short]
    })
  }
}

const takesLong = ({ moduleId }: TestSpecification) => (TAKES_LONG.test(readFileSync(moduleId, 'utf8')) ? 'long' : 'short')
