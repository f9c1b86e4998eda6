import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'

/** The sender's comment on a campaign, as a note of theirs on the record of everybody it stands for (S51). */
export async function insertCampaignNotes(trx: Transaction<DB>, scope: CompanyScope, note: { campaignId: number; userId: number; body: string }): Promise<void> {
  await sql`
    insert into follow_up_note (company_id, candidate_id, kind, campaign_id, user_id, body)
    select p.company_id, p.candidate_id, 'manual', r.campaign_id, ${note.userId}, ${note.body}
    from recipient r join recipient_profile p on p.company_id = r.company_id and p.recipient_id = r.id
    where r.company_id = ${scope.companyId} and r.campaign_id = ${note.campaignId}`.execute(trx)
}

/** As if it had never been written. */
export async function removeCampaignNotes(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<void> {
  await trx.deleteFrom('follow_up_note').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).where('kind', '=', 'manual').execute()
}

export type NoteRow = { id: number; candidate_id: number; kind: 'automatic' | 'manual'; body: string; campaign_id: number | null; user_id: number | null; user_name: string | null; created_at: Date }

/** Notes on a record, the newest first; `before`: below this id. */
export async function listNotes(db: Db, scope: CompanyScope, candidateId: number, { before, limit }: { before: number | undefined; limit: number }): Promise<NoteRow[]> {
  return noteRows(db, scope).where('n.candidate_id', '=', candidateId).$if(before !== undefined, (query) => query.where('n.id', '<', before!)).orderBy('n.id', 'desc').limit(limit).execute()
}

export async function getNote(db: Db, scope: CompanyScope, id: number): Promise<NoteRow> {
  return noteRows(db, scope).where('n.id', '=', id).executeTakeFirstOrThrow()
}

function noteRows(db: Db, scope: CompanyScope) {
  return db
    .selectFrom('follow_up_note as n')
    .leftJoin('app_user as u', (join) => join.onRef('u.company_id', '=', 'n.company_id').onRef('u.id', '=', 'n.user_id'))
    .select(['n.id', 'n.candidate_id', 'n.kind', 'n.body', 'n.campaign_id', 'n.user_id', 'u.name as user_name', 'n.created_at'])
    .where('n.company_id', '=', scope.companyId)
    .$narrowType<{ kind: NoteRow['kind'] }>()
}
