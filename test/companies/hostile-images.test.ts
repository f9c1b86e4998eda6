import { beforeAll, describe, expect, test } from 'vitest'
import { inspectFile } from '../../src/companies/image-files.ts'
import { processImage } from '../../src/companies/images.ts'
import { HARMLESS_IMAGES, HOSTILE_IMAGES, measureImages, MISLABELLED_IMAGES, POLYGLOT_IMAGES } from '../support/hostile-images.ts'
import type { ImageResult } from '../support/process-images.ts'

/** What a refusal may cost: less than one picture of the size that is honest. */
const MOST_MEGABYTES = 10
const REFUSED = [...HOSTILE_IMAGES, ...POLYGLOT_IMAGES, ...MISLABELLED_IMAGES]

describe('a file that claims to be a picture', () => {
  let results: Map<string, ImageResult>
  beforeAll(async () => {
    results = new Map((await measureImages(REFUSED)).map((result) => [result.name, result]))
  })

  test.each(REFUSED)('$name is refused, and costs no memory', ({ name, reason }) => {
    const { outcome, grownMegabytes } = results.get(name)!
    expect(outcome).toBe(reason)
    expect(grownMegabytes).toBeLessThanOrEqual(MOST_MEGABYTES)
  })
})

test.each(HARMLESS_IMAGES)('$name is taken for what it is', async ({ name, make }) => {
  expect(inspectFile(await make(), { name, type: '' })).toMatchObject({ ok: true })
})

test.each(['several pictures in one.jpg', 'a motion photo of another.jpeg', 'progressive, with a preview inside.jpe', 'four inks.jpeg'])('of %s the picture alone is kept', async (name) => {
  const image = await processImage(await HARMLESS_IMAGES.find((one) => one.name === name)!.make(), 'header', '#ffffff', { name })
  if (!image.ok) throw new Error(image.reason)
  for (const { bytes } of image.value.variants) for (const left of ['Exif', 'MPF', 'MotionPhoto', 'moov', 'SEFT']) expect(bytes.includes(left)).toBe(false)
})

const jpeg = () => HARMLESS_IMAGES.find((one) => one.name === 'several pictures in one.jpg')!.make()

test.each([
  ['photo.jpg', 'image/png', 'image/png'], ['photo.jpeg', 'text/html', 'text/html'], ['photo.png', 'image/jpeg', '.png'], ['photo', 'image/gif; charset=x', 'image/gif'], ['photo.html', '', '.html'],
])('%s, declared as %s, is refused for %s', async (name, type, said) => {
  expect(await processImage(await jpeg(), 'header', '#ffffff', { name, type })).toEqual({ ok: false, reason: 'mislabelled', detail: { is: 'jpeg', said, right: '.jpg' } })
})

test.each([['photo.JPG', 'image/jpeg'], ['photo.jfif', 'image/pjpeg'], ['photo.jpeg', ''], ['Capture d’écran 12.03', ''], ['photo', 'application/octet-stream'], ['', 'image/jpg']])('« %s », declared as « %s », says nothing else than a JPEG', async (name, type) => {
  expect(inspectFile(await jpeg(), { name, type })).toMatchObject({ ok: true, value: { kind: 'jpeg' } })
})

test('what a telephone put behind its photograph never reaches the decoder', async () => {
  const [whole, plain] = [await jpeg(), inspectFile(await jpeg())]
  if (!plain.ok) throw new Error(plain.reason)
  expect(plain.value.picture.length).toBeLessThan(whole.length)
  expect(plain.value.picture.subarray(-2).toString('hex')).toBe('ffd9')
})
