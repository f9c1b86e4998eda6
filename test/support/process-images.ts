/** Reads every file of a folder as an uploaded picture, in a process of its own, and prints what became of each, how long it took and by how much the most memory ever held grew. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { processImage } from '../../src/companies/images.ts'

const [folder = '.'] = process.argv.slice(2)
// What the first picture needs once for all, decoders and encoders, is nobody's fault.
for (const format of ['jpeg', 'png', 'webp', 'avif', 'gif'] as const) {
  await processImage(await sharp({ create: { width: 1_280, height: 400, channels: 3, background: '#336699' } }).toFormat(format).toBuffer(), 'header')
}
const results: ImageResult[] = []
for (const name of readdirSync(folder).toSorted()) {
  const bytes = readFileSync(path.join(folder, name))
  const [before, from] = [process.resourceUsage().maxRSS, performance.now()]
  const result = await processImage(bytes, 'header', '#ffffff', { name })
  results.push({ name, bytes: bytes.length, outcome: result.ok ? 'taken' : result.reason, milliseconds: Math.round(performance.now() - from), grownMegabytes: Math.round((process.resourceUsage().maxRSS - before) / 1024) })
}
console.log(JSON.stringify(results))

export type ImageResult = { name: string; bytes: number; outcome: string; milliseconds: number; grownMegabytes: number }
