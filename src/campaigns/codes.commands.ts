import { isDeepStrictEqual } from 'node:util'
import type { Transaction } from 'kysely'
import type { DB } from '../db/schema.ts'
import type { Viewer } from '../web/viewer.ts'
import type { CodeChoices } from './codes.domain.ts'
import type { TypedChoices } from './codes.input.ts'
import { allowedChoices } from './codes.queries.ts'

/**
 * What a draft refers to after this form: what was picked, as far as this person may pick it. A template with a career site
 * brings it along when it is picked (S31).
 */
export async function choicesAfter(trx: Transaction<DB>, viewer: Viewer, before: CodeChoices, typed: TypedChoices, templateSite: number | null): Promise<CodeChoices> {
  const asked: CodeChoices = { ...before, ...typed, ...(templateSite === null ? {} : { site: templateSite }) }
  if (isDeepStrictEqual(asked, before)) return before
  return allowedChoices(trx, viewer.scope, asked, before, { seesConfidential: viewer.privileges.has('jobs.confidential') })
}
