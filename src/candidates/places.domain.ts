/**
 * A town as people compare it, the same as the function `place_key` of the database: a country's data is loaded many times faster
 * with it, and a test holds the two together.
 */
export function placeKey(town: string): string {
  return foldTown(town)
    .replace(/\bcedex( \d+)?\b/g, '')
    .replace(/\bsaint(e?)\b/g, 'st$1')
    .replace(/ s (?=[a-z])/, ' sur ')
    .replace(/ 0*(\d{1,2}) ?(er|ere|e|eme|ieme|nd|nde)?( arrdt| arrondissement| arr)?$/, ' $1')
    .replace(/ +/g, ' ')
    .trim()
}

function foldTown(town: string): string {
  const letters = town.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('œ', 'oe').replaceAll('æ', 'ae').replaceAll('ß', 'ss')
  return letters.replace(/[^a-z0-9]+/g, ' ').trim()
}
