import type { Configuration } from 'openid-client'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { companyScope } from '../core/scope.ts'
import { isUniqueViolation } from '../db/errors.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { paths } from '../web/paths.ts'
import { open } from '../web/secrets.ts'
import type { Language } from '../words/define.ts'
import { insertUser } from './queries.ts'
import { JOURNEY_SECONDS, privilegesOfGroups, type ProviderFault, type ProviderPerson, type SsoJourney, type SsoRefusal } from './sso.domain.ts'
import { discoverProvider, identify, leaveFor } from './sso.provider.ts'
import { findByAddress, findByIdentity, findSso, followGroups, linkIdentity, type StoredSso } from './sso.queries.ts'

type SsoDeps = Pick<Deps, 'db' | 'config' | 'log'>

/** What the provider said of itself is asked for again after this. */
const KEPT_MS = 10 * 60_000
/** By company. Its secret is sealed anew with every save, so that it tells one state of the settings from all others. */
const discovered = new Map<number, { provider: Configuration; sealedSecret: string; at: number }>()

export function returnUrl(deps: Pick<Deps, 'config'>): string {
  return deps.config.appUrl + paths.ssoReturn
}

/** Begins a sign-in at the provider of a company. */
export async function startSso(deps: SsoDeps, companyId: number, next: string): Promise<Outcome<{ url: string; journey: SsoJourney }, 'off' | 'provider'>> {
  const sso = await findSso(deps.db, companyId)
  if (!sso) return refused('off')
  const found = await providerOf(deps, sso)
  if (!found.ok) return refused('provider')
  const { url, ...rest } = await leaveFor(found.value, returnUrl(deps))
  return done({ url, journey: { companyId, version: sso.version, next, at: Date.now(), ...rest } })
}

/** Somebody is back from the provider. `returnedTo`: the whole address, with what the provider put into it. */
export async function finishSso(deps: SsoDeps, journey: SsoJourney | undefined, returnedTo: URL, language: Language): Promise<Outcome<{ userId: number; next: string }, SsoRefusal>> {
  if (!journey || Date.now() - journey.at > JOURNEY_SECONDS * 1000) return refused('expired')
  const sso = await findSso(deps.db, journey.companyId)
  if (!sso) return refused('off')
  // Its settings changed while somebody was away: what comes back may be another provider's word.
  if (sso.version !== journey.version) return refused('expired')
  if (returnedTo.searchParams.get('error') === 'access_denied' && returnedTo.searchParams.get('state') === journey.state) return refused('cancelled')
  const found = await providerOf(deps, sso)
  if (!found.ok) return refused('provider')
  let person: ProviderPerson
  try {
    person = await identify(found.value, journey, returnedTo, sso.groupClaim)
  } catch (err) {
    deps.log.warn({ err, companyId: sso.companyId }, 'the identity provider sent back what cannot be trusted')
    return refused('provider')
  }
  const admitted = await admit(deps, sso, person, language)
  return admitted.ok ? done({ userId: admitted.value, next: journey.next }) : admitted
}

async function admit(deps: SsoDeps, sso: StoredSso, person: ProviderPerson, language: Language): Promise<Outcome<number, SsoRefusal>> {
  try {
    return await admitOnce(deps, sso, person, language)
  } catch (error) {
    // Their first two sign-ins at once: the second finds what the first made.
    if (!isUniqueViolation(error)) throw error
    return admitOnce(deps, sso, person, language)
  }
}

/** Their name for the provider first, then their address, then their groups. */
async function admitOnce({ db }: SsoDeps, sso: StoredSso, person: ProviderPerson, language: Language): Promise<Outcome<number, SsoRefusal>> {
  const scope = companyScope(sso.companyId)
  const privileges = privilegesOfGroups(sso.roles, person.groups)
  return db.transaction().execute(async (trx) => {
    let user = await findByIdentity(trx, scope, person.issuer, person.subject)
    if (!user) {
      if (person.email === null) return refused('no_email')
      if (person.isUnverified) return refused('unverified')
      const known = await findByAddress(trx, person.email, person.issuer)
      if (known && (known.companyId !== sso.companyId || known.isLinked)) return refused('elsewhere')
      if (!known && !privileges) return refused('unknown')
      user = known
    }
    if (user?.isDisabled) return refused('disabled')
    if (privileges?.size === 0) return refused('no_group')
    const userId = user?.id ?? await insertUser(trx, scope, { email: person.email as string, name: person.name ?? (person.email as string), passwordHash: null, language, mobile: null, privileges: [] })
    if (!user) await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'user.arrived', subjectKind: 'user', subjectId: userId, detail: { name: person.name ?? person.email } })
    await linkIdentity(trx, scope, userId, person)
    if (privileges && (await followGroups(trx, scope, userId, privileges))) {
      await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'user.followed_groups', subjectKind: 'user', subjectId: userId, detail: { groups: person.groups.filter((group) => Object.hasOwn(sso.roles, group)) } })
    }
    return done(userId)
  })
}

async function providerOf(deps: Pick<Deps, 'config' | 'log'>, sso: StoredSso): Promise<Outcome<Configuration, ProviderFault>> {
  const kept = discovered.get(sso.companyId)
  if (kept?.sealedSecret === sso.sealedSecret && Date.now() - kept.at < KEPT_MS) return done(kept.provider)
  const clientSecret = open(deps.config.secretKey, 'sso', sso.sealedSecret)
  const found = clientSecret === undefined ? refused('not_a_provider' as const) : await discoverProvider(deps, { issuer: sso.issuer, clientId: sso.clientId, clientSecret })
  if (found.ok) discovered.set(sso.companyId, { provider: found.value, sealedSecret: sso.sealedSecret, at: Date.now() })
  else deps.log.warn({ companyId: sso.companyId, reason: found.reason }, 'the identity provider did not answer as one')
  return found
}
