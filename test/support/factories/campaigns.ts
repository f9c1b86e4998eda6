import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { findViewer } from '../../../src/auth/queries.ts'
import { NO_FILTERS, type Audience } from '../../../src/candidates/domain.ts'
import type { CampaignKind } from '../../../src/campaigns/domain.ts'
import { launchCampaign, type Launch } from '../../../src/campaigns/launch.commands.ts'
import { insertDraft } from '../../../src/campaigns/queries.ts'
import { saveSetting } from '../../../src/companies/queries.ts'
import { loadConfig } from '../../../src/config.ts'
import type { CompanyScope } from '../../../src/core/scope.ts'
import type { Db } from '../../../src/db/pool.ts'
import type { TemplateKind } from '../../../src/message-templates/domain.ts'
import type { Viewer } from '../../../src/web/viewer.ts'
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
      published_at: given.isPublished === false ? null : new Date('2026-01-05T08:00:00Z'), published_version: given.isPublished === false ? null : 1,
      archived_at: given.isArchived ? new Date('2026-06-01T08:00:00Z') : null,
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

/** Everybody the agency knows, best-ranked by name. */
export const EVERYBODY: Audience = { mode: 'query', filters: NO_FILTERS, except: [] }

/**
 * So many people at once, as an agency has them: some without a number, without consent or opted out, some sharing a number.
 * `allFine`: everybody may be texted.
 */
export async function makePeople(db: Db, scope: CompanyScope, count: number, given: { allFine?: boolean } = {}): Promise<void> {
  const company = scope.companyId
  const isFine = given.allFine ?? false
  await sql`
    insert into candidate (company_id, first_name, last_name, trade, town, consent_given, consent_source, consent_at)
    select ${company}, (array['Amadou', 'Léa', 'Hugo', 'Camille', 'Fatou', 'Inès', 'Noé', 'Zoé', 'Paul', 'Marie'])[1 + n % 10], 'Martin' || lpad(n::text, 7, '0'),
      (array['coffreurs', 'maçons', 'caristes', 'soudeurs'])[1 + n % 4], (array['Lyon', 'Lille', 'Nantes'])[1 + n % 3], ${isFine} or n % 50 <> 7, 'formulaire', app_now()
    from generate_series(1, ${count}::int) as n`.execute(db)
  await sql`
    insert into candidate_phone (company_id, candidate_id, kind, raw, e164, country, is_textable)
    select company_id, id, 'mobile', '06', '+336' || lpad((case when not ${isFine} and n % 25 = 0 then n - 1 else n end)::text, 8, '0'), 'FR', true
    from (select company_id, id, row_number() over (order by sort_name) as n from candidate where company_id = ${company}) as c where ${isFine} or n % 40 <> 3`.execute(db)
  if (isFine) return
  await sql`
    insert into phone (company_id, e164, opted_out_at, opt_out_source)
    select company_id, e164, app_now(), 'sms' from candidate_phone where company_id = ${company} group by company_id, e164 having min(candidate_id) % 60 = 5`.execute(db)
}

export type LaunchScene = Awaited<ReturnType<typeof launchScene>>

/** An agency with people and somebody who may text them. */
export async function launchScene(db: Db, given: { people?: number; allFine?: boolean; company?: Parameters<typeof makeCompany>[1] } = {}) {
  const { scope, senderId } = await makeCompany(db, { name: 'Agence Martin', ...given.company })
  const user = await makeUser(db, scope, { name: 'Claire' })
  await makePeople(db, scope, given.people ?? 3, { allFine: given.allFine ?? true })
  const viewer = (await findViewer(db, user.id)) as Viewer
  return {
    scope, senderId, viewer, user,
    draft: (more: Partial<Parameters<typeof makeDraft>[2]> = {}) => makeDraft(db, scope, { createdBy: user.id, senderId, audience: EVERYBODY, ...more }),
    /** By default as the check page of an unchanged draft would. */
    launch: (draft: { id: number }, more: Partial<Launch> = {}, as: Pick<Viewer, 'scope' | 'userId'> = viewer) =>
      launchCampaign({ db, config: LAUNCH_CONFIG }, as, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 1_000_000, ...more }),
  }
}

/** Everything a launch writes, counted. */
export async function countWritten(db: Db, campaignId: number): Promise<typeof NOTHING_WRITTEN> {
  const { rows } = await sql<typeof NOTHING_WRITTEN>`
    select (select count(*) from recipient where campaign_id = ${campaignId}) as recipients,
      (select count(*) from message where campaign_id = ${campaignId} and purpose = 'campaign') as messages,
      (select count(*) from batch where campaign_id = ${campaignId}) as batches,
      (select count(*) from campaign_exclusion where campaign_id = ${campaignId}) as exclusions,
      (select count(*) from recipient_profile p join recipient r on r.id = p.recipient_id where r.campaign_id = ${campaignId}) as profiles,
      (select count(*) from campaign_event where campaign_id = ${campaignId} and kind = 'launched') as events`.execute(db)
  return rows[0]!
}

export const NOTHING_WRITTEN = { recipients: 0, messages: 0, batches: 0, exclusions: 0, profiles: 0, events: 0 }
export const LAUNCH_CONFIG = loadConfig({ LINK_URL: 'https://sms.example', DATA_DIR: '/tmp', SECRET_KEY: 'a secret of the tests, and of nothing else' })

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
