/**
 * Capital letters as lines with round ends, 100 units high: pictures are drawn on machines that may have no font at all.
 * Each: path of the centre line and the width it takes.
 */
const LETTERS: Record<string, readonly [path: string, width: number]> = {
  A: ['M0 100L40 0L80 100M14 66H66', 80],
  B: ['M0 50H36A25 25 0 0 0 36 0H0V100H38A25 25 0 0 0 38 50', 63],
  C: ['M78 15A46 50 0 1 0 78 85', 80],
  D: ['M0 0H30A50 50 0 0 1 30 100H0Z', 80],
  E: ['M60 0H0V100H60M0 50H50', 60],
  F: ['M58 0H0V100M0 50H48', 58],
  G: ['M78 15A46 50 0 1 0 92 52H58', 92],
  H: ['M0 0V100M0 50H66M66 0V100', 66],
  I: ['M0 0V100', 0],
  L: ['M0 0V100H52', 52],
  M: ['M0 100V0L42 62L84 0V100', 84],
  N: ['M0 100V0L70 100V0', 70],
  O: ['M46 0A46 50 0 1 1 46 100A46 50 0 1 1 46 0Z', 92],
  P: ['M0 100V0H35A28 28 0 0 1 35 56H0', 63],
  Q: ['M46 0A46 50 0 1 1 46 100A46 50 0 1 1 46 0ZM62 74L90 106', 92],
  R: ['M0 100V0H35A27 27 0 0 1 35 54H0M35 54L64 100', 64],
  S: ['M66 18C60 6 48 0 35 0C17 0 4 10 4 25C4 58 68 42 68 75C68 90 54 100 35 100C20 100 8 93 2 80', 70],
  T: ['M0 0H70M35 0V100', 70],
  U: ['M0 0V64A35 36 0 0 0 70 64V0', 70],
  X: ['M0 0L70 100M70 0L0 100', 70],
  V: ['M0 0L40 100L80 0', 80],
  Y: ['M0 0L38 52V100M38 52L76 0', 76],
  '-': ['M0 54H34', 34],
  '·': ['M4 50H4', 8],
}
const SPACE = 44

/** The words as one group, their upper left corner at `x`, `y`; `height` of the capitals and `weight` of the line in pixels. */
export function lettering(words: string, at: { x: number; y: number; height: number; weight: number; color: string; spacing?: number }): string {
  const scale = at.height / 100
  let x = 0
  const paths: string[] = []
  for (const letter of words) {
    const shape = LETTERS[letter]
    if (letter === ' ') x += SPACE
    else if (!shape) throw new Error(`no drawing for the letter ${letter}`)
    else {
      paths.push(`<path transform="translate(${x} 0)" d="${shape[0]}"/>`)
      x += shape[1] + (at.spacing ?? 42)
    }
  }
  return `<g transform="translate(${at.x} ${at.y}) scale(${scale})" fill="none" stroke="${at.color}" stroke-width="${at.weight / scale}" stroke-linecap="round" stroke-linejoin="round">${paths.join('')}</g>`
}
