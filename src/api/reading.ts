/** What a request says, read by the schemas of its operation. */
import { z } from 'zod'
import type { Language } from '../words/define.ts'
import type { ApiRoute } from './endpoint.ts'
import { ApiProblem, type FieldFault } from './problem.ts'

export type Asked = { params: unknown; query: unknown; body: unknown }

/** Everything that is wrong is told at once. */
export function readCall(route: ApiRoute, asked: Asked, language: Language): Asked {
  // What is no id names nothing.
  if (route.params && !route.params.safeParse(plain(route.params, asked.params)).success) throw new ApiProblem('not_found')
  const errors: FieldFault[] = []
  const take = (place: 'path' | 'query' | 'body', schema: z.ZodType | undefined, value: unknown): unknown => {
    if (!schema) return undefined
    const parsed = schema.safeParse(value, { error: MESSAGES[language] })
    if (parsed.success) return parsed.data
    errors.push(...faultsOf(place, parsed.error.issues))
    return undefined
  }
  const read = {
    params: take('path', route.params, route.params && plain(route.params, asked.params)),
    query: take('query', route.query ?? NOTHING, plain(route.query ?? NOTHING, asked.query)),
    body: take('body', route.body, asked.body),
  }
  if (errors.length > 0) throw new ApiProblem('invalid', { errors: errors.slice(0, MOST_FAULTS) })
  return read
}

const NOTHING = z.strictObject({})

/** More help nobody. */
const MOST_FAULTS = 50

const MESSAGES = { fr: z.locales.fr().localeError, en: z.locales.en().localeError }

function faultsOf(place: FieldFault['in'], issues: readonly z.core.$ZodIssue[]): FieldFault[] {
  return issues.flatMap((issue): FieldFault[] => {
    const path = issue.path.map(String)
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ in: place, field: [...path, key].join('.'), message: issue.message }))
    return [{ in: place, field: path.join('.'), message: issue.message }]
  })
}

/** An address holds texts alone: a field that asks for a number or a yes gets one where the text is one. */
function plain(schema: z.ZodObject, given: unknown): unknown {
  return Object.fromEntries(Object.entries((given ?? {}) as Record<string, unknown>).map(([name, value]) => [name, typeof value === 'string' ? asType(kindOf(schema.shape[name]), value) : value]))
}

function asType(kind: string | undefined, text: string): unknown {
  if (kind === 'number' && /^-?\d{1,15}$/.test(text)) return Number(text)
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

function kindOf(schema: z.core.$ZodType | undefined): string | undefined {
  let inner = schema
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodNullable) inner = inner.unwrap()
  return inner?._zod.def.type
}
