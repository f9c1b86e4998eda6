/** Who is told of the answers of a campaign. Pure. */

/** What is stored of a choice: only who may be told, and nothing where that is the sender alone, whoever that will be. */
export function followersFrom(ticked: readonly number[], colleagues: readonly { id: number }[], senderId: number): number[] {
  const allowed = colleagues.flatMap(({ id }) => (ticked.includes(id) ? [id] : [])).sort((a, b) => a - b)
  return allowed.length === 1 && allowed[0] === senderId ? [] : allowed
}

/** What a form was made from, so that a colleague's choice is not undone unseen. */
export function markOf(chosen: readonly number[]): string {
  return [...chosen].sort((a, b) => a - b).join('-')
}
