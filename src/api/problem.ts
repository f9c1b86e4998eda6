import type { Privilege } from '../web/privileges.ts'
import type { Viewer } from '../web/viewer.ts'
import type { WordArguments, WordKey } from '../words/index.ts'
import { API_PROBLEMS, type ApiProblemCode } from './domain.ts'

/** `field`: where in the body, the address or its query, as in `phones.0.number`. */
export type FieldFault = { in: 'body' | 'query' | 'path' | 'header'; field: string; message: string }

type Detail = {
  /** Why exactly, for programs: `archived`, `name_taken`. */
  reason?: string
  /** And for people. */
  words?: WordKey
  args?: WordArguments
  errors?: readonly FieldFault[]
  /** Facts beside it, in the names of the API. */
  facts?: Record<string, unknown>
  headers?: Record<string, string>
}

/** Ends a request; whatever it has written is undone. */
export class ApiProblem extends Error {
  readonly code: ApiProblemCode
  readonly statusCode: number
  readonly detail: Detail

  constructor(code: ApiProblemCode, detail: Detail = {}, options?: ErrorOptions) {
    super(code, options)
    this.code = code
    this.statusCode = API_PROBLEMS[code]
    this.detail = detail
  }
}

/** What the person behind the key must hold for it, beside what the scope asks for. */
export function requirePrivilege({ privileges }: Pick<Viewer, 'privileges'>, privilege: Privilege): void {
  if (!privileges.has(privilege)) throw missingPrivilege(privilege)
}

export function missingPrivilege(privilege: Privilege, detail: Detail = {}): ApiProblem {
  return new ApiProblem('missing_privilege', { ...detail, facts: { privilege } })
}

/** One thing wrong in the body, told beside its field. */
export function wrongField(field: string, message: string): ApiProblem {
  return new ApiProblem('invalid', { errors: [{ in: 'body', field, message }] })
}
