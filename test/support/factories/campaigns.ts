import type { Audience } from '../../../src/candidates/domain.ts'
import type { CampaignKind } from '../../../src/campaigns/domain.ts'
import { insertDraft } from '../../../src/campaigns/queries.ts'
import { saveSetting } from '../../../src/companies/queries.ts'
import type { CompanyScope } from '../../../src/core/scope.ts'
import type { Db } from '../../../src/db/pool.ts'
import type { TemplateKind } from '../../../src/message-templates/domain.ts'
import type { Language } from '../../../src/words/define.ts'
import type { TestApp } from '../app.ts'
import type { TestDatabase } from '../database.ts'
import { makeCompany, makeUser } from './accounts.ts'
import { makeCandidate } from './candidates.ts'

let made = 0

/** A published template with one version; `texts` replaces the ready-made ones. */
export async function makeTemplate(
  db: Db,
  scope: CompanyScope,
  given: { name?: string; kind?: TemplateKind; texts?: Partial<Record<Language, string>>; isPublished?: boolean; isArchived?: boolean } = {},
): Promise<{ id: number }> {
  made += 1
  const { id } = await db
    .insertInto('message_template')
    .values({
      company_id: scope.companyId, name: given.name ?? `Modèle ${made}`, kind: given.kind ?? 'availability',
      published_at: given.isPublished === false ? null : new Date('2026-01-05T08:00:00Z'), archived_at: given.isArchived ? new Date('2026-06-01T08:00:00Z') : null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const texts = given.texts ?? { fr: 'Bonjour {prenom|}, {agence} souhaite connaitre vos disponibilités : {lien}\n{stop}' }
  await db.insertInto('message_template_text').values(Object.entries(texts).map(([language, body]) => ({ company_id: scope.companyId, template_id: id, version: 1, language, body }))).execute()
  return { id }
}

/** A draft ready to be launched to `candidateIds`, or to `audience`: at once, or at a `start` in the campaign's zone. */
export async function makeDraft(
  db: Db,
  scope: CompanyScope,
  given: {
    createdBy: number
    senderId: number
    candidateIds?: number[]
    audience?: Audience
    name?: string
    kind?: CampaignKind
    texts?: Partial<Record<Language, string>>
    timeZone?: string
    start?: { on: string; time: string }
    allowWeekends?: boolean
  },
): Promise<{ id: number }> {
  made += 1
  const id = await db.transaction().execute((trx) =>
    insertDraft(trx, scope, {
      name: given.name ?? `Campagne ${made}`, kind: given.kind ?? 'availability', createdBy: given.createdBy, senderId: given.senderId, timeZone: given.timeZone ?? 'Europe/Paris',
      audience: given.audience ?? { mode: 'selected', ids: given.candidateIds ?? [] }, templateId: null, templateVersion: null,
      startsNow: given.start === undefined, startOn: given.start?.on ?? null, startTime: given.start?.time ?? null, allowWeekends: given.allowWeekends ?? false,
      texts: given.texts ?? { fr: 'Bonjour {prenom|}, {agence} souhaite connaitre vos disponibilités : {lien}\n{stop}' },
    }),
  )
  return { id }
}

/** An agency with templates, three people to text and one who opted out; a recruiter signed in. A few ticked people are texted at once, unless told. */
export async function composeScene(
  { db }: Pick<TestDatabase, 'db'>,
  app: TestApp,
  given: { canSendSms?: boolean; user?: Parameters<typeof makeUser>[2]; immediateUpTo?: number } = {},
) {
  const company = await makeCompany(db, { name: 'Agence Martin', canSendSms: given.canSendSms ?? true })
  await saveSetting(db, company.scope, 'campaign.immediate_up_to', given.immediateUpTo ?? 1_000)
  const user = await makeUser(db, company.scope, { name: 'Claire Bernard', mobile: '+33639980042', ...given.user })
  const template = await makeTemplate(db, company.scope, { name: 'Demande de disponibilité' })
  const simple = await makeTemplate(db, company.scope, { name: 'Question simple', kind: 'simple', texts: { fr: 'Bonjour, {agence} : avez-vous vos chaussures ? {lien}\n{stop}' } })
  await makeTemplate(db, company.scope, { name: 'Pas publié', isPublished: false })
  const ids: string[] = []
  for (const [firstName, lastName] of [['Amadou', 'Traoré'], ['Léa', 'Petit'], ['', 'Sansprenom']] as const) ids.push(String((await makeCandidate(db, company.scope, { firstName, lastName })).id))
  ids.push(String((await makeCandidate(db, company.scope, { firstName: 'Hugo', lastName: 'Stop', optedOut: true })).id))
  const visitor = await app.signIn(user)
  return { ...company, user, template, simple, ids, visitor }
}
