import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { ListKind } from './domain.ts'

export type ListedList = { id: number; kind: ListKind; name: string; description: string; created_at: Date; updated_at: Date }

type Asked = { kind: ListKind | undefined; seesConfidential: boolean; after: number | undefined; limit: number }

/** Lists in use of every kind, in the order in which they were made. */
export async function listTalentLists(db: Db, scope: CompanyScope, { kind, seesConfidential, after, limit }: Asked): Promise<ListedList[]> {
  return visibleLists(db, scope, seesConfidential)
    .$if(kind !== undefined, (query) => query.where('l.kind', '=', kind!))
    .$if(after !== undefined, (query) => query.where('l.id', '>', after!))
    .orderBy('l.id')
    .limit(limit)
    .execute()
}

/** Undefined where it is archived, somebody else's, or of a vacancy that this person may not know of (S5). */
export async function findVisibleList(db: Db, scope: CompanyScope, id: number, seesConfidential: boolean): Promise<(ListedList & { members: number }) | undefined> {
  return visibleLists(db, scope, seesConfidential)
    .select((eb) => eb.selectFrom('talent_list_member as m').whereRef('m.company_id', '=', 'l.company_id').whereRef('m.list_id', '=', 'l.id').select((count) => count.fn.countAll<number>().as('n')).as('members'))
    .where('l.id', '=', id)
    .$narrowType<{ members: number }>()
    .executeTakeFirst()
}

function visibleLists(db: Db, scope: CompanyScope, seesConfidential: boolean) {
  return db
    .selectFrom('talent_list as l')
    .select(['l.id', 'l.kind', 'l.name', 'l.description', 'l.created_at', 'l.updated_at'])
    .where('l.company_id', '=', scope.companyId)
    .where('l.archived_at', 'is', null)
    .$if(!seesConfidential, (query) => query.where(sql<boolean>`not exists (select from job j where j.company_id = l.company_id and j.list_id = l.id and j.is_confidential)`))
    .$narrowType<{ kind: ListKind }>()
}

export type ListedMember = { candidate_id: number; kind: 'candidate' | 'contact'; external_id: string | null; first_name: string; last_name: string; added_at: Date }

/** Who is in a list, by the ids of their records. */
export async function listMembers(db: Db, scope: CompanyScope, listId: number, { after, limit }: { after: number | undefined; limit: number }): Promise<ListedMember[]> {
  return db
    .selectFrom('talent_list_member as m')
    .innerJoin('candidate as c', (join) => join.onRef('c.company_id', '=', 'm.company_id').onRef('c.id', '=', 'm.candidate_id'))
    .select(['m.candidate_id', 'c.kind', 'c.external_id', 'c.first_name', 'c.last_name', 'm.added_at'])
    .where('m.company_id', '=', scope.companyId)
    .where('m.list_id', '=', listId)
    .$if(after !== undefined, (query) => query.where('m.candidate_id', '>', after!))
    .orderBy('m.candidate_id')
    .limit(limit)
    .$narrowType<{ kind: 'candidate' | 'contact' }>()
    .execute()
}
