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
/** Made once: several files begin with the same picture. */
const made = new Map<string, Promise<Buffer>>()
const once = (name: string, make: () => Promise<Buffer>) => async () => { const kept = made.get(name) ?? make(); made.set(name, kept); return Buffer.from(await kept) }
const plainAs = (format: Format) => once(`plain ${format}`, () => plain().toFormat(format).toBuffer())
const grainAs = (format: Format) => once(`grain ${format}`, () => grain().toFormat(format).toBuffer())
const half = async (make: () => Promise<Buffer>): Promise<Buffer> => { const bytes = await make(); return bytes.subarray(0, Math.floor(bytes.length / 2)) }
const animated = async (format: 'gif' | 'webp'): Promise<Buffer> => {
  const frames = await Promise.all(['#ff0000', '#0000ff'].map((colour) => plain(640, 200, colour).png().toBuffer()))
  return sharp(frames, { join: { animated: true } }).toFormat(format).toBuffer()
}
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="200"><script>alert(1)</script></svg>'
const PAYLOAD = '<script>alert("PAYLOAD")</script>'
const PAYLOADS = {
  'a page': Buffer.from(`<html><body>${PAYLOAD}</body></html>`), 'an archive': archive(0), 'a document': Buffer.from('%PDF-1.7\n%%EOF'), 'a program': Buffer.from('<?php system($_GET[0]);'), 'unknown data': Buffer.from('\u0000\u0000\u0000hidden'),
}
const FORMATS = ['jpeg', 'png', 'gif', 'webp', 'avif'] as const
type Format = (typeof FORMATS)[number]

export const HOSTILE_IMAGES: readonly HostileImage[] = [
  ...FORMATS.map((format) => ({ name: `huge in few bytes.${format}`, make: () => huge(format), reason: 'too_many_pixels' })),
  ...FORMATS.map((format) => ({ name: `cut off in the middle.${format}`, make: () => half(grainAs(format)), reason: 'not_an_image' })),
  { name: 'nothing but a header.jpeg', make: () => Buffer.from('ffd8ffe000104a464946', 'hex'), reason: 'not_an_image' },
  { name: 'unpacks to 900 million pixels.png', make: () => png({ width: 30_000, height: 30_000, bits: 1, color: 0, rows: zeros(30_000 * (30_000 / 8 + 1)) }), reason: 'too_many_pixels' },
  { name: 'animated.gif', make: () => animated('gif'), reason: 'animated' },
  { name: 'animated.webp', make: () => animated('webp'), reason: 'animated' },
  { name: 'a drawing with a script.svg', make: () => Buffer.from(SVG), reason: 'format' },
  { name: 'a drawing called a photograph.jpeg', make: () => Buffer.from(`<?xml version="1.0"?>${SVG}`), reason: 'format' },
  { name: 'a page called a picture.png', make: () => Buffer.from('<!doctype html><script>alert(1)</script>'), reason: 'format' },
  { name: 'an archive called a picture.webp', make: () => Buffer.from('PK\u0003\u0004'.padEnd(400, 'x')), reason: 'format' },
  { name: 'a TIFF called a picture.png', make: () => plain().tiff().toBuffer(), reason: 'format' },
  { name: 'a HEIC called a picture.avif', make: () => Buffer.from(`\0\0\0\u0018ftypheic${'\0'.repeat(400)}`, 'latin1'), reason: 'format' },
  { name: 'begins as a GIF and is a script.gif', make: () => Buffer.from('GIF89a/*' + '*/=1;alert(1)'.padEnd(300, ' ')), reason: 'not_an_image' },
  { name: 'begins as a PNG and is a drawing.png', make: () => Buffer.concat([SIGNATURE, Buffer.from(SVG)]), reason: 'not_an_image' },
  { name: 'begins as a RIFF and is a film.webp', make: () => Buffer.from('RIFF\u0010\0\0\0WEBPAVI LIST'.padEnd(300, '\0'), 'latin1'), reason: 'not_an_image' },
]

/** Two files in one: a picture to the browser, something else to whoever opens it in another way. */
export const POLYGLOT_IMAGES: readonly HostileImage[] = [
  ...FORMATS.flatMap((format) => Object.entries(PAYLOADS).map(([what, payload]) => ({ name: `${what} behind it.${format}`, make: async () => Buffer.concat([await grainAs(format)(), payload]), reason: 'more_than_an_image' }))),
  ...FORMATS.map((format) => ({ name: `unknown data behind zeros.${format}`, make: async () => Buffer.concat([await plainAs(format)(), Buffer.alloc(64), Buffer.from('?')]), reason: 'more_than_an_image' })),
  ...Object.entries({ 'a script': ['<script>1</script>', 'format'], 'an archive': ['PK\u0003\u0004', 'format'], 'a document': ['%PDF-1.7\n', 'format'], 'a program': ['#!/bin/sh\n', 'not_an_image'] } as const).map(([what, [header, reason]]) => (
    { name: `${what} in front of it.jpeg`, make: async () => Buffer.concat([Buffer.from(header, 'latin1'), await plainAs('jpeg')()]), reason })),
  { name: 'another picture behind one that announces none.jpeg', make: async () => Buffer.concat([await plainAs('jpeg')(), await plainAs('jpeg')()]), reason: 'more_than_an_image' },
  { name: 'a film behind one that announces none.jpeg', make: async () => Buffer.concat([await plainAs('jpeg')(), FILM]), reason: 'more_than_an_image' },
  { name: 'an archive behind the announced pictures.jpeg', make: async () => Buffer.concat([await multiPicture(), Buffer.from('PK\u0003\u0004'.padEnd(80, 'x'), 'latin1')]), reason: 'more_than_an_image' },
  { name: 'an archive among the blocks of the telephone.jpeg', make: async () => withSamsungTrailer(await plainAs('jpeg')(), [Buffer.from('MotionPhoto_Data'), archive(44)]), reason: 'more_than_an_image' },
  { name: 'data between the blocks of the telephone.jpeg', make: async () => { const bytes = withSamsungTrailer(await plainAs('jpeg')(), [Buffer.from('Image_UTC_Data1'), Buffer.from('hidden')]); bytes.writeUInt32LE(3, bytes.length - 12); return bytes }, reason: 'more_than_an_image' },
  { name: 'a directory of blocks that are not there.jpeg', make: async () => Buffer.concat([await plainAs('jpeg')(), Buffer.from('hidden'), samsungDirectory([40])]), reason: 'more_than_an_image' },
  { name: 'a script in its comment.png', make: async () => withChunk(await plainAs('png')(), 'tEXt', Buffer.from(`Comment\0${PAYLOAD}`)), reason: 'more_than_an_image' },
  { name: 'a document in its comment.png', make: async () => withChunk(await plainAs('png')(), 'tEXt', Buffer.from('Comment\0%PDF-1.7')), reason: 'more_than_an_image' },
  { name: 'an archive in a chunk that ends with the file.png', make: async () => withChunk(await plainAs('png')(), 'tEXt', Buffer.concat([Buffer.from('Comment\0'), archive(restOf(await plainAs('png')()))])), reason: 'more_than_an_image' },
  { name: 'a script that hides the picture in a comment.jpeg', make: async () => withSegment(await plainAs('jpeg')(), 0xe0, Buffer.alloc(0x2f2a - 2)), reason: 'more_than_an_image' },
  { name: 'a container longer than it says.webp', make: async () => { const bytes = await plainAs('webp')(); bytes.writeUInt32LE(bytes.readUInt32LE(4) - 2, 4); return bytes }, reason: 'not_an_image' },
  { name: 'a box without an end.avif', make: async () => Buffer.concat([await plainAs('avif')(), Buffer.from('\0\0\0\0mdathidden', 'latin1')]), reason: 'not_an_image' },
  { name: 'frames that decoders pass over.png', make: async () => withChunk(await plainAs('png')(), 'acTL', Buffer.alloc(8, 1)), reason: 'animated' },
]

/** Called something else than it is. */
export const MISLABELLED_IMAGES: readonly HostileImage[] = [
  ...FORMATS.map((format, n) => ({ name: `a ${format}.${FORMATS[(n + 1) % FORMATS.length] as string}`, make: plainAs(format), reason: 'mislabelled' })),
  { name: 'a photograph.php', make: plainAs('jpeg'), reason: 'mislabelled' },
  { name: 'a photograph.jpg.exe', make: plainAs('jpeg'), reason: 'mislabelled' },
  { name: 'a drawing.jpg', make: () => Buffer.from(SVG), reason: 'format' },
]

/** Honest pictures that are out of the ordinary: taken, and nothing of the file itself is left. */
export const HARMLESS_IMAGES: readonly Omit<HostileImage, 'reason'>[] = [
  ...FORMATS.map((format) => ({ name: `zeros up to the end of a block.${format}`, make: async () => Buffer.concat([await plainAs(format)(), Buffer.alloc(512)]) })),
  { name: 'several pictures in one.jpg', make: () => multiPicture() },
  { name: 'a motion photo of one maker.jpg', make: async () => Buffer.concat([await withSegment(await plainAs('jpeg')(), 0xe1, Buffer.from('http://ns.adobe.com/xap/1.0/\0<x:xmpmeta GCamera:MotionPhoto="1"/>')), FILM]) },
  { name: 'a motion photo of another.jpeg', make: async () => withSamsungTrailer(await plainAs('jpeg')(), [Buffer.from('Image_UTC_Data1458170015363'), Buffer.concat([Buffer.from('MotionPhoto_Data'), FILM])]) },
  { name: 'progressive, with a preview inside.jpe', make: async () => withSegment(await grain().jpeg({ progressive: true }).toBuffer(), 0xe1, Buffer.concat([Buffer.from('Exif\0\0'), await plain(64, 20).jpeg().toBuffer()])) },
  { name: 'no trailer.gif', make: async () => (await plainAs('gif')()).subarray(0, -1) },
  { name: 'a text that unpacks to 60 million letters.png', make: async () => withChunk(await plainAs('png')(), 'zTXt', Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), zeros(60_000_000)])) },
  { name: 'sixteen bits a channel.png', make: () => plain().toColourspace('rgb16').png().toBuffer() },
  { name: 'four inks.jpeg', make: () => plain().toColourspace('cmyk').jpeg().toBuffer() },
  { name: 'lying on its side.jpeg', make: () => plain(250, 800).withMetadata({ orientation: 6 }).jpeg().toBuffer() },
  { name: 'a name without an end', make: plainAs('png') },
]
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
  const bytes = await grainAs(format)()
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

/** Boxes as a telephone's film has them. */
const FILM = Buffer.concat(['ftyp', 'moov', 'mdat'].map((name) => { const box = Buffer.alloc(40); box.writeUInt32BE(40, 0); box.write(name, 4, 'latin1'); return box }))

/** An archive of nothing, whose comment takes up the rest of the file. */
function archive(rest: number): Buffer {
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006', 'latin1')
  end.writeUInt16LE(rest, 20)
  return end
}

/** How much of a PNG stands behind a chunk that was put behind its header, the sum of that chunk included. */
const restOf = (bytes: Buffer): number => 4 + bytes.length - (SIGNATURE.length + 25)

/** A JPEG with one more segment behind its first two bytes. */
function withSegment(bytes: Buffer, marker: number, data: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(data.length + 2, 2)
  return Buffer.concat([bytes.subarray(0, 2), head, data, bytes.subarray(2)])
}

/** As cameras write it: the picture, zeros, a small one behind it. */
async function multiPicture(): Promise<Buffer> {
  return Buffer.concat([withSegment(await plainAs('jpeg')(), 0xe2, Buffer.from('MPF\0II*\0')), Buffer.alloc(32), await plain(320, 100).jpeg().toBuffer()])
}

function withSamsungTrailer(bytes: Buffer, data: Buffer[]): Buffer {
  const blocks = data.map((one) => Buffer.concat([Buffer.from([0, 0, 0x30, 0x0a, 0, 0, 0, 0]), one]))
  return Buffer.concat([bytes, ...blocks, samsungDirectory(blocks.map(({ length }) => length))])
}

function samsungDirectory(lengths: number[]): Buffer {
  const directory = Buffer.alloc(12 + lengths.length * 12 + 8)
  directory.write('SEFH')
  directory.writeUInt32LE(lengths.length, 8)
  lengths.forEach((length, n) => {
    directory.writeUInt32LE(lengths.slice(n).reduce((sum, one) => sum + one, 0), 12 + n * 12 + 4)
    directory.writeUInt32LE(length, 12 + n * 12 + 8)
  })
  directory.writeUInt32LE(directory.length - 8, directory.length - 8)
  directory.write('SEFT', directory.length - 4)
  return directory
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
