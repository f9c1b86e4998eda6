import { paths } from '../web/paths.ts'
import { EVENT_TYPES } from '../webhooks/domain.ts'
import type { Language } from '../words/define.ts'
import { translator, type Translate } from '../words/index.ts'
import { API_PROBLEMS, API_RESOURCES, IDEMPOTENCY_HOURS, RATE, type ApiProblemCode, type ApiResource } from './domain.ts'
import type { JsonSchema, OpenApi, Operation, Parameter } from './openapi.ts'
import { ENVIRONMENT, exampleOf, sampleOf } from './samples.ts'

type FieldRow = { name: string; type: string; isRequired: boolean; text: string }

export type OperationModel = {
  id: string
  method: string
  path: string
  summary: string
  note: string
  scope: string
  parameters: FieldRow[]
  body: FieldRow[]
  answer: FieldRow[]
  answerStatus: string
  example: string
  curl: string
  script: string
  trial: { url: string; inputs: { id: string; name: string; value: string }[]; query: string; body: string | undefined }
}

export type DocsModel = {
  lang: Language
  other: { language: Language; href: string }
  url: string
  description: string
  descriptionUrl: string
  overviewUrl: string
  facts: { id: string; heading: string; points: string[]; href: string }[]
  first: string
  problems: { code: string; status: number; text: string }[]
  problemsUrl: string
  webhooksUrl: string
  events: readonly string[]
  verification: string
  resources: { id: string; name: string; href: string; isCurrent: boolean }[]
  /** Of the resource shown; on the overview, none. */
  operations: OperationModel[] | undefined
}

declare module '../web/render.ts' {
  interface ViewModels {
    'api/docs': DocsModel
  }
}

/** The overview, or the operations of one resource. */
export function docsModel(api: OpenApi, language: Language, appUrl: string, shown?: ApiResource): DocsModel {
  const t = translator(language)
  const all = Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })))
  const other = language === 'fr' ? 'en' : 'fr'
  const overview = `${paths.apiDocs}?lang=${language}`
  return {
    lang: language, other: { language: other, href: `${shown === undefined ? paths.apiDocs : paths.apiDocsOf(shown)}?lang=${other}` }, url: `${appUrl}${paths.api}`, description: api.info.description, descriptionUrl: `${paths.apiDescription}?lang=${language}`,
    overviewUrl: overview, facts: factsOf(t).map((fact) => ({ ...fact, href: `${overview}#${fact.id}` })), problemsUrl: `${overview}#problems`, webhooksUrl: `${overview}#webhooks`,
    first: `curl '${appUrl}${paths.api}/candidates?limit=1' \\\n  -H "Authorization: Bearer $DISPO_KEY"`,
    problems: (Object.entries(API_PROBLEMS) as [ApiProblemCode, number][]).map(([code, status]) => ({ code, status, text: t(`api.problem.${code}`) })),
    events: EVENT_TYPES, verification: VERIFICATION,
    resources: API_RESOURCES.filter((resource) => all.some(({ operation }) => operation.tags[0] === resource))
      .map((resource) => ({ id: resource, name: t(`api.resource.${resource}`), href: `${paths.apiDocsOf(resource)}?lang=${language}`, isCurrent: resource === shown })),
    operations: shown && all.filter(({ operation }) => operation.tags[0] === shown).map((one) => operationModel(t, api, { ...one, appUrl })),
  }
}

/** What holds for every operation, in points. */
function factsOf(t: Translate): Omit<DocsModel['facts'][number], 'href'>[] {
  return [
    { id: 'keys', heading: t('api.docs.keys'), points: [t('api.docs.keys.get'), t('api.docs.keys.send'), t('api.docs.keys.rights'), t('api.docs.keys.test')] },
    { id: 'idempotency', heading: t('api.docs.idempotency'), points: [t('api.docs.idempotency.what', { hours: IDEMPOTENCY_HOURS }), t('api.docs.idempotency.other'), t('api.docs.idempotency.failed')] },
    { id: 'pages', heading: t('api.docs.pages'), points: [t('api.docs.pages.cursor'), t('api.docs.pages.order')] },
    { id: 'limits', heading: t('api.docs.limits'), points: [t('api.docs.limits.rate', { most: RATE.most }), t('api.docs.limits.headers')] },
    { id: 'changes', heading: t('api.docs.changes'), points: [t('api.docs.changes.grow'), t('api.docs.changes.break')] },
  ]
}

/** Runs as it stands, with the package `standardwebhooks`. */
const VERIFICATION = `import { Webhook } from 'standardwebhooks'

// The body as it came, before anything parses it.
const event = new Webhook(${ENVIRONMENT}.DISPO_WEBHOOK_SECRET).verify(body, {
  'webhook-id': headers['webhook-id'],
  'webhook-timestamp': headers['webhook-timestamp'],
  'webhook-signature': headers['webhook-signature'],
})`

function operationModel(t: Translate, api: OpenApi, { path, method, operation, appUrl }: { path: string; method: string; operation: Operation; appUrl: string }): OperationModel {
  const sample = sampleOf(api, method, path, operation, appUrl)
  const schema = operation.requestBody?.content['application/json'].schema
  const [status = '200', success] = Object.entries(operation.responses)[0] as [string, { content?: Record<string, { schema: JsonSchema }> }]
  const answer = success.content?.['application/json']?.schema
  const query = operation.parameters.filter((one) => one.in === 'query')
  return {
    id: operation.operationId, method, path, summary: operation.summary, note: operation.description ?? '', scope: operation['x-scope'],
    parameters: operation.parameters.map((one) => ({ name: one.name, type: typeOf(t, api, one.schema), isRequired: one.required, text: one.description ?? '' })),
    body: schema ? fieldsOf(t, api, schema) : [],
    answer: answer ? fieldsOf(t, api, answer) : [], answerStatus: status, example: answer ? JSON.stringify(exampleOf(api, answer), null, 2) : '',
    curl: sample.curl, script: sample.script,
    trial: {
      url: `${paths.api}${path}`, query: query.length > 0 ? (sample.path.split('?')[1] ?? '') : '', body: sample.body === undefined ? undefined : JSON.stringify(sample.body, null, 2),
      inputs: operation.parameters.filter((one) => one.in === 'path').map((one: Parameter) => ({ id: `${operation.operationId}-${one.name}`, name: one.name, value: String(exampleOf(api, one.schema)) })),
    },
  }
}

/** Every field of an object, what lies inside others by its whole name. */
function fieldsOf(t: Translate, api: OpenApi, schema: JsonSchema, before = '', depth = 0): FieldRow[] {
  const { properties = {}, required = [] } = resolved(api, schema)
  return Object.entries(properties).flatMap(([name, one]) => {
    const inner = innermost(api, one)
    const full = `${before}${name}${isList(api, one) ? '[]' : ''}`
    const text = one.description ?? resolved(api, one).description ?? ''
    return [{ name: full, type: typeOf(t, api, one), isRequired: required.includes(name), text }, ...(inner.properties && depth < 3 ? fieldsOf(t, api, inner, `${full}.`, depth + 1) : [])]
  })
}

function resolved(api: OpenApi, schema: JsonSchema): JsonSchema {
  return schema.$ref ? { ...api.components.schemas[schema.$ref.split('/').at(-1)!], ...schema, $ref: undefined as never } : schema
}

/** What a list or what may be null is made of. */
function innermost(api: OpenApi, schema: JsonSchema): JsonSchema {
  const one = resolved(api, schema)
  if (one.anyOf) return innermost(api, one.anyOf.find(({ type }) => type !== 'null') ?? {})
  return one.items ? innermost(api, one.items) : one
}

function isList(api: OpenApi, schema: JsonSchema): boolean {
  const one = resolved(api, schema)
  return one.type === 'array' || (one.anyOf ?? []).some((part) => resolved(api, part).type === 'array')
}

function typeOf(t: Translate, api: OpenApi, schema: JsonSchema): string {
  const one = resolved(api, schema)
  if (one.anyOf) return one.anyOf.map((part) => typeOf(t, api, part)).join(t('api.docs.or'))
  if (one.enum) return one.enum.map((value) => JSON.stringify(value)).join(t('api.docs.or'))
  if (one.type === 'array') return t('api.docs.listOf', { type: typeOf(t, api, one.items ?? {}) })
  const types = [one.type ?? 'object'].flat()
  return types.map((type) => (type === 'string' && typeof one['format'] === 'string' ? `string (${one['format']})` : type)).join(t('api.docs.or'))
}
