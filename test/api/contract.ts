/** Holds a running server to the description that it gives of itself: ajv judges every answer, fast-check makes the requests. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import fc from 'fast-check'
import type { JsonSchema, OpenApi, Operation, Parameter } from '../../src/api/openapi.ts'
import { fitting, spoilt } from './values.ts'

export type Request = { operation: string; method: string; path: string; headers: Record<string, string>; body: unknown; isSpoilt: boolean }
export type Finding = { operation: string; what: string; request: string; answer: string }

const DESCRIPTION = 'https://dispo.test/openapi.json'

/** Judges answers by the description alone. */
export function makeJudge(description: OpenApi) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false })
  formats.default(ajv)
  ajv.addSchema(description as unknown as Record<string, unknown>, DESCRIPTION)
  const pointer = (...parts: string[]) => `${DESCRIPTION}#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`

  return {
    /** What is wrong with an answer; nothing where it keeps what was promised. */
    faults(operation: string, { status, type, text }: { status: number; type: string; text: string }): string[] {
      const [path, method, described] = find(description, operation)
      if (status >= 500) return [`answered ${status}`]
      const response = described.responses[String(status)] as { $ref?: string; content?: Record<string, unknown> } | undefined
      if (!response) return [`${status} is not among ${Object.keys(described.responses).join(', ')}`]
      const place = response.$ref ? ['components', 'responses', response.$ref.split('/').at(-1)!] : ['paths', path, method, 'responses', String(status)]
      const content = response.$ref ? (description.components.responses[place[2]!] as { content?: Record<string, unknown> }).content : response.content
      if (!content) return text === '' ? [] : [`${status} has a body of which nothing is said`]
      const [media] = Object.keys(content)
      if (!type.startsWith(media!)) return [`${type || 'nothing'} instead of ${media}`]
      const validate = ajv.getSchema(pointer(...place, 'content', media!, 'schema'))
      if (!validate) return [`no schema at ${place.join(' ')}`]
      return validate(JSON.parse(text)) ? [] : [ajv.errorsText(validate.errors)]
    },
    /** Examples that their own schemas refuse. */
    examples(): string[] {
      return walk(description as unknown as JsonSchema).flatMap(([place, schema]) => {
        const validate = ajv.compile({ $ref: pointer(...place) })
        return (schema.examples ?? []).filter((example) => !validate(example)).map((example) => `${place.join(' ')}: ${JSON.stringify(example)}: ${ajv.errorsText(validate.errors)}`)
      })
    },
    /** Whether a body is one that the description allows. */
    allows(operation: string, body: unknown): boolean {
      const [path, method, described] = find(description, operation)
      if (!described.requestBody) return true
      return ajv.getSchema(pointer('paths', path, method, 'requestBody', 'content', 'application/json', 'schema'))!(body) === true
    },
  }
}

/** Every schema that has examples, and where it stands. */
function walk(value: unknown, place: string[] = []): [string[], JsonSchema][] {
  if (value === null || typeof value !== 'object') return []
  const inner = Object.entries(value).flatMap(([name, one]) => (name === 'examples' ? [] : walk(one, [...place, name])))
  return Array.isArray((value as JsonSchema).examples) ? [[place, value as JsonSchema], ...inner] : inner
}

function find(description: OpenApi, operationId: string): [string, string, Operation] {
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) if (operation.operationId === operationId) return [path, method, operation]
  }
  throw new Error(`no operation ${operationId}`)
}

export function operationsOf(description: OpenApi): string[] {
  return Object.values(description.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId))
}

/** Requests of one operation: as described, or spoilt in one place. */
export function requestsOf(description: OpenApi, operationId: string, ids: Readonly<Record<string, readonly number[]>>, isSpoilt: boolean): fc.Arbitrary<Request> {
  const [path, method, operation] = find(description, operationId)
  const all = Object.values(ids).flat()
  const known = { description, ids: all }
  // What the address begins with is mostly asked for what there is of it.
  const own = { description, ids: ids[path.split('/')[1]!] ?? all }
  const parameters = (place: Parameter['in']) => operation.parameters.filter((one) => one.in === place && one.name !== 'Idempotency-Key' && one.name !== 'cursor')
  const record = (place: Parameter['in']) => fc.record(Object.fromEntries(parameters(place).map(({ name, schema }) => [name, fitting(schema, place === 'path' ? own : known)])), { requiredKeys: parameters(place).filter(({ required }) => required).map(({ name }) => name) })
  const schema: JsonSchema | undefined = operation.requestBody?.content['application/json'].schema
  const body = schema ? fitting(schema, known) : fc.constant(undefined)
  const wrong = <Value>(value: fc.Arbitrary<Value>) => (isSpoilt ? fc.oneof(value, spoilt(value)) : value)
  return fc.tuple(wrong(record('path')), wrong(record('query')), record('header'), schema ? wrong(body) : body).map(([given, query, headers, sent]) => {
    const place = given as Record<string, unknown> | null
    const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(printed(place?.[name] ?? 'x').slice(0, 60)) || 'x')
    const asked = query !== null && typeof query === 'object' ? Object.entries(query as object) : []
    // Longer ones do not get past the server's own limit.
    const search = new URLSearchParams(asked.map(([name, value]): [string, string] => [name, printed(value).slice(0, 1_000)])).toString()
    return { operation: operationId, method: method.toUpperCase(), path: address + (search === '' ? '' : `?${search}`), headers: cleaned(headers as Record<string, unknown>), body: sent, isSpoilt }
  })
}

function printed(value: unknown): string {
  return (typeof value === 'object' ? JSON.stringify(value) : String(value)).toWellFormed()
}

/** What HTTP lets through. */
function cleaned(headers: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value).replaceAll(/[^\x21-\x7e]/g, '') || 'x']))
}

export type Caller = { base: string; keyFor: (n: number) => string }

/** Sends each request, and tells what broke the description. */
export async function hold(description: OpenApi, { base, keyFor }: Caller, requests: readonly Request[]): Promise<{ findings: Finding[]; statuses: Record<string, number> }> {
  const judge = makeJudge(description)
  const findings: Finding[] = []
  const statuses: Record<string, number> = {}
  for (const [n, request] of requests.entries()) {
    const sent = request.body === undefined ? undefined : JSON.stringify(request.body)
    const response = await fetch(base + request.path, {
      method: request.method, headers: { authorization: `Bearer ${keyFor(n)}`, ...(sent === undefined ? {} : { 'content-type': 'application/json' }), ...request.headers }, ...(sent === undefined ? {} : { body: sent }),
    })
    const text = await response.text()
    statuses[response.status] = (statuses[response.status] ?? 0) + 1
    const faults = judge.faults(request.operation, { status: response.status, type: response.headers.get('content-type') ?? '', text })
    if (response.ok && sent !== undefined && !judge.allows(request.operation, JSON.parse(sent))) faults.push('took a body that the description forbids')
    // Beside the description, which cannot say it: a proxy between the two tells what it has found.
    const violations = response.headers.get('sl-violations')
    if (violations && !request.isSpoilt) faults.push(`the proxy says ${violations.slice(0, 600)}`)
    for (const what of faults) findings.push({ operation: request.operation, what, request: `${request.method} ${request.path} ${(sent ?? '').slice(0, 600)}`, answer: `${response.status} ${text.slice(0, 300)}` })
  }
  return { findings, statuses }
}
