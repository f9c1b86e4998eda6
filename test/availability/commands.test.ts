import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import type { NewAnswer } from '../../src/availability/queries.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { makeInvitation, type Invitation } from '../support/factories/landing.ts'

let test: TestDatabase
beforeAll(async () => { test = await createTestDatabase() })
afterAll(() => test.close())

const answer = (given: Partial<NewAnswer> = {}): NewAnswer => ({
  choice: 'yes', availableFrom: '2027-01-04', availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 0, source: 'link', ...given,
})
const record = (invitation: Invitation, given: Partial<NewAnswer> = {}) => recordAnswer(test, invitation.scope, invitation.recipientId, answer(given))

/** Everything an answer writes. */
async function writtenFor(invitation: Invitation) {
  const versions = await test.db.selectFrom('answer_version').selectAll().where('recipient_id', '=', invitation.recipientId).orderBy('version').execute()
  const current = await test.db.selectFrom('answer').selectAll().where('recipient_id', '=', invitation.recipientId).executeTakeFirst()
  const notes = await test.db.selectFrom('follow_up_note').select(['candidate_id', 'body', 'kind', 'campaign_id', 'recipient_id']).where('recipient_id', '=', invitation.recipientId).orderBy('id').execute()
  const records = await test.db.selectFrom('candidate').select(['id', 'availability', 'available_from', 'available_until', 'availability_campaign_id']).where('id', 'in', invitation.profiles).orderBy('id').execute()
  const changes = await test.db.selectFrom('availability_change').select(['candidate_id', 'available_from', 'source']).where('candidate_id', 'in', invitation.profiles).execute()
  return { versions, current, notes, records, changes }
}
const plain = (text: string | undefined) => text?.replaceAll(/[\u00a0\u202f]/g, ' ')

describe('an answer to an availability campaign', () => {
  it('updates the record and leaves a note with both dates (S89, S90, S92)', async () => {
    const invitation = await makeInvitation(test.db)
    const outcome = await record(invitation, { availableUntil: '2027-03-31', comment: 'plutôt le matin' })
    expect(outcome).toMatchObject({ ok: true, value: { version: 1, choice: 'yes' } })
    const { records, notes, changes, current } = await writtenFor(invitation)
    expect(current).toMatchObject({ version: 1, choice: 'yes', available_from: '2027-01-04', available_until: '2027-03-31', source: 'link' })
    expect(records).toEqual([{ id: invitation.candidateId, availability: 'available', available_from: '2027-01-04', available_until: '2027-03-31', availability_campaign_id: invitation.campaignId }])
    expect(changes).toEqual([{ candidate_id: invitation.candidateId, available_from: '2027-01-04', source: 'answer' }])
    expect(notes).toHaveLength(1)
    expect(plain(notes[0]?.body)).toMatch(/^Réponse OUI à la campagne « Chantier de décembre », le \d.*\nDisponible à partir du lundi 4 janvier 2027\nDisponible jusqu’au mercredi 31 mars 2027\nretour SMS : plutôt le matin$/)
  })

  it('does not erase a date for a bare NON (S94)', async () => {
    const invitation = await makeInvitation(test.db, { availability: 'available', availableFrom: '2026-12-01', availableUntil: '2026-12-20' })
    await record(invitation, { choice: 'no', availableFrom: null })
    expect((await writtenFor(invitation)).records).toMatchObject([{ availability: 'unavailable', available_from: '2026-12-01', available_until: '2026-12-20' }])
  })

  it('takes the date of a NON as the day from which the person is free (S58)', async () => {
    const invitation = await makeInvitation(test.db, { availability: 'available', availableFrom: '2026-12-01', availableUntil: '2026-12-20' })
    await record(invitation, { choice: 'no', availableFrom: '2027-02-01' })
    expect((await writtenFor(invitation)).records).toMatchObject([{ availability: 'available', available_from: '2027-02-01', available_until: null }])
  })

  it('reaches every record with the number (S46)', async () => {
    const invitation = await makeInvitation(test.db, { sharedWith: 2 })
    await record(invitation)
    const { notes, records } = await writtenFor(invitation)
    expect(notes.map((note) => note.candidate_id)).toEqual(invitation.profiles)
    expect(records.map((one) => one.available_from)).toEqual(['2027-01-04', '2027-01-04', '2027-01-04'])
  })

  it('keeps every version of a corrected answer, and adds a note (S85, S94)', async () => {
    const invitation = await makeInvitation(test.db)
    await record(invitation)
    expect(await record(invitation, { choice: 'no', availableFrom: null, baseVersion: 1 })).toMatchObject({ ok: true, value: { version: 2 } })
    const { versions, notes, current, records } = await writtenFor(invitation)
    expect(versions.map((version) => version.choice)).toEqual(['yes', 'no'])
    expect(current?.first_answered_at.getTime()).toBeLessThan(current?.answered_at.getTime() ?? 0)
    expect(plain(notes[1]?.body)).toContain('Réponse corrigée : NON')
    expect(records).toMatchObject([{ availability: 'unavailable', available_from: '2027-01-04' }])
  })
})

describe('an answer to a simple campaign', () => {
  it('puts the comment into the note after « retour SMS : » and leaves the availability alone (S91)', async () => {
    const invitation = await makeInvitation(test.db, { kind: 'simple', campaignName: 'Chaussures', availability: 'available', availableFrom: '2026-12-01' })
    await record(invitation, { choice: 'no', availableFrom: null, comment: 'pas de chaussures, pointure 42' })
    const { notes, records, changes } = await writtenFor(invitation)
    expect(plain(notes[0]?.body)).toMatch(/^retour SMS : pas de chaussures, pointure 42\nRéponse NON à la campagne « Chaussures », le /)
    expect(records).toMatchObject([{ availability: 'available', available_from: '2026-12-01', availability_campaign_id: null }])
    expect(changes).toEqual([])
  })

  it('writes the note in the language of the agency', async () => {
    const company = await makeCompany(test.db, { language: 'en', timeZone: 'Europe/London' })
    const invitation = await makeInvitation(test.db, { company, kind: 'simple' })
    await record(invitation, { availableFrom: null, comment: 'size 9' })
    expect((await writtenFor(invitation)).notes[0]?.body).toMatch(/^SMS reply: size 9\nAnswered YES to the campaign/)
  })
})

describe('who may answer, and when', () => {
  it.each([
    ['closed by the recruiter', { closedAt: new Date('2026-11-20T10:00:00Z') }],
    ['past its end', { closesAt: new Date('2026-11-20T10:00:00Z') }],
    ['cancelled', { status: 'cancelled' as const }],
  ])('nothing is stored when the campaign is %s (P9)', async (_, given) => {
    const invitation = await makeInvitation(test.db, given)
    expect(await record(invitation)).toMatchObject({ ok: false, reason: 'closed', detail: undefined })
    expect(await writtenFor(invitation)).toMatchObject({ versions: [], current: undefined, notes: [], changes: [] })
  })

  it.each(['paused', 'completed', 'suspended'] as const)('a campaign that is %s still takes answers', async (status) => {
    const invitation = await makeInvitation(test.db, { status })
    expect(await record(invitation)).toMatchObject({ ok: true })
  })

  it('another company does not know the recipient', async () => {
    const invitation = await makeInvitation(test.db)
    const stranger = await makeCompany(test.db)
    expect(await recordAnswer(test, stranger.scope, invitation.recipientId, answer())).toMatchObject({ ok: false, reason: 'unknown' })
    expect((await writtenFor(invitation)).versions).toEqual([])
  })

  it('the newest answer over all campaigns wins on the record (S94)', async () => {
    const first = await makeInvitation(test.db)
    const second = await makeInvitation(test.db, { company: first.company })
    await test.db.insertInto('recipient_profile').values({ company_id: first.company.id, recipient_id: second.recipientId, candidate_id: first.candidateId }).execute()
    await record(second, { availableFrom: '2027-05-03' })
    await record(first, { availableFrom: '2027-01-04' })
    expect((await writtenFor(first)).records).toMatchObject([{ available_from: '2027-01-04', availability_campaign_id: first.campaignId }])
  })
})

describe('answers sent twice', () => {
  it('one form sent in parallel is one version and one note, and everybody reads the same (F-42)', async () => {
    const invitation = await makeInvitation(test.db)
    const form = answer({ comment: 'double' })
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => recordAnswer(test, invitation.scope, invitation.recipientId, form)))
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome)))).toHaveLength(1)
    expect(outcomes[0]).toMatchObject({ ok: true, value: { version: 1 } })
    const { versions, notes, changes } = await writtenFor(invitation)
    expect([versions.length, notes.length, changes.length]).toEqual([1, 1, 1])
  })

  it('the same form sent again after the end still finds what was saved (F-46)', async () => {
    const invitation = await makeInvitation(test.db)
    const form = answer()
    await recordAnswer(test, invitation.scope, invitation.recipientId, form)
    await test.db.updateTable('campaign').set({ closed_at: new Date() }).where('id', '=', invitation.campaignId).execute()
    expect(await recordAnswer(test, invitation.scope, invitation.recipientId, form)).toMatchObject({ ok: true, value: { version: 1 } })
  })

  it('a form older than the answer is shown that answer instead of overwriting it', async () => {
    const invitation = await makeInvitation(test.db)
    await record(invitation, { choice: 'no', availableFrom: null })
    expect(await record(invitation)).toMatchObject({ ok: false, reason: 'changed', detail: { version: 1, choice: 'no' } })
    // The same words from another device are the same answer.
    expect(await record(invitation, { choice: 'no', availableFrom: null })).toMatchObject({ ok: true, value: { version: 1 } })
    expect((await writtenFor(invitation)).versions).toHaveLength(1)
  })

  it('one form changed with Back and sent again asks, too', async () => {
    const invitation = await makeInvitation(test.db)
    const form = answer()
    await recordAnswer(test, invitation.scope, invitation.recipientId, form)
    expect(await recordAnswer(test, invitation.scope, invitation.recipientId, { ...form, choice: 'no', availableFrom: null })).toMatchObject({ ok: false, reason: 'changed' })
  })

  it('different answers at once: every saved one has its version, none is lost (P9)', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ choice: fc.constantFrom('yes' as const, 'no' as const), comment: fc.string({ maxLength: 20 }).map((text) => text.replaceAll('\u0000', '')) }), { minLength: 2, maxLength: 6 }), async (given) => {
      const invitation = await makeInvitation(test.db, { kind: 'simple' })
      const outcomes = await Promise.all(given.map((one) => record(invitation, { ...one, availableFrom: null })))
      const { versions, current, notes } = await writtenFor(invitation)
      expect(versions).toHaveLength(1)
      expect(notes).toHaveLength(1)
      expect(current).toMatchObject({ version: 1, choice: versions[0]?.choice, comment: versions[0]?.comment })
      for (const [index, outcome] of outcomes.entries()) {
        const isIt = given[index]?.choice === current?.choice && given[index]?.comment === current?.comment
        expect(outcome.ok).toBe(isIt)
      }
    }), { numRuns: 15 })
  })
})
