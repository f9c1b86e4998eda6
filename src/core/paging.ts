/** Position in a list paged by key: the sort values of the last row shown, in sort order. */
export type Cursor = readonly (string | number | null)[]

export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url')
}

/** Undefined when the text is not a cursor of ours: the list then starts at its beginning. */
export function decodeCursor(text: string | undefined, length: number): Cursor | undefined {
  if (!text) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (!Array.isArray(value) || value.length !== length) return undefined
    return value.every((part) => part === null || typeof part === 'string' || typeof part === 'number') ? value : undefined
  } catch {
    return undefined // typed or cut by hand
  }
}

/** An id, a number of rows or a moment in milliseconds, as a part of a cursor must be. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
