/** An agency in the middle of its work, and ids of everything it has. */
import { randomUUID } from 'node:crypto'
import type { KeyKind } from '../../src/api/domain.ts'
import { recordAnswer } from '../../src/availability/commands.ts'
import { createTalentList } from '../../src/lists/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeUser } from '../support/factories/accounts.ts'
import { makeApiKey } from '../support/factories/api.ts'
import { makePlanned, moveMessages, SENT } from '../support/factories/batches.ts'
import { makeDraft, makeTemplate } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

export async function makeContractScene(database: TestDatabase) {
  const { db } = database
  const planned = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 6, due: '-1 hour', state: 'running' }, { recipients: 2, due: '1 day' }] })
  const { scope, campaignId } = planned
  await moveMessages(database, campaignId, [...SENT, 'delivered'], { limit: 3 })
  const recipients = await db.selectFrom('recipient').select('id').where('campaign_id', '=', campaignId).orderBy('rank').execute()
  for (const { id } of recipients.slice(0, 2)) await recordAnswer({ db }, scope, id, { choice: 'yes', availableFrom: '2027-01-04', availableUntil: null, comment: 'D’accord', formId: randomUUID(), baseVersion: 0, source: 'link' })
  const user = await makeUser(db, scope, { role: 'administrator' })
  const people: number[] = []
  for (const given of [{}, { consent: false }, { optedOut: true }, { mobile: null }]) people.push((await makeCandidate(db, scope, given)).id)
  const contact = await makeCandidate(db, scope, { lastName: 'Cliente' })
  await db.updateTable('candidate').set({ kind: 'contact', organisation: 'Bâtir SAS' }).where('id', '=', contact.id).execute()
  const template = await makeTemplate(db, scope)
  const { sender_id: senderId } = await db.selectFrom('campaign').select('sender_id').where('id', '=', campaignId).executeTakeFirstOrThrow()
  const draft = await makeDraft(db, scope, { createdBy: user.id, senderId, candidateIds: people })
  const list = await createTalentList(db, scope, { kind: 'folder', name: 'Coffreurs', createdBy: user.id })
  return {
    scope, user, campaignId, draftId: draft.id,
    /** By the beginning of an address. */
    ids: { candidates: people, contacts: [contact.id], campaigns: [campaignId, draft.id], templates: [template.id], lists: [list] } as Record<string, number[]>,
    keyOf: async (kind: KeyKind) => (await makeApiKey(db, user.id, { kind })).key,
  }
}

/** Everything of the agency that another program could write, but for what test keys made and marked. */
export async function stateOf({ pool }: Pick<TestDatabase, 'pool'>, scope: CompanyScope): Promise<Record<string, string>> {
  const state: Record<string, string> = {}
  for (const table of WRITTEN) {
    const marked = table === 'campaign' ? 'and not x.is_test' : table === 'campaign_event' ? 'and not (select c.is_test from campaign c where c.id = x.campaign_id)' : ''
    const { rows } = await pool.query<{ state: string }>(`select count(*) || ' ' || md5(coalesce(string_agg(x::text, '|' order by x::text), '')) as state from ${table} x where x.company_id = $1 ${marked}`, [scope.companyId])
    state[table] = rows[0]!.state
  }
  return state
}

const WRITTEN = [
  'message', 'send_attempt', 'batch', 'recipient', 'campaign', 'campaign_event', 'launch_request', 'answer', 'answer_version', 'candidate', 'candidate_phone', 'availability_change', 'follow_up_note', 'phone', 'opt_out_event',
  'talent_list', 'talent_list_member', 'message_template', 'message_template_text',
] as const
