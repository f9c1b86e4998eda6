import { done, refused, type Outcome } from '../core/outcome.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { open, seal } from '../web/secrets.ts'
import type { Viewer } from '../web/viewer.ts'
import type { ProviderFault, SsoSettings } from './sso.domain.ts'
import { discoverProvider } from './sso.provider.ts'
import { deleteSso, findSso, findTakenDomains, hasAdministratorThrough, saveSso } from './sso.queries.ts'

/** `secret` empty: the one that is stored stays. */
export type SsoChange = SsoSettings & { secret: string; version: number }
export type SsoFault =
  | { field: 'issuer'; word: ProviderFault }
  | { field: 'secret'; word: 'missing' | 'other_issuer' }
  | { field: 'domains'; word: 'taken'; detail: string }
  | { field: 'enforced'; word: 'untried' }

/**
 * Saves how a company's people come in, after asking the provider whether it is one. Passwords can be refused only once an
 * administrator has come in that way.
 */
export async function changeSso(deps: Pick<Deps, 'db' | 'config'>, { scope, userId }: Viewer, change: SsoChange): Promise<Outcome<void, 'invalid' | 'conflict', SsoFault[]>> {
  const before = await findSso(deps.db, scope.companyId)
  const faults: SsoFault[] = []
  // A stored secret goes only to the provider it was given for.
  const isOther = before !== undefined && before.issuer !== change.issuer
  if (change.secret === '' && (!before || isOther)) faults.push({ field: 'secret', word: isOther ? 'other_issuer' : 'missing' })
  const secret = change.secret || (before && open(deps.config.secretKey, 'sso', before.sealedSecret)) || ''
  if (faults.length === 0) {
    const found = await discoverProvider(deps, { issuer: change.issuer, clientId: change.clientId, clientSecret: secret })
    if (!found.ok) faults.push({ field: 'issuer', word: found.reason })
  }
  const taken = await findTakenDomains(deps.db, scope, change.domains)
  if (taken.length > 0) faults.push({ field: 'domains', word: 'taken', detail: taken.join(', ') })
  if (change.isEnforced && !(await hasAdministratorThrough(deps.db, scope, change.issuer))) faults.push({ field: 'enforced', word: 'untried' })
  if (faults.length > 0) return refused('invalid', faults)
  return deps.db.transaction().execute(async (trx) => {
    const version = await saveSso(trx, scope, change.version, { ...change, sealedSecret: seal(deps.config.secretKey, 'sso', secret) })
    if (version === undefined) return refused('conflict', [])
    const { issuer, domains, isEnforced, roles } = change
    await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'sso.saved', subjectKind: 'sso', subjectId: scope.companyId, detail: { issuer, domains, isEnforced, groups: Object.keys(roles) } })
    return done(undefined)
  })
}

/** Whoever came in that way only has to set a password by « forgotten password ». */
export async function removeSso({ db }: Pick<Deps, 'db'>, { scope, userId }: Viewer): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (await deleteSso(trx, scope)) await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'sso.removed', subjectKind: 'sso', subjectId: scope.companyId })
  })
}
