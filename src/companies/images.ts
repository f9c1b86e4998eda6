/** Pictures that administrators upload: decoded, measured and encoded anew, so that nothing of the file itself is ever served. */
import sharp, { type Metadata, type Sharp } from 'sharp'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { inspectFile, type FileClaim, type FileDetail, type PictureKind } from './image-files.ts'

export const IMAGE_ROLES = ['header', 'footer'] as const
export type ImageRole = (typeof IMAGE_ROLES)[number]
/** What a save does with the pictures: one left out stays, null gives its place back. */
export type ImageChange = Partial<Record<`${ImageRole}ImageId`, string | null>>
export const IMAGE_FORMATS = ['avif', 'webp', 'jpeg'] as const
export type ImageFormat = (typeof IMAGE_FORMATS)[number]
export const IMAGE_WIDTHS = [320, 480, 640] as const

export const IMAGE_PROBLEMS = ['not_an_image', 'format', 'mislabelled', 'more_than_an_image', 'too_large', 'too_many_pixels', 'too_small', 'animated', 'too_slow'] as const
export type ImageProblem = (typeof IMAGE_PROBLEMS)[number]
export type ImageVariant = { format: ImageFormat; width: number; height: number; bytes: Buffer }
/** `isReduced`: finer steps of quality would not have fitted the page. */
export type ProcessedImage = { width: number; height: number; isReduced: boolean; variants: ImageVariant[] }

export const MAX_IMAGE_BYTES = 5 * 1024 * 1024
export const MAX_IMAGE_SIDE = 6_000
/** Width to height on the page (16:5 and 4:1): known in advance, so that nothing jumps while the page loads. */
export const IMAGE_SHAPES: Record<ImageRole, number> = { header: 16 / 5, footer: 4 }

/** The 480 pixels wide AVIF travels inside the candidate's page, whose whole first answer must fit the first flight of a connection. */
const INLINE = { width: 480, bytes: 6 * 1024 }
/** From the finest to the coarsest; the blur is for pictures that are mostly noise. */
const QUALITY_STEPS = [{ quality: 62 }, { quality: 54 }, { quality: 46 }, { quality: 38 }, { quality: 30 }, { quality: 22 }, { quality: 14 }, { quality: 8 }, { quality: 8, blur: 1.2 }, { quality: 4, blur: 3 }, { quality: 1, blur: 8 }] as const
type Step = { quality: number; blur?: number }
const TIMEOUT_SECONDS = 10

/**
 * Variants of an uploaded picture for the page: the whole picture fits inside the shape of its role, because cropping
 * beheads logos. What is left free is transparent, and `background` where a format knows no transparency.
 */
export function processImage(bytes: Buffer, role: ImageRole, background = '#ffffff', claim: FileClaim = {}): Promise<Outcome<ProcessedImage, ImageProblem, FileDetail | undefined>> {
  const made = inTurn.then(() => readImage(bytes, role, background, claim))
  inTurn = made.catch(() => undefined)
  return made
}

/** One picture at a time: a decoded one may take a hundred megabytes, however many people send theirs at once. */
let inTurn: Promise<unknown> = Promise.resolve()

async function readImage(bytes: Buffer, role: ImageRole, background: string, claim: FileClaim): Promise<Outcome<ProcessedImage, ImageProblem, FileDetail | undefined>> {
  if (bytes.length > MAX_IMAGE_BYTES) return refused('too_large')
  const file = inspectFile(bytes, claim)
  if (!file.ok) return file
  const { kind, picture } = file.value
  try {
    const metadata = await open(picture).metadata()
    const problem = measure(metadata, kind, role)
    if (problem) return refused(problem)
    return done(await encode(picture, role, background))
  } catch (error) {
    return refused(asProblem(error as Error))
  }
}

function measure(metadata: Metadata, expected: PictureKind, role: ImageRole): ImageProblem | undefined {
  if (metadata.format !== (expected === 'avif' ? 'heif' : expected) || (expected === 'avif' && metadata.compression !== 'av1')) return 'format'
  // An animation would stand still on the page, at a picture that nobody chose.
  if ((metadata.pages ?? 1) > 1) return 'animated'
  const { width, height } = metadata.autoOrient
  if (Math.max(width, height) > MAX_IMAGE_SIDE) return 'too_many_pixels'
  // Enlarging blurs: the inlined variant may not need it. A sliver would shrink to nothing.
  const inlineHeight = INLINE.width / IMAGE_SHAPES[role]
  const scale = Math.min(INLINE.width / width, inlineHeight / height)
  return scale > 1 || Math.min(width, height) * scale < 8 ? 'too_small' : undefined
}

async function encode(bytes: Buffer, role: ImageRole, background: string): Promise<ProcessedImage> {
  // Decoded once; every variant starts from these pixels.
  const widest = IMAGE_WIDTHS[IMAGE_WIDTHS.length - 1] as number
  const { data, info } = await fit(open(bytes).autoOrient().toColourspace('srgb').ensureAlpha(), widest, role).raw().toBuffer({ resolveWithObject: true })
  const pixels = (width: number, { blur }: Step) => {
    const image = fit(sharp(data, { raw: { width: info.width, height: info.height, channels: 4 } }), width, role)
    return blur ? image.blur(blur) : image
  }

  const step = await bestStep((candidate) => avif(pixels(INLINE.width, candidate), candidate))
  const variants: ImageVariant[] = []
  for (const width of IMAGE_WIDTHS) {
    const height = heightFor(width, role)
    variants.push(
      { format: 'avif', width, height, bytes: await avif(pixels(width, step), step) },
      { format: 'webp', width, height, bytes: await pixels(width, step).webp({ quality: Math.max(10, step.quality) }).timeout({ seconds: TIMEOUT_SECONDS }).toBuffer() },
      { format: 'jpeg', width, height, bytes: await pixels(width, step).flatten({ background }).jpeg({ quality: Math.max(10, step.quality), mozjpeg: true }).timeout({ seconds: TIMEOUT_SECONDS }).toBuffer() },
    )
  }
  return { width: widest, height: heightFor(widest, role), isReduced: step !== QUALITY_STEPS[0], variants }
}

/** The first step whose result fits, found by halving, because every try costs an encoding; else the last. */
async function bestStep(attempt: (step: Step) => Promise<Buffer>): Promise<Step> {
  let [from, to] = [0, QUALITY_STEPS.length - 1]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    if ((await attempt(QUALITY_STEPS[middle] as Step)).length <= INLINE.bytes) to = middle
    else from = middle + 1
  }
  return QUALITY_STEPS[from] as Step
}

/** First page only: of an animation nothing but the number of its pictures is read. */
function open(bytes: Buffer): Sharp {
  return sharp(bytes, { limitInputPixels: MAX_IMAGE_SIDE * MAX_IMAGE_SIDE, failOn: 'error', pages: 1, autoOrient: false }).timeout({ seconds: TIMEOUT_SECONDS })
}

function fit(image: Sharp, width: number, role: ImageRole): Sharp {
  return image.resize({ width, height: heightFor(width, role), fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } })
}

function heightFor(width: number, role: ImageRole): number {
  return Math.round(width / IMAGE_SHAPES[role])
}

/** Effort 2 of 9: the next steps gain a tenth of the bytes for many times the work. */
function avif(image: Sharp, { quality }: Step): Promise<Buffer> {
  return image.avif({ quality, effort: 2, chromaSubsampling: '4:2:0' }).timeout({ seconds: TIMEOUT_SECONDS }).toBuffer()
}

function asProblem(error: Error): ImageProblem {
  if (/exceeds pixel limit|too large/i.test(error.message)) return 'too_many_pixels'
  return /timeout/i.test(error.message) ? 'too_slow' : 'not_an_image'
}
