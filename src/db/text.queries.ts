import { sql, type RawBuilder } from 'kysely'

/** Sorts after every other, so that all texts with one beginning lie between it and it followed by this. */
const LAST_CHARACTER = '\u{10ffff}'

/** Whether a folded column, sorted by code points, begins with a text: a range that an index answers alone. */
export function beginsWith(column: RawBuilder<unknown>, text: string): RawBuilder<boolean> {
  return sql<boolean>`${column} between fold(${text}) and fold(${text}) || ${LAST_CHARACTER}::text`
}
