import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Language } from '../words/define.ts'
import type { TemplateKind } from './domain.ts'

/** `version` is the published one: what is picked, whatever has been written since. */
export type TemplateChoice = { id: number; name: string; folder: string | null; version: number; last_used_at: Date | null; career_site_id: number | null }

/** What may be picked for this kind of sending (S27), by the start of its name (S59): published, not archived; the one used last comes first. */
export async function listPublishedTemplates(db: Db, scope: CompanyScope, kind: TemplateKind, { startsWith = '', limit = 500 }: { startsWith?: string; limit?: number } = {}): Promise<TemplateChoice[]> {
  return db
    .selectFrom('message_template')
    .select((eb) => ['id', 'name', 'folder', eb.ref('published_version').$notNull().as('version'), 'last_used_at', 'career_site_id'])
    .where('company_id', '=', scope.companyId)
    .where('kind', '=', kind)
    .where('published_version', 'is not', null)
    .where('archived_at', 'is', null)
    .where(nameStarts(startsWith))
    .orderBy(sql`last_used_at desc nulls last`)
    .orderBy('name')
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** By the start of the name, whatever the accents and capitals. */
export function nameStarts(text: string) {
  return sql<boolean>`starts_with(folded_name, fold(${text.trim()}))`
}

export type TemplateTexts = { id: number; name: string; version: number; career_site_id: number | null; texts: Partial<Record<Language, string>> }

/** The published version of a template of this kind with its texts, one per language. Undefined when it may not be picked. */
export async function findPublishedTemplate(db: Db, scope: CompanyScope, kind: TemplateKind, id: number): Promise<TemplateTexts | undefined> {
  const rows = await db
    .selectFrom('message_template as t')
    .innerJoin('message_template_text as x', (join) => join.onRef('x.template_id', '=', 't.id').onRef('x.version', '=', 't.published_version'))
    .select(['t.id', 't.name', 'x.version', 't.career_site_id', 'x.language', 'x.body'])
    .where('t.company_id', '=', scope.companyId)
    .where('t.id', '=', id)
    .where('t.kind', '=', kind)
    .where('t.archived_at', 'is', null)
    .execute()
  const first = rows[0]
  if (!first) return undefined
  const { name, version, career_site_id } = first
  return { id, name, version, career_site_id, texts: Object.fromEntries(rows.map((row) => [row.language, row.body])) }
}

/** The one used last comes first next time. */
export async function markTemplateUsed(db: Db, scope: CompanyScope, id: number): Promise<void> {
  await db.updateTable('message_template').set({ last_used_at: sql`app_now()` }).where('company_id', '=', scope.companyId).where('id', '=', id).execute()
}

/** A use was taken back: what counts is the newest that stands. */
export async function forgetTemplateUse(db: Db, scope: CompanyScope, id: number): Promise<void> {
  await db
    .updateTable('message_template as t')
    .set({ last_used_at: sql`(select max(c.launched_at) from campaign c where c.company_id = t.company_id and c.template_id = t.id)` })
    .where('t.company_id', '=', scope.companyId)
    .where('t.id', '=', id)
    .execute()
}
