/** Values as a schema of the description allows them, and values as it does not. */
import fc from 'fast-check'
import type { JsonSchema, OpenApi } from '../../src/api/openapi.ts'

type Known = { description: OpenApi; ids: readonly number[] }

/** What people and machines send by mistake or on purpose. */
const HOSTILE: readonly unknown[] = [
  null, true, false, 0, -1, 1e21, 2 ** 53, -(2 ** 63), 0.1, '', ' ', '\u0000', 'a\u0000b', '\ud800', '\u202etxt', '0', 'null', '\'; drop table candidate; --', '%00', '../../etc/passwd', '{{7*7}}', 'é'.repeat(5_000), '🧑🏽‍🚒',
  '9999-99-99', '2027-02-29', '0000-00-00', '+33639980001', [], [null], {}, { id: {} }, { $ref: '#' }, { 'constructor': 1 }, [[[[]]]], Array.from({ length: 200 }, (_, i) => i),
]

/** What fits: of ids, mostly such as there are. */
export function fitting(schema: JsonSchema, known: Known, depth = 0): fc.Arbitrary<unknown> {
  const { $ref, anyOf, oneOf, allOf, const: only, enum: words, examples } = schema as JsonSchema & { oneOf?: JsonSchema[]; allOf?: JsonSchema[] }
  if ($ref !== undefined) return fitting(known.description.components.schemas[$ref.split('/').at(-1)!]!, known, depth + 1)
  if (only !== undefined) return fc.constant(only)
  if (words) return fc.constantFrom(...words)
  const choices = anyOf ?? oneOf
  if (choices) return fc.oneof(...choices.map((choice) => fitting(choice, known, depth + 1)))
  if (allOf) return fitting(Object.assign({}, ...allOf) as JsonSchema, known, depth + 1)
  const types = Array.isArray(schema.type) ? schema.type : [schema.type]
  return fc.oneof(...types.map((type) => ofType(type, schema, examples, known, depth)))
}

function ofType(type: string | undefined, schema: JsonSchema, examples: readonly unknown[] | undefined, known: Known, depth: number): fc.Arbitrary<unknown> {
  const bound = (name: string, otherwise: number) => (typeof schema[name] === 'number' ? (schema[name] as number) : otherwise)
  switch (type) {
    case 'null': return fc.constant(null)
    case 'boolean': return fc.boolean()
    case 'integer': case 'number': {
      const least = bound('minimum', bound('exclusiveMinimum', -1) + 1)
      const most = Math.min(bound('maximum', 2 ** 31), Number.MAX_SAFE_INTEGER)
      const isId = most > 1e12
      return fc.oneof({ weight: isId ? 6 : 0, arbitrary: fc.constantFrom(...known.ids) }, { weight: 2, arbitrary: fc.integer({ min: least, max: Math.min(most, least + 60) }) }, { weight: 1, arbitrary: fc.constantFrom(least, most) })
    }
    case 'array': return fc.array(fitting(schema.items ?? {}, known, depth + 1), { minLength: bound('minItems', 0), maxLength: Math.min(bound('maxItems', 3), Math.max(3, bound('minItems', 0))) })
    case 'object': return objects(schema, known, depth)
    case 'string': return texts(schema, examples)
    default: return fc.jsonValue({ maxDepth: 1 })
  }
}

function objects({ properties = {}, required = [], additionalProperties }: JsonSchema, known: Known, depth: number): fc.Arbitrary<unknown> {
  const names = Object.keys(properties)
  if (names.length === 0) return additionalProperties === false ? fc.constant({}) : fc.dictionary(fc.constantFrom('a', 'b'), fc.constant('x'), { maxKeys: 2 })
  return fc.record(Object.fromEntries(names.map((name) => [name, fitting(properties[name]!, known, depth + 1)])), { requiredKeys: required.filter((name) => names.includes(name)) })
}

const WORDS = ['Awa', 'Martin', 'Chef d’équipe', 'a', 'Éloïse-Anaïs', 'n°7', 'Ünal', '12', 'm', 'Bonjour {prenom|}, {agence} : {lien}\n{stop}', 'x'.repeat(40), '%_\\', '+33639980777', '06 39 98 00 77', 'nom@example.com', '2027-03-04', '09:45', '+33639980778']

function texts(schema: JsonSchema, examples: readonly unknown[] = []): fc.Arbitrary<string> {
  if (schema['format'] === 'date') return fc.integer({ min: 0, max: 600 }).map((days) => new Date(Date.UTC(2026, 10, 1) + days * 86_400_000).toISOString().slice(0, 10))
  if (schema['format'] === 'date-time') return fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }).map((date) => date.toISOString())
  const least = typeof schema['minLength'] === 'number' ? schema['minLength'] : 0
  const most = typeof schema['maxLength'] === 'number' ? schema['maxLength'] : 200
  const pattern = typeof schema['pattern'] === 'string' ? new RegExp(schema['pattern'], 'u') : undefined
  const fits = (text: string) => text.length >= least && text.length <= most && (pattern === undefined || pattern.test(text))
  const usable = [...examples.filter((one): one is string => typeof one === 'string'), ...WORDS].filter(fits)
  const free = fc.string({ unit: 'grapheme', minLength: least, maxLength: Math.min(most, 30) })
  if (pattern === undefined) return usable.length > 0 ? fc.oneof(fc.constantFrom(...usable), free.filter(fits)) : free
  // Where nothing known fits, what the pattern itself describes does.
  return usable.length > 0 ? fc.constantFrom(...usable) : fc.stringMatching(new RegExp(schema['pattern'] as string, 'u')).filter(fits)
}

/** Something that is mostly wrong in one place: a field replaced, left out or added, or the whole. */
export function spoilt(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const hostile = fc.constantFrom(...HOSTILE)
  return fc.oneof(
    { weight: 1, arbitrary: hostile },
    { weight: 6, arbitrary: fc.tuple(value, fc.nat(), fc.constantFrom('replace', 'leave out', 'add', 'within'), hostile).map(([one, at, how, bad]) => spoil(one, at, how, bad)) },
  )
}

function spoil(value: unknown, at: number, how: string, bad: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return bad
  const names = Object.keys(value)
  const name = names[at % Math.max(1, names.length)]
  if (how === 'add' || name === undefined) return { ...value, colour: bad }
  const { [name]: inner, ...others } = value as Record<string, unknown>
  if (how === 'leave out') return others
  return { ...value, [name]: how === 'within' ? spoil(inner, at + 1, 'replace', bad) : bad }
}
