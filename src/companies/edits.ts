/** Whose change is it, when a form was opened before somebody else saved? Pure. */
import { isDeepStrictEqual } from 'node:util'

/**
 * `given`: what the form sends; `now`: what is saved; `earlier`: for whatever was saved since the form was made, what it held
 * then. A field that still says what it said is nobody's change.
 */
export function compareEdits<Name extends string>(given: Partial<Record<Name, unknown>>, now: Record<Name, unknown>, earlier: ReadonlyMap<string, unknown>): { mine: Name[]; theirs: Name[] } {
  const names = Object.keys(given) as Name[]
  const then = (name: Name) => (earlier.has(name) ? earlier.get(name) : now[name])
  return {
    mine: names.filter((name) => !isDeepStrictEqual(given[name], then(name))),
    theirs: names.filter((name) => !isDeepStrictEqual(now[name], then(name)) && !isDeepStrictEqual(now[name], given[name])),
  }
}
