import type { z } from 'zod'
import type { CompanyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Language } from '../words/define.ts'
import type { Translate, WordKey } from '../words/index.ts'
import type { ApiKey, ApiResource, ApiScope } from './domain.ts'

/** What a handler is given. `viewer` is the person on whose behalf the key acts, with what they may do at this moment. */
export type ApiCall<Params = unknown, Query = unknown, Body = unknown> = {
  scope: CompanyScope
  key: ApiKey
  viewer: Viewer
  /** The language that problems are told in. */
  language: Language
  t: Translate
  params: Params
  query: Query
  body: Body
  /** The state (`etag`) that a change was made from, where the request names one. */
  ifMatch: string | undefined
  /** Headers of the answer, beside the usual. */
  headers: Record<string, string>
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

type Description<Params, Query, Body, Response> = {
  /** Name of the operation, unique: `listCandidates`. */
  id: string
  method: Method
  /** Below `/api/v1`, as OpenAPI writes it: `/candidates/{id}`. */
  path: `/${string}`
  resource: ApiResource
  scope: ApiScope
  /** What it does, in a line; and what else one must know. */
  summary: WordKey
  note?: WordKey
  /** Of plain types: what the address says is read as what they ask for. */
  params?: Params
  query?: Query
  body?: Body
  /** None: 204. What it does not name is left out of the answer. */
  response?: Response
  /** 200, or 201 where `id` of the answer names what was made. */
  status?: 200 | 201 | 202
  /** Problems of its own, beside those that all have. */
  problems?: readonly ('conflict' | 'duplicate' | 'changed_meanwhile' | 'bad_cursor' | 'missing_privilege')[]
  /** Bytes of a body, where more than usual are meant. */
  bodyLimit?: number
  /** What becomes of what a test key writes: undone, or kept because it is marked. */
  withTestKey?: 'undone' | 'kept'
}

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined
type Input<Schema> = Schema extends z.ZodType ? z.input<Schema> : void

/** One operation of the API: its schemas check what comes in, shape what goes out, and are the documentation. */
export type ApiRoute = Description<z.ZodObject | undefined, z.ZodObject | undefined, z.ZodType | undefined, z.ZodType | undefined> & {
  handle: (deps: Deps, call: ApiCall) => Promise<unknown>
}

/**
 * `handle` reads and writes with the `db` it is given and nothing else: a request that writes is one transaction, and what a command
 * begins is a part of it. It ends a request by throwing an ApiProblem, or `notFound` of core.
 */
export function apiRoute<Params extends z.ZodObject | undefined = undefined, Query extends z.ZodObject | undefined = undefined, Body extends z.ZodType | undefined = undefined, Response extends z.ZodType | undefined = undefined>(
  route: Description<Params, Query, Body, Response> & { handle: (deps: Deps, call: ApiCall<Output<Params>, Output<Query>, Output<Body>>) => Promise<Input<Response>> },
): ApiRoute {
  return route as unknown as ApiRoute
}
