import { refused } from '../core/outcome.ts'

// PostgreSQL, appendix A.
const UNIQUE_VIOLATION = '23505'

/** Somebody else has it: a unique key refused the row; `constraint` names the one that is meant, without it any. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const { code, constraint: broken } = error as { code?: string; constraint?: string }
  return code === UNIQUE_VIOLATION && (constraint === undefined || broken === constraint)
}

/** What `write` returns, or `taken` where a unique key refused it: two people may give the same name at the same moment. */
export async function untaken<Result>(write: () => Promise<Result>): Promise<Result | { readonly ok: false; readonly reason: 'taken'; readonly detail: undefined }> {
  try {
    return await write()
  } catch (error) {
    if (isUniqueViolation(error)) return refused('taken')
    throw error
  }
}
