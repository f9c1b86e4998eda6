/** What uploaded pictures cost: files that are refused, odd ones that are taken, and the largest that there may be. */
import { HARMLESS_IMAGES, HOSTILE_IMAGES, LARGEST_IMAGES, measureImages } from '../support/hostile-images.ts'

for (const [title, images] of [['refused', HOSTILE_IMAGES], ['taken', HARMLESS_IMAGES], ['the largest', LARGEST_IMAGES]] as const) {
  console.log(title)
  console.table((await measureImages(images)).map(({ name, ...result }) => ({ name, ...result })), ['name', 'bytes', 'outcome', 'milliseconds', 'grownMegabytes'])
}
