/** What honest telephones put behind a photograph, and nothing else may stand there. All of it is cut off. */
import { boxesEnd, jpegEnd, word } from './image-extents.ts'

const FILM_BOXES = new Set(['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'uuid', 'meta', 'moof', 'mfra', 'sidx', 'styp'])

/**
 * True when behind `end` there is nothing, padding, or what the photograph itself announces: further pictures (CIPA DC-007, multi-picture),
 * the film of a motion photo (Android « Motion Photo format », formerly MicroVideo), Samsung's own directory of blocks.
 */
export function isKnownTrailer(bytes: Buffer, end: number): boolean {
  const head = bytes.subarray(0, end)
  const announces = { pictures: head.includes('MPF\0'), film: head.includes('MotionPhoto') || head.includes('MicroVideo') }
  const last = samsungStart(bytes, end) ?? bytes.length
  let place: number | undefined = end
  while (place !== undefined && place < last) {
    const next = paddingEnd(bytes, place, last)
    if (next === last) return true
    if (announces.pictures && bytes[next] === 0xff && bytes[next + 1] === 0xd8) place = jpegEnd(bytes, next)
    else if (announces.film) place = filmEnd(bytes, place, next)
    else return false
  }
  return place === last
}

/** A film begins with its length, and a length with zeros: its first box stands somewhere from `earliest` to `latest`. */
function filmEnd(bytes: Buffer, earliest: number, latest: number): number | undefined {
  const start = bytes.subarray(0, latest + 8).indexOf('ftyp', earliest) - 4
  return start >= earliest ? boxesEnd(bytes, FILM_BOXES, start) : undefined
}

/** Zeros up to a block of the card are nobody's data. */
export function paddingEnd(bytes: Buffer, from: number, until = bytes.length): number {
  let place = from
  while (place < until && bytes[place] === 0) place += 1
  return place
}

/**
 * Samsung's trailer, read from its end: « SEFT », the length of the directory before it, and there « SEFH », version, count and
 * entries of two bytes each twice, how far before the directory the block begins, and its length. The blocks must fill what they claim.
 */
function samsungStart(bytes: Buffer, end: number): number | undefined {
  if (bytes.length < end + 20 || word(bytes, bytes.length - 4) !== 'SEFT') return undefined
  const directory = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)
  if (directory < end || directory + 12 > bytes.length || word(bytes, directory) !== 'SEFH') return undefined
  const count = bytes.readUInt32LE(directory + 8)
  if (directory + 12 + count * 12 !== bytes.length - 8) return undefined
  let [farthest, sum] = [0, 0]
  for (let entry = directory + 12; entry < bytes.length - 8; entry += 12) {
    farthest = Math.max(farthest, bytes.readUInt32LE(entry + 4))
    sum += bytes.readUInt32LE(entry + 8)
  }
  return sum === farthest && directory - farthest >= end ? directory - farthest : undefined
}
