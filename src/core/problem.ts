/** What a request can run into, with the status a browser or a program gets for it. */
export const PROBLEM_STATUS = {
  'bad-request': 400,
  'sign-in': 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  'unsupported-media': 415,
  invalid: 422,
  'too-many': 429,
  unexpected: 500,
  unavailable: 503,
} as const

export type ProblemKind = keyof typeof PROBLEM_STATUS

/** Thrown where the request cannot go on; one handler in web/ turns it into a page or problem+json. */
export class Problem extends Error {
  readonly kind: ProblemKind
  readonly statusCode: number
  /** Facts a person may see: the missing privilege, the current state, seconds to wait. */
  readonly detail: Record<string, string | number>

  constructor(kind: ProblemKind, detail: Record<string, string | number> = {}, options?: ErrorOptions) {
    super(kind, options)
    this.kind = kind
    this.statusCode = PROBLEM_STATUS[kind]
    this.detail = detail
  }
}

export function notFound(what: string): Problem {
  return new Problem('not-found', { what })
}
