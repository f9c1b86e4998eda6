import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { isLanguage, type Language } from '../words/define.ts'
import type { TemplateBodies, TemplateKind } from './domain.ts'
import { nameStarts } from './queries.ts'

export type TemplateShelf = 'active' | 'published' | 'draft' | 'archived'
export type TemplateFilter = { shelf: TemplateShelf; kind: TemplateKind | null; folder?: string; startsWith: string }
export type TemplateCursor = { name: string; id: number }

export type ListedTemplate = {
  id: number
  name: string
  folder: string | null
  kind: TemplateKind
  version: number
  published_version: number | null
  archived_at: Date | null
  languages: Language[]
  site_name: string | null
  uses: number
  last_used_at: Date | null
}

const ON_SHELF: Record<TemplateShelf, ReturnType<typeof sql<boolean>>> = {
  active: sql<boolean>`t.archived_at is null`,
  published: sql<boolean>`t.archived_at is null and t.published_version is not null`,
  // Also what is published and has been changed since.
  draft: sql<boolean>`t.archived_at is null and t.published_version is distinct from t.version`,
  archived: sql<boolean>`t.archived_at is not null`,
}

/** By name, as it is looked for. */
export async function listTemplates(db: Db, scope: CompanyScope, filter: TemplateFilter, page: { after: TemplateCursor | undefined; limit: number }): Promise<(ListedTemplate & { folded_name: string })[]> {
  const rows = await db
    .selectFrom('message_template as t')
    .leftJoin('career_site as s', (join) => join.onRef('s.company_id', '=', 't.company_id').onRef('s.id', '=', 't.career_site_id'))
    .select(['t.id', 't.name', 't.folder', 't.kind', 't.version', 't.published_version', 't.archived_at', 't.folded_name', 't.last_used_at', 's.name as site_name'])
    .select((eb) => [
      eb.selectFrom('message_template_text as x').whereRef('x.template_id', '=', 't.id').whereRef('x.version', '=', filter.shelf === 'published' ? 't.published_version' : 't.version')
        .select(sql<Language[]>`coalesce(array_agg(x.language order by x.language desc), '{}')`.as('languages')).as('languages'),
      eb.selectFrom('campaign as c').whereRef('c.company_id', '=', 't.company_id').whereRef('c.template_id', '=', 't.id').where('c.launched_at', 'is not', null)
        .select((count) => count.fn.countAll<number>().as('uses')).as('uses'),
    ])
    .where('t.company_id', '=', scope.companyId)
    .where(ON_SHELF[filter.shelf])
    .where(nameStarts(filter.startsWith))
    .$if(filter.kind !== null, (query) => query.where('t.kind', '=', filter.kind!))
    .$if(Boolean(filter.folder), (query) => query.where(sql<boolean>`fold(t.folder) = fold(${filter.folder})`))
    .$if(page.after !== undefined, (query) => query.where(sql<boolean>`(t.folded_name, t.id) > (${page.after!.name}, ${page.after!.id}::bigint)`))
    .orderBy('t.folded_name')
    .orderBy('t.id')
    .limit(page.limit)
    .execute()
  return rows.map((row) => ({ ...row, kind: row.kind as TemplateKind, languages: row.languages ?? [], uses: Number(row.uses ?? 0) }))
}

/** Folders in use, one spelling each; a folder is there as long as a template that is not archived lies in it. */
export async function listFolders(db: Db, scope: CompanyScope): Promise<string[]> {
  const rows = await db
    .selectFrom('message_template')
    .select(sql<string>`min(folder)`.as('folder'))
    .where('company_id', '=', scope.companyId).where('archived_at', 'is', null).where('folder', 'is not', null)
    .groupBy(sql`fold(folder)`).orderBy(sql`fold(min(folder))`).limit(200)
    .execute()
  return rows.map(({ folder }) => folder)
}

/** How many stand on each shelf, whatever the start of the name. */
export async function countTemplates(db: Db, scope: CompanyScope, kind: TemplateKind | null): Promise<Record<TemplateShelf, number>> {
  const counted = (shelf: TemplateShelf) => sql<number>`(count(*) filter (where ${ON_SHELF[shelf]}))::int`
  return db
    .selectFrom('message_template as t')
    .select([counted('active').as('active'), counted('published').as('published'), counted('draft').as('draft'), counted('archived').as('archived')])
    .where('t.company_id', '=', scope.companyId)
    .$if(kind !== null, (query) => query.where('t.kind', '=', kind!))
    .executeTakeFirstOrThrow()
}

export type Template = {
  id: number
  name: string
  folder: string | null
  kind: TemplateKind
  version: number
  published_version: number | null
  revision: number
  archived_at: Date | null
  career_site_id: number | null
  site_name: string | null
  last_used_at: Date | null
  uses: number
}

const COLUMNS = ['t.id', 't.name', 't.folder', 't.kind', 't.version', 't.published_version', 't.revision', 't.archived_at', 't.career_site_id', 't.last_used_at'] as const

export async function findTemplate(db: Db, scope: CompanyScope, id: number): Promise<Template | undefined> {
  const row = await db
    .selectFrom('message_template as t')
    .leftJoin('career_site as s', (join) => join.onRef('s.company_id', '=', 't.company_id').onRef('s.id', '=', 't.career_site_id'))
    .select([...COLUMNS, 's.name as site_name'])
    .select((eb) => eb.selectFrom('campaign as c').whereRef('c.company_id', '=', 't.company_id').whereRef('c.template_id', '=', 't.id').where('c.launched_at', 'is not', null)
      .select((count) => count.fn.countAll<number>().as('uses')).as('uses'))
    .where('t.company_id', '=', scope.companyId)
    .where('t.id', '=', id)
    .executeTakeFirst()
  return row && { ...row, kind: row.kind as TemplateKind, uses: Number(row.uses ?? 0) }
}

/** Nobody else changes it before the transaction ends. */
export async function lockTemplate(trx: Transaction<DB>, scope: CompanyScope, id: number) {
  const row = await trx.selectFrom('message_template as t').select(COLUMNS).where('t.company_id', '=', scope.companyId).where('t.id', '=', id).forUpdate().executeTakeFirst()
  return row && { ...row, kind: row.kind as TemplateKind }
}

/** Texts of one version; empty when there is none. */
export async function findTexts(db: Db, scope: CompanyScope, id: number, version: number): Promise<TemplateBodies> {
  const rows = await db.selectFrom('message_template_text').select(['language', 'body']).where('company_id', '=', scope.companyId).where('template_id', '=', id).where('version', '=', version).execute()
  return Object.fromEntries(rows.flatMap(({ language, body }) => (isLanguage(language) ? [[language, body]] : [])))
}

export type TemplateVersion = { version: number; created_at: Date; author: string | null; texts: TemplateBodies }

/** Newest first, from below `before`. */
export async function listVersions(db: Db, scope: CompanyScope, id: number, { before, limit }: { before: number | null; limit: number }): Promise<TemplateVersion[]> {
  const rows = await db
    .selectFrom('message_template_text as x')
    .leftJoin('app_user as u', (join) => join.onRef('u.company_id', '=', 'x.company_id').onRef('u.id', '=', 'x.created_by'))
    .select(['x.version', sql<Date>`min(x.created_at)`.as('created_at'), sql<string | null>`min(u.name)`.as('author'), sql<TemplateBodies>`jsonb_object_agg(x.language, x.body)`.as('texts')])
    .where('x.company_id', '=', scope.companyId)
    .where('x.template_id', '=', id)
    .$if(before !== null, (query) => query.where('x.version', '<', before!))
    .groupBy('x.version')
    .orderBy('x.version', 'desc')
    .limit(limit)
    .execute()
  return rows
}

export type TemplateFacts = { name: string; folder?: string; kind: TemplateKind; careerSiteId: number | null }

export async function insertTemplate(trx: Transaction<DB>, scope: CompanyScope, { name, folder, kind, careerSiteId }: TemplateFacts): Promise<number | undefined> {
  const row = await trx
    .insertInto('message_template')
    .values({ company_id: scope.companyId, name, folder: folder || null, kind, career_site_id: careerSiteId })
    // Somebody else's template may have got the name just now.
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

/** Adds the texts of a version; those of earlier ones are never changed. */
export async function insertVersion(trx: Transaction<DB>, scope: CompanyScope, version: { templateId: number; version: number; texts: TemplateBodies; userId: number }): Promise<void> {
  await trx
    .insertInto('message_template_text')
    .values(Object.entries(version.texts).map(([language, body]) => ({
      company_id: scope.companyId, template_id: version.templateId, version: version.version, language, body, created_by: version.userId,
    })))
    .execute()
}

export type TemplateChange = {
  name?: string
  folder?: string | null
  kind?: TemplateKind
  career_site_id?: number | null
  version?: number
  published_version?: number | null
  archived_at?: ReturnType<typeof sql<Date>> | null
}

/** Writes what is given; whoever has an older form open is told so. */
export async function updateTemplate(trx: Transaction<DB>, scope: CompanyScope, id: number, change: TemplateChange): Promise<void> {
  const { published_version } = change
  await trx
    .updateTable('message_template')
    .set({
      ...change,
      ...(published_version === undefined ? {} : { published_at: published_version === null ? null : sql<Date>`app_now()` }),
      revision: sql<number>`revision + 1`, updated_at: sql<Date>`app_now()`,
    })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .execute()
}

export const NOW = sql<Date>`app_now()`

/** Names in use beside `id`, as they start: archived templates have given theirs back. */
export async function isNameTaken(db: Db, scope: CompanyScope, name: string, id: number | null): Promise<boolean> {
  const row = await db
    .selectFrom('message_template')
    .select('id')
    .where('company_id', '=', scope.companyId)
    .where(sql<boolean>`lower(name) = lower(${name})`)
    .where('archived_at', 'is', null)
    .$if(id !== null, (query) => query.where('id', '<>', id!))
    .executeTakeFirst()
  return row !== undefined
}

/** A template of this name that this person made within the last minute and nobody has changed since. */
export async function findFresh(db: Db, scope: CompanyScope, made: { name: string; kind: TemplateKind; userId: number; isPublished: boolean }): Promise<{ id: number; version: number } | undefined> {
  return db
    .selectFrom('message_template as t')
    .innerJoin('message_template_text as x', (join) => join.onRef('x.template_id', '=', 't.id').on('x.version', '=', 1))
    .select(['t.id', 't.version'])
    .where('t.company_id', '=', scope.companyId)
    .where('t.name', '=', made.name)
    .where('t.kind', '=', made.kind)
    .where('t.version', '=', 1)
    .where('t.archived_at', 'is', null)
    .where('t.created_at', '>', sql<Date>`app_now() - interval '1 minute'`)
    .where('x.created_by', '=', made.userId)
    .where('t.published_version', made.isPublished ? 'is not' : 'is', null)
    .executeTakeFirst()
}

export async function insertTestLink(trx: Transaction<DB>, scope: CompanyScope, link: { code: string; kind: string; userId: number }): Promise<void> {
  await trx.insertInto('template_test_link').values({ company_id: scope.companyId, code: link.code, kind: link.kind, user_id: link.userId }).execute()
}
