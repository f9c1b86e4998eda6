/** What uploaded pictures cost: files that are refused, odd ones that are taken, and the largest that there may be. */
import { photograph, PHOTOGRAPH_COUNT } from '../support/factories/landing.ts'
import { HARMLESS_IMAGES, HOSTILE_IMAGES, LARGEST_IMAGES, measureImages, MISLABELLED_IMAGES, POLYGLOT_IMAGES } from '../support/hostile-images.ts'

const PHOTOGRAPHS = Array.from({ length: PHOTOGRAPH_COUNT }, (_, number) => ({ name: `${number}.jpg`, make: () => photograph(number) }))

for (const [title, images] of [['refused', [...HOSTILE_IMAGES, ...POLYGLOT_IMAGES, ...MISLABELLED_IMAGES]], ['taken', HARMLESS_IMAGES], ['five photographs', PHOTOGRAPHS], ['the largest', LARGEST_IMAGES]] as const) {
  console.log(title)
  console.table((await measureImages(images)).map(({ name, ...result }) => ({ name, ...result })), ['name', 'bytes', 'outcome', 'milliseconds', 'grownMegabytes'])
}
