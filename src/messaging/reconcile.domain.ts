/** The ladder by which a hand-over in doubt is looked up in the provider's books (none of its steps sends anything). */

/** Minutes after the hand-over of the first look and of the second; "not in the books" is believed after the second. */
export const LOOKS_AFTER_MINUTES = [10, 60] as const

/** Between two looks, and before the next try when the books could not be read. */
export const LOOK_AGAIN_MINUTES = 10

/** The provider ends every message it took with a receipt within 72 h: who has none by then almost certainly never took it. */
export const NO_RECEIPT_HOURS = 80

/** Clocks disagree: the provider's may say that a message came a minute before or after we sent it. */
const CLOCK_MARGIN_MS = 60_000

/** As the provider allows. */
const LONGEST_MS = 24 * 3_600_000

export type Doubt = { attemptId: string; e164: string; from: Date; until: Date }
export type Question = { from: Date; until: Date; to?: string; references: ReadonlySet<string> }

/**
 * As few questions as will do: doubts of one outage lie close together, and one look at those minutes answers for all of
 * them. A single number is asked for by its number, so that the books of a busy minute need not be read.
 */
export function questionsFor(doubts: readonly Doubt[]): Question[] {
  const pieces = doubts.flatMap(cut).sort((a, b) => a.from - b.from)
  const groups: Piece[][] = []
  let end = -Infinity
  for (const piece of pieces) {
    const group = groups.at(-1)
    if (group && piece.from <= end && Math.max(end, piece.until) - group[0]!.from <= LONGEST_MS) {
      group.push(piece)
      end = Math.max(end, piece.until)
    } else {
      groups.push([piece])
      end = piece.until
    }
  }
  return groups.map((group) => {
    const numbers = new Set(group.map(({ doubt }) => doubt.e164))
    return {
      from: new Date(group[0]!.from),
      until: new Date(Math.max(...group.map(({ until }) => until))),
      ...(numbers.size === 1 ? { to: group[0]!.doubt.e164 } : {}),
      references: new Set(group.map(({ doubt }) => doubt.attemptId)),
    }
  })
}

type Piece = { doubt: Doubt; from: number; until: number }

/** A doubt of unknown hour, as a restored database leaves them, may span days. */
function cut(doubt: Doubt): Piece[] {
  const pieces: Piece[] = []
  const end = doubt.until.getTime() + CLOCK_MARGIN_MS
  for (let from = doubt.from.getTime() - CLOCK_MARGIN_MS; from < end; from += LONGEST_MS) pieces.push({ doubt, from, until: Math.min(from + LONGEST_MS, end) })
  return pieces
}
