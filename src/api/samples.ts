/** Examples of requests, made of the description: what they show works. */
import { paths } from '../web/paths.ts'
import type { JsonSchema, OpenApi, Operation } from './openapi.ts'

/** Where a program of the reader keeps a secret: their environment, not ours. */
export const ENVIRONMENT = ['process', 'env'].join('.')

export type Sample = { path: string; body: unknown; curl: string; script: string }

/** A value that a schema takes: its own example where it has one. `isGiven`: of a request, where what need not be said is left out. */
export function exampleOf(api: Pick<OpenApi, 'components'>, schema: JsonSchema, isGiven = false): unknown {
  if (schema.$ref) return exampleOf(api, api.components.schemas[schema.$ref.split('/').at(-1)!] ?? {}, isGiven)
  if (schema.examples?.length) return schema.examples[0]
  if (schema.default !== undefined) return schema.default
  if (schema.enum) return schema.enum[0]
  if (schema['const'] !== undefined) return schema['const']
  if (schema.anyOf) return exampleOf(api, schema.anyOf[0]!, isGiven)
  const [type] = [schema.type].flat()
  if (type === 'object') return exampleObject(api, schema, isGiven)
  if (type === 'array') return [exampleOf(api, schema.items ?? {}, isGiven)]
  if (type === 'integer' || type === 'number') return schema['minimum'] ?? 1
  if (type === 'boolean') return true
  if (type === 'null') return null
  return type === 'string' ? 'texte' : {}
}

/** How many fields an example of a change shows where none is needed. */
const MOST_SHOWN = 2

function exampleObject(api: Pick<OpenApi, 'components'>, { properties = {}, required = [] }: JsonSchema, isGiven: boolean): Record<string, unknown> {
  const all = Object.entries(properties)
  const needed = all.filter(([name]) => required.includes(name))
  const shown = !isGiven ? all : needed.length > 0 ? needed : all.slice(0, MOST_SHOWN)
  return Object.fromEntries(shown.map(([name, one]) => [name, exampleOf(api, one, isGiven)]))
}

export function sampleOf(api: OpenApi, method: string, path: string, operation: Operation, appUrl: string): Sample {
  const values = Object.fromEntries(operation.parameters.filter((one) => one.in === 'path').map(({ name, schema }) => [name, String(exampleOf(api, schema))]))
  const query = operation.parameters.filter((one) => one.in === 'query' && (one.required || one.name === 'limit')).map(({ name, schema }) => `${name}=${encodeURIComponent(name === 'limit' ? '10' : String(exampleOf(api, schema)))}`)
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? '') + (query.length > 0 ? `?${query.join('&')}` : '')
  const schema = operation.requestBody?.content['application/json'].schema
  const body = schema === undefined ? undefined : exampleOf(api, schema, true)
  const url = `${appUrl}${paths.api}${filled}`
  return { path: filled, body, curl: curlOf(method, url, body), script: scriptOf(method, url, body) }
}

function curlOf(method: string, url: string, body: unknown): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
  return [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${quoted(url)}`,
    '-H "Authorization: Bearer $DISPO_KEY"',
    ...(method === 'GET' ? [] : ['-H "Idempotency-Key: $(date +%s%N)"']),
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`]),
  ].join(' \\\n  ')
}

function scriptOf(method: string, url: string, body: unknown): string {
  const headers = [
    `authorization: \`Bearer \${${ENVIRONMENT}.DISPO_KEY}\``,
    ...(method === 'GET' ? [] : ["'idempotency-key': crypto.randomUUID()"]), ...(body === undefined ? [] : ["'content-type': 'application/json'"]),
  ]
  return [
    `const response = await fetch('${url}', {`,
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    `  headers: { ${headers.join(', ')} },`,
    ...(body === undefined ? [] : [`  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')}),`]),
    '})',
    'console.log(response.status, await response.text())',
  ].join('\n')
}
