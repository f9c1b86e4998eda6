/** Where a picture ends within its file: its outer parts are walked, nothing is decoded. Undefined: it has no such end, it is damaged. */

/** JPEG (ITU-T T.81 annex B): segments with their lengths, and scans up to the next marker. `at` is where the picture begins. */
export function jpegEnd(bytes: Buffer, at = 0): number | undefined {
  let place = at + 2
  while (bytes[place] === 0xff) {
    const marker = bytes[place + 1]
    if (marker === undefined) return undefined
    if (marker === 0xff) place += 1
    else if (marker === 0xd9) return place + 2
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) place += 2
    else {
      if (place + 4 > bytes.length) return undefined
      place += 2 + bytes.readUInt16BE(place + 2)
      if (marker === 0xda) place = scanEnd(bytes, place)
    }
  }
  return undefined
}

/** A marker ends a scan; a stuffed zero, a restart and a fill byte do not. */
function scanEnd(bytes: Buffer, from: number): number {
  for (let place = bytes.indexOf(0xff, from); place >= 0; place = bytes.indexOf(0xff, place + 1)) {
    const next = bytes[place + 1] ?? 0
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return place
  }
  return bytes.length
}

/** PNG: chunks up to the last one, whose name says so. */
export function pngEnd(bytes: Buffer): number | undefined {
  let place = 8
  while (place + 12 <= bytes.length) {
    const name = word(bytes, place + 4)
    place += 12 + bytes.readUInt32BE(place)
    if (name === 'IEND') return place <= bytes.length ? place : undefined
  }
  return undefined
}

/** GIF89a: blocks up to the trailer. Some encoders leave the trailer out. */
export function gifEnd(bytes: Buffer): number | undefined {
  let place = 13 + colourTable(bytes[10])
  while (place < bytes.length) {
    const kind = bytes[place]
    if (kind === 0x3b) return place + 1
    if (kind === 0x21) place = subBlocksEnd(bytes, place + 2)
    else if (kind === 0x2c) place = subBlocksEnd(bytes, place + 11 + colourTable(bytes[place + 9]))
    else return undefined
  }
  return place === bytes.length ? place : undefined
}

const colourTable = (flags = 0): number => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0)

function subBlocksEnd(bytes: Buffer, from: number): number {
  let place = from
  for (let length = bytes[place]; length; length = bytes[place]) place += length + 1
  return place + 1
}

/** WebP: the container says how long it is, and its chunks fill it. */
export function webpEnd(bytes: Buffer): number | undefined {
  if (word(bytes, 0) !== 'RIFF') return undefined
  const end = 8 + bytes.readUInt32LE(4)
  if (end > bytes.length) return undefined
  let place = 12
  // A chunk of odd length is padded.
  while (place + 8 <= end) place += 8 + ((bytes.readUInt32LE(place + 4) + 1) & ~1)
  return place === end ? end : undefined
}

/** AVIF, and the films that telephones put behind photographs (ISO 14496-12): boxes of these names, one behind the other. */
export function boxesEnd(bytes: Buffer, names: ReadonlySet<string>, at = 0): number | undefined {
  let place = at
  while (place + 8 <= bytes.length && names.has(word(bytes, place + 4))) {
    const length = bytes.readUInt32BE(place)
    const isLong = length === 1 && place + 16 <= bytes.length
    const whole = isLong ? Number(bytes.readBigUInt64BE(place + 8)) : length
    // « Up to the end of the file », whatever comes: such a box has no end of its own.
    if (whole < (isLong ? 16 : 8) || place + whole > bytes.length) return undefined
    place += whole
  }
  return place > at ? place : undefined
}

export function word(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 4)
}
