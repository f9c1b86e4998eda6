import { z } from 'zod'

/** The id of a row as addresses and forms carry it: of so few digits that it is exact as a number. */
export const rowId = z.string().regex(/^[1-9]\d{0,14}$/).transform(Number)

export const idParams = z.object({ id: rowId })

/** A field sent once is a string, more than once a list, and past the parser's limit an object; what is no id is passed over, and none comes twice. */
export const rowIds = z.unknown().optional().transform((value): number[] => {
  const given = Array.isArray(value) ? value : value !== null && typeof value === 'object' ? Object.values(value) : [value]
  return [...new Set(given.map((one) => rowId.safeParse(one)).flatMap((parsed) => (parsed.success ? [parsed.data] : [])))]
})
