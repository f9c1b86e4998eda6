/** The description of the API (OpenAPI 3.1), made of the schemas that check it. */
import { z } from 'zod'
import { paths } from '../web/paths.ts'
import type { Language } from '../words/define.ts'
import { translator, type Translate, type WordKey } from '../words/index.ts'
import { API_PROBLEMS, API_RESOURCES, type ApiProblemCode } from './domain.ts'
import type { ApiRoute } from './endpoint.ts'

export type JsonSchema = { [name: string]: unknown; type?: string | string[]; properties?: Record<string, JsonSchema>; required?: string[]; items?: JsonSchema; $ref?: string; description?: string; examples?: unknown[]; enum?: unknown[]; anyOf?: JsonSchema[]; default?: unknown }
export type Parameter = { name: string; in: 'path' | 'query' | 'header'; required: boolean; description?: string; schema: JsonSchema }
export type Operation = {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  security: Record<string, string[]>[]
  'x-scope': string
  parameters: Parameter[]
  requestBody?: { required: true; content: { 'application/json': { schema: JsonSchema } } }
  responses: Record<string, unknown>
}
export type OpenApi = {
  openapi: '3.1.0'
  info: { title: string; version: string; description: string }
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, unknown>; responses: Record<string, unknown>; headers: Record<string, unknown> }
}

/** Version of the contract: it grows without breaking what was promised. */
const VERSION = '1.0.0'

/** Problems that every operation can run into; the rest is said by each. */
const ALWAYS = ['key_in_address', 'unauthenticated', 'missing_scope', 'invalid', 'too_many_requests', 'unexpected', 'unavailable'] as const satisfies readonly ApiProblemCode[]
const OF_BODY = ['bad_request', 'too_large', 'unsupported_media', 'request_in_progress', 'answer_forgotten', 'key_reused'] as const satisfies readonly ApiProblemCode[]

export function describeApi(routes: readonly ApiRoute[], appUrl: string, language: Language): OpenApi {
  const t = translator(language)
  const schemas: Record<string, JsonSchema> = { Problem: problemSchema(t) }
  const described: OpenApi['paths'] = {}
  for (const route of routes) (described[route.path] ??= {})[route.method.toLowerCase()] = operation(t, route, schemas)
  const used = API_RESOURCES.filter((resource) => routes.some((route) => route.resource === resource))
  return {
    openapi: '3.1.0',
    info: { title: 'Dispo', version: VERSION, description: t('api.doc.description') },
    servers: [{ url: `${appUrl}${paths.api}` }],
    tags: used.map((name) => ({ name, description: t(`api.resource.${name}`) })),
    paths: described,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: t('api.doc.auth') } },
      responses: { Problem: { description: t('api.doc.problem'), content: { 'application/problem+json': { schema: ref('Problem') } } } },
      headers: {
        'RateLimit-Limit': header(t('api.header.limit')), 'RateLimit-Remaining': header(t('api.header.remaining')), 'RateLimit-Reset': header(t('api.header.reset')),
      },
    },
  }
}

/** The problems that an operation tells, by status. */
export function problemsOf(route: ApiRoute): ApiProblemCode[] {
  const writes = route.method !== 'GET'
  const own: ApiProblemCode[] = [...ALWAYS, ...(route.params ? ['not_found' as const] : []), ...(writes ? OF_BODY : []), ...(route.problems ?? []), 'missing_privilege']
  return [...new Set(own)].sort((a, b) => API_PROBLEMS[a] - API_PROBLEMS[b])
}

function operation(t: Translate, route: ApiRoute, schemas: Record<string, JsonSchema>): Operation {
  const { params, query, body, response, status, method } = route
  const parameters = [
    ...(params ? parametersOf(t, 'path', params, schemas) : []), ...(query ? parametersOf(t, 'query', query, schemas) : []),
    ...(method === 'GET' ? [] : [{ name: 'Idempotency-Key', in: 'header' as const, required: false, description: t('api.header.idempotency'), schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' } }]),
    ...(route.problems?.includes('changed_meanwhile') ? [{ name: 'If-Match', in: 'header' as const, required: false, description: t('api.header.ifMatch'), schema: { type: 'string' } }] : []),
  ]
  const statuses = [...new Set(problemsOf(route).map((code) => API_PROBLEMS[code]))]
  return {
    operationId: route.id, tags: [route.resource], summary: t(route.summary), ...(route.note ? { description: t(route.note) } : {}), security: [{ key: [] }], 'x-scope': route.scope, parameters,
    ...(body ? { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(t, body, 'input', schemas) } } } } : {}),
    responses: {
      [String(response ? (status ?? 200) : 204)]: {
        description: t(response ? 'api.doc.done' : 'api.doc.doneEmpty'),
        headers: Object.fromEntries(['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'].map((name) => [name, { $ref: `#/components/headers/${name}` }])),
        ...(response ? { content: { 'application/json': { schema: jsonSchema(t, response, 'output', schemas) } } } : {}),
      },
      ...Object.fromEntries(statuses.map((code) => [String(code), { $ref: '#/components/responses/Problem' }])),
    },
  }
}

function parametersOf(t: Translate, place: 'path' | 'query', schema: z.ZodObject, schemas: Record<string, JsonSchema>): Parameter[] {
  const { properties = {}, required = [] } = jsonSchema(t, schema, 'input', schemas)
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({ name, in: place, required: required.includes(name), ...(description === undefined ? {} : { description }), schema: rest }))
}

/** What zod makes of it, with named parts among the components and words instead of keys. */
function jsonSchema(t: Translate, schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, JsonSchema>): JsonSchema {
  const made = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema: one }) => {
      const { words } = one as { words?: WordKey }
      delete one['words']
      if (words !== undefined) one.description = t(words)
      // The format says it; the pattern behind it is two lines long.
      if (one.format === 'date' || one.format === 'date-time') delete one.pattern
      // Answers may grow.
      if (io === 'output') delete one.additionalProperties
      if (one.default !== undefined && one.examples === undefined) one.examples = [one.default]
    },
  }) as JsonSchema & { $defs?: Record<string, JsonSchema> }
  const { $schema: _schema, $defs = {}, ...rest } = made
  for (const [name, part] of Object.entries($defs)) schemas[name] = relocated(part)
  return relocated(rest)
}

function relocated<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(relocated) as Value
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'id' || typeof (value as Record<string, unknown>)['id'] !== 'string').map(([name, inner]) => [name, name === '$ref' ? String(inner).replace('#/$defs/', '#/components/schemas/') : relocated(inner)])) as Value
}

function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` }
}

function header(description: string) {
  return { description, schema: { type: 'integer' } }
}

function problemSchema(t: Translate): JsonSchema {
  const text = (words: WordKey): JsonSchema => ({ type: 'string', description: t(words) })
  return {
    type: 'object',
    required: ['type', 'title', 'status', 'code', 'reference'],
    properties: {
      type: { type: 'string', format: 'uri' },
      title: text('api.doc.problem.title'),
      status: { type: 'integer' },
      code: { type: 'string', enum: Object.keys(API_PROBLEMS), description: t('api.doc.problem.code') },
      detail: text('api.doc.problem.detail'),
      reason: text('api.doc.problem.reason'),
      errors: {
        type: 'array', description: t('api.doc.problem.errors'),
        items: { type: 'object', required: ['in', 'field', 'message'], properties: { in: { type: 'string', enum: ['body', 'query', 'path', 'header'] }, field: { type: 'string' }, message: { type: 'string' } } },
      },
      reference: text('api.doc.problem.reference'),
    },
  }
}
