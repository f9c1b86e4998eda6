/** Files that claim to be pictures and are not, or are more than they say. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import type { ImageResult } from './process-images.ts'

export type HostileImage = { name: string; make: () => Buffer | Promise<Buffer>; reason: string }

const plain = (width = 640, height = 200, background = '#336699'): Sharp => sharp({ create: { width, height, channels: 3, background } })
const grain = (width = 640, height = 200): Sharp => sharp({ create: { width, height, channels: 3, background: '#808080', noise: { type: 'gaussian', mean: 128, sigma: 50 } } })
const half = async (picture: Sharp): Promise<Buffer> => { const bytes = await picture.toBuffer(); return bytes.subarray(0, Math.floor(bytes.length / 2)) }
const animated = async (format: 'gif' | 'webp'): Promise<Buffer> => {
  const frames = await Promise.all(['#ff0000', '#0000ff'].map((colour) => plain(640, 200, colour).png().toBuffer()))
  return sharp(frames, { join: { animated: true } }).toFormat(format).toBuffer()
}
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="200"><script>alert(1)</script></svg>'
const FORMATS = ['jpeg', 'png', 'gif', 'webp', 'avif'] as const

export const HOSTILE_IMAGES: readonly HostileImage[] = [
  ...FORMATS.map((format) => ({ name: `huge in few bytes.${format}`, make: () => huge(format), reason: 'too_many_pixels' })),
  ...FORMATS.map((format) => ({ name: `cut off in the middle.${format}`, make: () => half(grain().toFormat(format)), reason: 'not_an_image' })),
  { name: 'nothing but a header.jpeg', make: () => Buffer.from('ffd8ffe000104a464946', 'hex'), reason: 'not_an_image' },
  { name: 'unpacks to 900 million pixels.png', make: () => png({ width: 30_000, height: 30_000, bits: 1, color: 0, rows: zeros(30_000 * (30_000 / 8 + 1)) }), reason: 'too_many_pixels' },
  { name: 'animated.gif', make: () => animated('gif'), reason: 'animated' },
  { name: 'animated.webp', make: () => animated('webp'), reason: 'animated' },
  { name: 'a drawing with a script.svg', make: () => Buffer.from(SVG), reason: 'format' },
  { name: 'a drawing called a photograph.jpeg', make: () => Buffer.from(`<?xml version="1.0"?>${SVG}`), reason: 'format' },
  { name: 'a page called a picture.png', make: () => Buffer.from('<!doctype html><script>alert(1)</script>'), reason: 'not_an_image' },
  { name: 'an archive called a picture.webp', make: () => Buffer.from('PK\u0003\u0004'.padEnd(400, 'x')), reason: 'not_an_image' },
  { name: 'a TIFF called a picture.png', make: () => plain().tiff().toBuffer(), reason: 'format' },
  { name: 'a HEIC called a picture.avif', make: () => Buffer.from(`\0\0\0\u0018ftypheic${'\0'.repeat(400)}`, 'latin1'), reason: 'format' },
  { name: 'begins as a GIF and is a script.gif', make: () => Buffer.from('GIF89a/*' + '*/=1;alert(1)'.padEnd(300, ' ')), reason: 'not_an_image' },
  { name: 'begins as a PNG and is a drawing.png', make: () => Buffer.concat([SIGNATURE, Buffer.from(SVG)]), reason: 'not_an_image' },
  { name: 'begins as a RIFF and is a film.webp', make: () => Buffer.from('RIFF\u0010\0\0\0WEBPAVI LIST'.padEnd(300, '\0'), 'latin1'), reason: 'not_an_image' },
]

/** Pictures after all, with something behind or beside them, or out of the ordinary: taken, and nothing of the file itself is left. */
export const HARMLESS_IMAGES: readonly Omit<HostileImage, 'reason'>[] = [
  { name: 'a photograph with a page behind it.jpeg', make: async () => Buffer.concat([await grain().jpeg().toBuffer(), Buffer.from(PAYLOAD)]) },
  { name: 'a picture with a script in its comment.png', make: async () => withChunk(await plain().png().toBuffer(), 'tEXt', Buffer.from(`Comment\0${PAYLOAD}`)) },
  { name: 'a picture with an archive behind it.gif', make: async () => Buffer.concat([await plain().gif().toBuffer(), Buffer.from(PAYLOAD)]) },
  { name: 'a text that unpacks to 60 million letters.png', make: async () => withChunk(await plain().png().toBuffer(), 'zTXt', Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), zeros(60_000_000)])) },
  { name: 'sixteen bits a channel.png', make: () => plain().toColourspace('rgb16').png().toBuffer() },
  { name: 'four inks.jpeg', make: () => plain().toColourspace('cmyk').jpeg().toBuffer() },
  { name: 'lying on its side.jpeg', make: () => plain(250, 800).withMetadata({ orientation: 6 }).jpeg().toBuffer() },
]
export const PAYLOAD = '<script>alert("PAYLOAD")</script>'

/** The most that is taken: each of these is decoded whole. */
export const LARGEST_IMAGES: readonly Omit<HostileImage, 'reason'>[] = [
  { name: 'the largest, progressive.jpeg', make: () => plain(6_000, 6_000).jpeg({ progressive: true }).toBuffer() },
  { name: 'the largest, interlaced.png', make: () => plain(6_000, 6_000).png({ progressive: true, compressionLevel: 1 }).toBuffer() },
]

/** What `processImage` makes of each, told by a process that does nothing else. */
export async function measureImages(images: readonly Pick<HostileImage, 'name' | 'make'>[]): Promise<ImageResult[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dispo-images-'))
  try {
    for (const { name, make } of images) writeFileSync(path.join(folder, name), await make())
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'process-images.ts'), folder], { maxBuffer: 1024 * 1024 })
    return JSON.parse(stdout) as ImageResult[]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A small picture whose header says that it is enormous. */
async function huge(format: (typeof FORMATS)[number]): Promise<Buffer> {
  if (format === 'png') return png({ width: 65_000, height: 65_000, bits: 8, color: 2, rows: zeros(1_000) })
  const bytes = await grain(640, 200).toFormat(format).toBuffer()
  if (format === 'jpeg') {
    const at = bytes.indexOf(Buffer.from('ffc0', 'hex'))
    bytes.writeUInt16BE(65_500, at + 5)
    bytes.writeUInt16BE(65_500, at + 7)
  } else if (format === 'gif') {
    // The screen, and the picture on it.
    const at = bytes.indexOf(Buffer.from('2c000000008002c800', 'hex'))
    for (const place of [6, 8, at + 5, at + 7]) bytes.writeUInt16LE(65_535, place)
  } else if (format === 'webp') {
    const at = bytes.indexOf(Buffer.from('9d012a', 'hex'))
    bytes.writeUInt16LE(16_383, at + 3)
    bytes.writeUInt16LE(16_383, at + 5)
  } else {
    const at = bytes.indexOf('ispe')
    bytes.writeUInt32BE(60_000, at + 8)
    bytes.writeUInt32BE(60_000, at + 12)
  }
  return bytes
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const zeros = (length: number): Buffer => deflateSync(Buffer.alloc(length), { level: 9 })

function png({ width, height, bits, color, rows }: { width: number; height: number; bits: number; color: number; rows: Buffer }): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([bits, color, 0, 0, 0], 8)
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))])
}

/** A PNG with one more chunk behind its header. */
function withChunk(bytes: Buffer, type: string, data: Buffer): Buffer {
  const behindHeader = SIGNATURE.length + 25
  return Buffer.concat([bytes.subarray(0, behindHeader), chunk(type, data), bytes.subarray(behindHeader)])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
