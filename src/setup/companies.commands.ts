import { INVITATION_SECONDS } from '../auth/domain.ts'
import { issueToken } from '../auth/tokens.queries.ts'
import { disableCompany, enableCompany, type CompanyFacts } from '../companies/companies.queries.ts'
import { refused, done, type Outcome } from '../core/outcome.ts'
import { untaken } from '../db/errors.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { paths } from '../web/paths.ts'
import { tokenPair } from '../web/secrets.ts'
import { openCompany } from './commands.ts'

/** Another company of the installation; its administrator comes in by a link that the operator passes on. */
export async function createCompany(deps: Pick<Deps, 'db' | 'config'>, facts: CompanyFacts, person: { name: string; email: string }): Promise<Outcome<{ id: number; url: string; expiresAt: Date }, 'taken'>> {
  return untaken(() =>
    deps.db.transaction().execute(async (trx) => {
      const { scope, userId } = await openCompany(trx, facts, { ...person, passwordHash: null, language: facts.language })
      const { token, hash } = tokenPair()
      const expiresAt = await issueToken(trx, scope, { userId, kind: 'invitation', hash, createdBy: null, seconds: INVITATION_SECONDS })
      return done({ id: scope.companyId, url: deps.config.appUrl + paths.invitation(token), expiresAt })
    }),
  )
}

/** Puts a company out of use, or back into it. */
export async function switchCompany(deps: Pick<Deps, 'db'>, id: number, isDisabled: boolean): Promise<Outcome<{ name: string }, 'unknown'>> {
  return deps.db.transaction().execute(async (trx) => {
    const company = await (isDisabled ? disableCompany : enableCompany)(trx, id)
    if (!company) return refused('unknown')
    await recordInJournal(trx, { companyId: id, userId: null, action: isDisabled ? 'company.disabled' : 'company.enabled', subjectKind: 'company', subjectId: id, detail: { name: company.name } })
    return done(company)
  })
}
