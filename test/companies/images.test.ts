import sharp from 'sharp'
import { expect, test } from 'vitest'
import { MAX_IMAGE_BYTES, processImage, type ImageRole, type ProcessedImage } from '../../src/companies/images.ts'

test('a photograph of nearly 5 MB becomes nine variants, and the one inlined in the page weighs 6 KB at most', async () => {
  const photo = await noise(3_600, 1_600).jpeg({ quality: 92 }).toBuffer()
  expect(photo.length).toBeGreaterThan(3 * 1024 * 1024)
  expect(photo.length).toBeLessThan(MAX_IMAGE_BYTES)
  const image = await processed(photo, 'header')
  expect(image.variants.map(({ format, width, height }) => `${format} ${width}×${height}`).toSorted()).toEqual([
    'avif 320×100', 'avif 480×150', 'avif 640×200', 'jpeg 320×100', 'jpeg 480×150', 'jpeg 640×200', 'webp 320×100', 'webp 480×150', 'webp 640×200',
  ])
  for (const variant of image.variants) {
    const { width, height, format } = await sharp(variant.bytes).metadata()
    expect({ width, height, format }).toEqual({ width: variant.width, height: variant.height, format: variant.format === 'avif' ? 'heif' : variant.format })
  }
  expect(inlined(image)).toBeLessThanOrEqual(6 * 1024)
})

test('a footer has the shape 4:1', async () => {
  const image = await processed(await plain(1_000, 250, '#0a7d33').png().toBuffer(), 'footer')
  expect([image.width, image.height]).toEqual([640, 160])
})

test('a tall logo is shown whole, never cropped, on what is left transparent', async () => {
  const image = await processed(await plain(500, 500, '#ff0000').png().toBuffer(), 'header', '#00ff00')
  const corner = await pixel(image, 'webp', 5, 5)
  expect(corner[3]).toBe(0)
  const left = await pixel(image, 'webp', 320 - 95, 100)
  expect(left[0]).toBeGreaterThan(240)
  const flat = await pixel(image, 'jpeg', 5, 5)
  expect(flat[1]).toBeGreaterThan(240)
  expect(flat[0]).toBeLessThan(20)
})

test('a CMYK photograph keeps its colours', async () => {
  const image = await processed(await plain(800, 250, '#c02020').toColourspace('cmyk').jpeg().toBuffer(), 'header')
  const [red, green, blue] = await pixel(image, 'jpeg', 300, 100)
  expect(red).toBeGreaterThan(150)
  expect(green).toBeLessThan(90)
  expect(blue).toBeLessThan(90)
})

test('what a camera writes beside the picture is dropped, and its orientation applied', async () => {
  const upright = await plain(250, 800, '#2040c0').withExif({ IFD0: { Copyright: 'SECRET-PLACE' } }).withMetadata({ orientation: 6 }).jpeg().toBuffer()
  const image = await processed(upright, 'header')
  for (const { bytes } of image.variants) {
    const metadata = await sharp(bytes).metadata()
    expect([metadata.exif, metadata.xmp, metadata.orientation]).toEqual([undefined, undefined, undefined])
    expect(bytes.includes('SECRET-PLACE')).toBe(false)
  }
  // Turned upright it fills the banner from side to side.
  expect((await pixel(image, 'webp', 5, 100))[3] ?? 255).toBe(255)
})

test.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)('a %s is accepted whatever it is called', async (format) => {
  await processed(await plain(640, 200, '#336699').toFormat(format).toBuffer(), 'header')
})

test.each<[string, () => Promise<Buffer> | Buffer, string]>([
  ['an empty file', () => Buffer.alloc(0), 'not_an_image'],
  ['a file of more than 5 MB', () => Buffer.alloc(MAX_IMAGE_BYTES + 1, 0xff), 'too_large'],
  ['a picture wider than 6,000 pixels', () => plain(6_001, 100, '#336699').png().toBuffer(), 'too_many_pixels'],
  ['a picture that would have to be enlarged', () => plain(400, 120, '#336699').png().toBuffer(), 'too_small'],
  ['a sliver', () => plain(3_000, 4, '#336699').png().toBuffer(), 'too_small'],
])('%s is refused with its reason', async (_name, make, reason) => {
  expect(await processImage(await make(), 'header')).toMatchObject({ ok: false, reason })
})

test('a picture that had to be made coarser says so, one that fits as it is does not', async () => {
  expect((await processed(await plain(1_280, 400, '#336699').png().toBuffer(), 'header')).isReduced).toBe(false)
  const coarse = await processed(await noise(1_280, 400).png().toBuffer(), 'header')
  expect(coarse.isReduced).toBe(true)
  // Even pure noise in colours fits the budget.
  expect(inlined(coarse)).toBeLessThanOrEqual(6 * 1024)
})

async function processed(bytes: Buffer, role: ImageRole, background?: string): Promise<ProcessedImage> {
  const result = await processImage(bytes, role, background)
  if (!result.ok) throw new Error(`refused: ${result.reason}`)
  return result.value
}

function inlined(image: ProcessedImage): number {
  return image.variants.find(({ format, width }) => format === 'avif' && width === 480)?.bytes.length ?? Number.NaN
}

/** Red, green, blue and, where the format has it, alpha of one pixel of the widest variant. */
async function pixel(image: ProcessedImage, format: 'webp' | 'jpeg', x: number, y: number): Promise<number[]> {
  const variant = image.variants.find((one) => one.format === format && one.width === 640)
  const { data, info } = await sharp(variant?.bytes).raw().toBuffer({ resolveWithObject: true })
  const at = (y * info.width + x) * info.channels
  return [...data.subarray(at, at + info.channels)]
}

function plain(width: number, height: number, background: string) {
  return sharp({ create: { width, height, channels: 3, background } })
}

function noise(width: number, height: number) {
  return sharp({ create: { width, height, channels: 3, background: '#808080', noise: { type: 'gaussian', mean: 128, sigma: 50 } } })
}
