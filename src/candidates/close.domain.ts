/** Letters that may be wrong in a word of this length: none in short words, where every other word would be alike. */
export function lettersAllowed(word: string): number {
  const letters = [...word].length
  return letters < 4 ? 0 : letters < 6 ? 1 : 2
}

/**
 * How many letters differ, two neighbours that changed places counting once (« dupnot »); `start` is the same for the beginning of
 * `word` that is likest, for somebody who is still typing.
 */
export function distance(asked: string, word: string): { whole: number; start: number } {
  const [from, to] = [[...asked], [...word]]
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, n) => n)
  for (const [i, letter] of from.entries()) {
    const row = [i + 1]
    for (const [j, other] of to.entries()) {
      const cost = letter === other ? 0 : 1
      let best = Math.min(row[j]! + 1, last[j + 1]! + 1, last[j]! + cost)
      if (i > 0 && j > 0 && letter === to[j - 1] && from[i - 1] === other) best = Math.min(best, beforeLast[j - 1]! + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return { whole: last[to.length]!, start: Math.min(...last) }
}

/** The words that `asked` may have meant, likest first: fewest wrong letters, whole words before longer ones that begin so. */
export function closestWords(asked: string, words: readonly string[], most: number): string[] {
  const allowed = lettersAllowed(asked)
  if (allowed === 0) return []
  return words
    .map((word, order) => {
      const { whole, start } = distance(asked, word)
      return { word, order, rank: whole <= allowed ? whole : start <= allowed ? start + 0.5 : Infinity }
    })
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank || a.order - b.order)
    .slice(0, most)
    .map(({ word }) => word)
}
