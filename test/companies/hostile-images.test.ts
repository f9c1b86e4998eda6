import { beforeAll, describe, expect, test } from 'vitest'
import { processImage } from '../../src/companies/images.ts'
import { HARMLESS_IMAGES, HOSTILE_IMAGES, measureImages, PAYLOAD } from '../support/hostile-images.ts'
import type { ImageResult } from '../support/process-images.ts'

/** What a refusal may cost: less than one picture of the size that is honest. */
const MOST_MEGABYTES = 10

describe('a file that claims to be a picture', () => {
  let results: Map<string, ImageResult>
  beforeAll(async () => {
    results = new Map((await measureImages(HOSTILE_IMAGES)).map((result) => [result.name, result]))
  })

  test.each(HOSTILE_IMAGES)('$name is refused, and costs no memory', ({ name, reason }) => {
    const { outcome, grownMegabytes } = results.get(name)!
    expect(outcome).toBe(reason)
    expect(grownMegabytes).toBeLessThanOrEqual(MOST_MEGABYTES)
  })
})

test.each(HARMLESS_IMAGES.filter(({ name }) => /page behind|script in its comment/.test(name)))('of $name only the picture is kept', async ({ make }) => {
  const bytes = await make()
  expect(bytes.includes(PAYLOAD)).toBe(true)
  const image = await processImage(bytes, 'header')
  if (!image.ok) throw new Error(image.reason)
  for (const variant of image.value.variants) expect(variant.bytes.includes('PAYLOAD')).toBe(false)
})
