import { z } from 'zod'

/** The id of a row as addresses and forms carry it: of so few digits that it is exact as a number. */
export const rowId = z.string().regex(/^[1-9]\d{0,14}$/).transform(Number)

export const idParams = z.object({ id: rowId })
