/** From a request to its answer: who asks, how often, what is asked, once or again. */
import { createHash, randomUUID } from 'node:crypto'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Problem, ProblemKind } from '../core/problem.ts'
import { within } from '../db/within.ts'
import type { Deps } from '../deps.ts'
import { asProblem } from '../web/problems.ts'
import { paths } from '../web/paths.ts'
import { countHit } from '../web/rate-limit.queries.ts'
import { subscriber } from '../web/rate-limit.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { KEY_IN_TEXT, RATE, SCOPE_PRIVILEGES, type ApiKey, type ApiProblemCode } from './domain.ts'
import type { ApiCall, ApiRoute } from './endpoint.ts'
import { authenticate } from './keys.commands.ts'
import { ApiProblem, missingPrivilege } from './problem.ts'
import { readCall } from './reading.ts'
import { findRequest, keepAnswer, takeRequest, type Answered } from './requests.queries.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The key that a request of the API shows, and the person it acts for. */
    caller: { key: ApiKey; viewer: Viewer } | undefined
  }
}

/** Names that other services give a key in an address. */
const KEY_NAMES = ['key', 'api_key', 'apikey', 'access_token', 'token']

/** Who asks and whether they may, before any body is read. */
export async function admit(deps: Deps, route: ApiRoute, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  // Addresses are written down by servers and browsers along the way.
  if (KEY_IN_TEXT.test(request.url) || KEY_NAMES.some((name) => name in (request.query as object))) throw new ApiProblem('key_in_address')
  const caller = await authenticate(deps, request.headers.authorization, subscriber(request.ip))
  // Only browsers say this: whoever sees a page could read the key.
  if (caller.key.kind === 'live' && request.headers['sec-fetch-site'] !== undefined) throw new ApiProblem('live_key_in_browser')
  await countRequest(deps, caller.key, reply)
  if (!caller.key.scopes.has(route.scope)) throw new ApiProblem('missing_scope', { facts: { scope: route.scope } })
  const privileges = SCOPE_PRIVILEGES[route.scope]
  if (!privileges.some((privilege) => caller.viewer.privileges.has(privilege))) throw missingPrivilege(privileges[0])
  request.caller = caller
}

async function countRequest({ db }: Deps, key: ApiKey, reply: FastifyReply): Promise<void> {
  const { hits, secondsLeft } = await countHit(db, `api key ${key.id}`, RATE.windowSeconds)
  reply.headers({ 'ratelimit-limit': RATE.most, 'ratelimit-remaining': Math.max(0, RATE.most - hits), 'ratelimit-reset': secondsLeft, 'ratelimit-policy': `${RATE.most};w=${RATE.windowSeconds}` })
  if (hits > RATE.most) throw new ApiProblem('too_many_requests', { headers: { 'retry-after': String(secondsLeft) } })
}

export async function answer(deps: Deps, route: ApiRoute, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { key, viewer } = request.caller!
  const language = problemLanguage(request)
  const read = readCall(route, { params: request.params, query: request.query, body: request.body }, language)
  const call: ApiCall = { ...read, scope: viewer.scope, key, viewer, language, t: translator(language), ifMatch: request.headers['if-match'], headers: {} }
  const isRead = route.method === 'GET'
  const given = isRead ? await run(deps, route, call) : await write(deps, route, request, call)
  reply.headers(given.headers).status(given.status)
  return given.body === null ? reply.send() : reply.type('application/json; charset=utf-8').send(given.body)
}

async function run(deps: Deps, route: ApiRoute, call: ApiCall): Promise<Answered> {
  const result = await route.handle(deps, call)
  if (!route.response) return { status: 204, headers: call.headers, body: null }
  // What the documentation does not promise stays inside.
  const shown = route.response.parse(result) as Record<string, unknown>
  if (route.status === 201 && 'id' in shown && !route.path.includes('{')) call.headers['location'] = `${paths.api}${route.path}/${String(shown['id'])}`
  return { status: route.status ?? 200, headers: call.headers, body: JSON.stringify(shown) }
}

/** Thrown to undo what was written; carries the answer all the same. */
class Undone extends Error {
  readonly answered: Answered
  constructor(answered: Answered) {
    super('undone')
    this.answered = answered
  }
}

/** One transaction for all that a request writes: there whole or not at all, and with it the memory of having been asked. */
async function write(deps: Deps, route: ApiRoute, request: FastifyRequest, call: ApiCall): Promise<Answered> {
  const idempotencyKey = idempotencyKeyOf(request)
  const asked = idempotencyKey === undefined ? undefined : { keyId: call.key.id, idempotencyKey, fingerprint: fingerprintOf(request) }
  const isUndone = call.key.kind === 'test' && route.withTestKey !== 'kept'
  try {
    return await deps.db.transaction().execute(async (trx) => {
      if (asked && !(await taken(takeRequest(trx, call.scope, asked)))) {
        const before = await findRequest(trx, asked)
        if (!before?.fingerprint.equals(asked.fingerprint)) throw new ApiProblem('key_reused')
        if (before.body === null && before.status !== 204) throw new ApiProblem('answer_forgotten')
        return { ...before, headers: { ...before.headers, 'idempotency-replayed': 'true' } }
      }
      const answered = await run({ ...deps, db: within(trx) }, route, call)
      if (isUndone) throw new Undone({ ...answered, headers: { ...answered.headers, 'dispo-test': 'undone' } })
      if (call.key.kind === 'test') answered.headers['dispo-test'] = 'kept'
      if (asked) await keepAnswer(trx, asked, answered)
      return answered
    })
  } catch (error) {
    if (error instanceof Undone) return error.answered
    throw error
  }
}

/** Whoever asks the same at the same time waits a moment for the first. */
async function taken(taking: Promise<boolean>): Promise<boolean> {
  try {
    return await taking
  } catch (error) {
    if ((error as { code?: string }).code === '55P03') throw new ApiProblem('request_in_progress', { headers: { 'retry-after': '5' } }, { cause: error })
    throw error
  }
}

function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const given = request.headers['idempotency-key']
  if (given === undefined) return undefined
  if (typeof given === 'string' && /^[\x21-\x7e]{1,255}$/.test(given)) return given
  const message = translator(problemLanguage(request))('api.fault.idempotencyKey')
  throw new ApiProblem('invalid', { errors: [{ in: 'header', field: 'Idempotency-Key', message }] })
}

function fingerprintOf(request: FastifyRequest): Buffer {
  return createHash('sha256').update(JSON.stringify([request.method, request.url, request.headers['if-match'] ?? null, request.body ?? null])).digest()
}

/** English, unless the caller asks for French. */
function problemLanguage(request: FastifyRequest): Language {
  const accepted = (request.headers['accept-language'] ?? '').toLowerCase()
  const fr = accepted.indexOf('fr')
  const en = accepted.indexOf('en')
  return fr >= 0 && (en < 0 || fr < en) ? 'fr' : 'en'
}

const CODES: Partial<Record<ProblemKind, ApiProblemCode>> = {
  'bad-request': 'bad_request', forbidden: 'missing_privilege', 'not-found': 'not_found', conflict: 'conflict', 'too-large': 'too_large', 'unsupported-media': 'unsupported_media',
  invalid: 'invalid', 'too-many': 'too_many_requests', unavailable: 'unavailable',
}

function asApiProblem(error: FastifyError | Problem | ApiProblem): ApiProblem {
  if (error instanceof ApiProblem) return error
  const problem = asProblem(error)
  const { privilege, seconds } = problem.detail
  return new ApiProblem(CODES[problem.kind] ?? 'unexpected', {
    ...(privilege === undefined ? {} : { facts: { privilege } }), ...(seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } }),
  }, { cause: problem.cause ?? error })
}

/** Problem details (RFC 9457): the sentence for whoever reads the log of the other program, the code for the program. */
export async function showApiProblem(deps: Pick<Deps, 'config'>, request: FastifyRequest, reply: FastifyReply, error: FastifyError | Problem | ApiProblem): Promise<FastifyReply> {
  const { code, statusCode: status, detail, cause } = asApiProblem(error)
  const reference = randomUUID().slice(0, 8)
  const language = problemLanguage(request)
  const t = translator(language)
  if (status >= 500) request.log.error({ err: cause ?? error, reference }, 'request of the API failed')
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="Dispo API"')
  if (code === 'unavailable') reply.header('retry-after', '30')
  return reply.status(status).headers(detail.headers ?? {}).header('content-language', language).type('application/problem+json; charset=utf-8').send(JSON.stringify({
    type: `${deps.config.appUrl}${paths.apiDocs}#problem-${code}`, title: t(`api.problem.${code}`), status, code,
    ...(detail.reason === undefined ? {} : { reason: detail.reason }), ...(detail.words === undefined ? {} : { detail: t(detail.words, detail.args) }),
    ...(detail.errors === undefined ? {} : { errors: detail.errors }), ...detail.facts, reference,
  }))
}
