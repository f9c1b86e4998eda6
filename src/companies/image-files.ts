/** What an uploaded file is, judged by its bytes alone and before anything decodes it: which picture, where it ends, and whether it is nothing else besides. */
import { done, refused, type Outcome } from '../core/outcome.ts'
import { boxesEnd, gifEnd, jpegEnd, pngEnd, webpEnd } from './image-extents.ts'
import { isKnownTrailer, paddingEnd } from './image-trailers.ts'

export type PictureKind = 'jpeg' | 'png' | 'gif' | 'webp' | 'avif'
/** What people send although it is no picture we take. */
export type OtherKind = 'svg' | 'heic' | 'tiff' | 'bmp' | 'psd' | 'ico' | 'pdf' | 'html' | 'zip'
export type FileProblem = 'not_an_image' | 'format' | 'mislabelled' | 'more_than_an_image' | 'animated'
/** `is` is what the file is, `said` what it was called, `right` the ending that it should have. */
export type FileDetail = { is?: PictureKind | OtherKind; said?: string; right?: string }
/** What came with the file: proves nothing, and must not contradict it. */
export type FileClaim = { name?: string; type?: string }

/** First bytes of what we accept. No other decoder may ever see the file. */
const PICTURES: readonly { kind: PictureKind; at: number; bytes: string }[] = [
  { kind: 'jpeg', at: 0, bytes: 'ffd8ff' },
  { kind: 'png', at: 0, bytes: '89504e470d0a1a0a' },
  { kind: 'gif', at: 0, bytes: '474946383761' },
  { kind: 'gif', at: 0, bytes: '474946383961' },
  { kind: 'webp', at: 8, bytes: '57454250' },
  { kind: 'avif', at: 4, bytes: '6674797061766966' },
  { kind: 'avif', at: 4, bytes: '667479706d696631' },
]

const OTHERS: readonly { kind: OtherKind; looks: RegExp }[] = [
  { kind: 'html', looks: /^\s*(<!doctype html|<html|<head|<body|<script|<\?php)/i },
  { kind: 'svg', looks: /^\s*(<\?xml|<!--|<!doctype svg|<svg)/i },
  { kind: 'pdf', looks: /^%PDF/ },
  { kind: 'bmp', looks: /^BM/ },
  { kind: 'tiff', looks: /^(II\*\0|MM\0\*)/ },
  { kind: 'psd', looks: /^8BPS/ },
  { kind: 'ico', looks: /^\0\0\x01\0/ },
  { kind: 'heic', looks: /^[^]{4}ftyp/ },
  { kind: 'zip', looks: /^PK(\x03\x04|\x05\x06)/ },
]

const AVIF_BOXES = new Set(['ftyp', 'meta', 'mdat', 'moov', 'free', 'skip', 'uuid', 'pdin'])
const ENDINGS: Record<PictureKind, readonly string[]> = { jpeg: ['jpg', 'jpeg', 'jpe', 'jfif', 'pjpeg'], png: ['png'], gif: ['gif'], webp: ['webp'], avif: ['avif'] }
const TYPES: Record<PictureKind, readonly string[]> = { jpeg: ['jpeg', 'jpg', 'pjpeg'], png: ['png', 'x-png'], gif: ['gif'], webp: ['webp'], avif: ['avif'] }
/** Where readers of PDF look for its header, however much stands before it. */
const PDF_HEADER_WITHIN = 1024
/** The end of an archive's directory, and the comment that may follow it. */
const ZIP_END = { length: 22, comment: 65_535 }
const MARKUP = /^<(script|\?php\s|!doctype\s|html[\s>]|iframe|body[\s>])/i

/** The picture within the file: its kind, and its own bytes without what a telephone put behind them. */
export function inspectFile(bytes: Buffer, claim: FileClaim = {}): Outcome<{ kind: PictureKind; picture: Buffer }, FileProblem, FileDetail | undefined> {
  const kind = PICTURES.find(({ at, bytes: magic }) => bytes.toString('hex', at, at + magic.length / 2) === magic)?.kind
  if (!kind) {
    const other = otherKind(bytes)
    return other ? refused('format', { is: other }) : refused('not_an_image')
  }
  const said = contradiction(kind, claim)
  if (said) return refused('mislabelled', { is: kind, said, right: `.${ENDINGS[kind][0] as string}` })
  const end = pictureEnd(bytes, kind)
  if (end === undefined) return refused('not_an_image')
  const isAlone = kind === 'jpeg' ? isKnownTrailer(bytes, end) : paddingEnd(bytes, end) === bytes.length
  if (!isAlone || holdsSomethingElse(bytes, kind)) return refused('more_than_an_image')
  // Of the animations, the one kind that the decoder takes for a still picture.
  if (kind === 'png' && bytes.subarray(0, bytes.indexOf('IDAT')).includes('acTL')) return refused('animated')
  return done({ kind, picture: bytes.subarray(0, end) })
}

function pictureEnd(bytes: Buffer, kind: PictureKind): number | undefined {
  if (kind === 'jpeg') return jpegEnd(bytes)
  if (kind === 'png') return pngEnd(bytes)
  if (kind === 'gif') return gifEnd(bytes)
  return kind === 'webp' ? webpEnd(bytes) : boxesEnd(bytes, AVIF_BOXES)
}

/** For the sentence: something we know but do not take deserves a better one than a broken file. */
function otherKind(bytes: Buffer): OtherKind | undefined {
  const start = bytes.toString('latin1', 0, 1024).replace(/^\u00ef\u00bb\u00bf/, '')
  return OTHERS.find(({ looks }) => looks.test(start))?.kind
}

/** What the name or the declared type says, where it is something else than the bytes. A name without an ending says nothing. */
function contradiction(kind: PictureKind, { name = '', type = '' }: FileClaim): string | undefined {
  const ending = /\.([a-z][a-z0-9]{0,9})\s*$/i.exec(name)?.[1]?.toLowerCase()
  if (ending !== undefined && !ENDINGS[kind].includes(ending)) return `.${ending}`
  const declared = /^[\w.+-]{1,40}\/[\w.+-]{1,40}/.exec(type.trim().toLowerCase())?.[0] ?? ''
  if (declared === '' || declared === 'application/octet-stream') return undefined
  return TYPES[kind].some((one) => declared === `image/${one}`) ? undefined : declared
}

/** A file can be a picture to one program and an archive, a document or a page to another, with nothing behind its end. */
function holdsSomethingElse(bytes: Buffer, kind: PictureKind): boolean {
  if (bytes.subarray(0, PDF_HEADER_WITHIN).includes('%PDF-')) return true
  // The length of the first segment reads « /* » or « // »: a script that hides the picture in a comment.
  if (kind === 'jpeg' && bytes[3] === 0xe0 && bytes[4] === 0x2f && (bytes[5] === 0x2a || bytes[5] === 0x2f)) return true
  return endsAsArchive(bytes) || holdsMarkup(bytes)
}

function endsAsArchive(bytes: Buffer): boolean {
  const tail = bytes.subarray(Math.max(0, bytes.length - ZIP_END.length - ZIP_END.comment))
  for (let place = tail.indexOf('PK\x05\x06'); place >= 0 && place + ZIP_END.length <= tail.length; place = tail.indexOf('PK\x05\x06', place + 1)) {
    if (place + ZIP_END.length + tail.readUInt16LE(place + 20) === tail.length) return true
  }
  return false
}

/** What cameras and programs write beside a picture is XML at most, never a page nor a script. */
function holdsMarkup(bytes: Buffer): boolean {
  for (let place = bytes.indexOf(0x3c); place >= 0; place = bytes.indexOf(0x3c, place + 1)) {
    if (MARKUP_SECOND.has(bytes[place + 1] ?? 0) && MARKUP.test(bytes.toString('latin1', place, place + 12))) return true
  }
  return false
}

const MARKUP_SECOND = new Set([...'sS?!hHiIbB'].map((letter) => letter.charCodeAt(0)))
