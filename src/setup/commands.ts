import { timingSafeEqual } from 'node:crypto'
import type { Transaction } from 'kysely'
import { ROLE_PRIVILEGES } from '../auth/domain.ts'
import { hashPassword } from '../auth/password.ts'
import { insertUser } from '../auth/queries.ts'
import { hasCompany, insertCompany, lockFirstCompany, type CompanyFacts } from '../companies/companies.queries.ts'
import { saveSetting } from '../companies/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { Problem } from '../core/problem.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { insertTemplate, insertVersion, updateTemplate } from '../message-templates/library.queries.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { countHit, readHits } from '../web/rate-limit.queries.ts'
import { subscriber } from '../web/rate-limit.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import { setupCode } from './code.ts'
import { plainCode, SETUP_LIMIT } from './domain.ts'
import type { SetupForm } from './input.ts'
import { STARTER_TEMPLATES } from './starters.ts'

export type FirstPerson = { name: string; email: string; passwordHash: string | null; language: Language }

/** The code to print, while nobody has set the installation up. */
export async function openSetup({ db, config }: Pick<Deps, 'db' | 'config'>): Promise<string | undefined> {
  return (await hasCompany(db)) ? undefined : setupCode(config.secretKey)
}

/** Makes the first company and its administrator. The code is worth nothing as soon as there is a company. */
export async function setUp(deps: Pick<Deps, 'db' | 'config'>, { typed, language }: SetupForm, address: string): Promise<Outcome<{ userId: number }, 'code' | 'exists'>> {
  const key = `setup ${subscriber(address)}`
  const { hits, secondsLeft } = await readHits(deps.db, key, SETUP_LIMIT.windowSeconds)
  if (hits >= SETUP_LIMIT.tries) throw new Problem('too-many', { seconds: secondsLeft })
  if (!isSame(plainCode(typed.code), plainCode(setupCode(deps.config.secretKey)))) {
    await countHit(deps.db, key, SETUP_LIMIT.windowSeconds)
    return refused('code')
  }
  const passwordHash = await hashPassword(typed.password)
  return deps.db.transaction().execute(async (trx) => {
    const { isEmpty } = await lockFirstCompany(trx)
    if (!isEmpty) return refused('exists')
    const facts = { name: typed.company, town: null, phone: null, country: typed.country, timeZone: typed.zone, language }
    return done(await openCompany(trx, facts, { name: typed.name, email: typed.email, passwordHash, language }))
  })
}

/** A company with its first administrator, templates to begin with, and nothing allowed but texts within its own country. */
export async function openCompany(trx: Transaction<DB>, facts: CompanyFacts, person: FirstPerson): Promise<{ scope: CompanyScope; userId: number }> {
  const scope = await insertCompany(trx, facts)
  const userId = await insertUser(trx, scope, { ...person, mobile: null, privileges: ROLE_PRIVILEGES.administrator })
  await saveSetting(trx, scope, 'sms.allowed_countries', [facts.country])
  for (const { name, kind, texts } of STARTER_TEMPLATES) {
    const id = await insertTemplate(trx, scope, { name: name[facts.language], kind, careerSiteId: null })
    if (id === undefined) continue
    await insertVersion(trx, scope, { templateId: id, version: 1, texts: Object.fromEntries(LANGUAGES.map((language) => [language, texts[language]])), userId })
    await updateTemplate(trx, scope, id, { published_version: 1 })
  }
  await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'company.created', subjectKind: 'company', subjectId: scope.companyId, detail: { name: facts.name } })
  return { scope, userId }
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other)
}
