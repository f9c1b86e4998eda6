import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findViewer } from '../../src/auth/queries.ts'
import { getAudience } from '../../src/campaigns/audience.queries.ts'
import { specFor } from '../../src/campaigns/audience.domain.ts'
import { createDraft, saveDraft, type DraftForm } from '../../src/campaigns/drafts.commands.ts'
import { launchCampaign } from '../../src/campaigns/launch.commands.ts'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { undoLaunch } from '../../src/campaigns/undo.commands.ts'
import { listTimeline } from '../../src/candidates/timeline.queries.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { listPools } from '../../src/companies/senders.queries.ts'
import { settingsFrom } from '../../src/companies/settings.ts'
import { ensurePhones, recordBounce, recordOptIn, recordOptOut } from '../../src/consent/queries.ts'
import { EXCLUSION_REASONS, type OptOutSource } from '../../src/consent/domain.ts'
import { passGate } from '../../src/messaging/gate.commands.ts'
import { claimMessages } from '../../src/messaging/sending.queries.ts'
import type { Viewer } from '../../src/web/viewer.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { LAUNCH_CONFIG } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase() })
afterAll(() => database.close())

const TEXT = 'Bonjour, Agence Martin : {lien}\n{stop}'

async function scene(given: { undoSeconds?: number } = {}) {
  const { db } = database
  const company = await makeCompany(db, { name: 'Agence Martin', ...given })
  const viewerFor = async (role: 'administrator' | 'recruiter') => (await findViewer(db, (await makeUser(db, company.scope, { role })).id)) as Viewer
  const viewer = await viewerFor('administrator')
  const person = async (more: Parameters<typeof makeCandidate>[2] & { source?: OptOutSource } = {}) => {
    const made = await makeCandidate(db, company.scope, more)
    if (more.source) await recordOptOut(db, company.scope, { e164: made.e164!, source: more.source, userId: more.source === 'recruiter' ? viewer.userId : null })
    return { id: made.id, e164: made.e164! }
  }
  const form = (version: number, more: Partial<DraftForm> = {}): DraftForm => ({
    version, name: 'Relance', kind: 'simple', templateId: null, senderId: null, limitTo: 'keep', schedule: { startsNow: true, start: 'keep', allowWeekends: false }, internalComment: '', texts: { fr: TEXT }, ...more,
  })
  const draft = async (ids: number[], reason: string | null, more: Partial<DraftForm> = {}) => {
    const made = await createDraft({ db }, viewer, { name: 'Relance', audience: { mode: 'selected', ids } })
    if (!made.ok) throw new Error(made.reason)
    const saved = await saveDraft({ db }, viewer, made.value.id, form(1, { overrideReason: reason, ...more }))
    if (!saved.ok) throw new Error(saved.reason)
    return { id: made.value.id, version: saved.value.version }
  }
  const launch = ({ id, version }: { id: number; version: number }, as: Viewer = viewer) =>
    launchCampaign({ db, config: LAUNCH_CONFIG }, as, { campaignId: id, version, launchKey: randomUUID(), recipients: 1_000 })
  return { ...company, viewer, viewerFor, person, form, draft, launch }
}

/** Who passes the gate of a campaign now, and why the others do not, by number. */
async function gate(campaignId: number): Promise<Record<string, string>> {
  const { db } = database
  const token = randomUUID()
  const claimed = await claimMessages(db, { token, seconds: 60, limit: 200 })
  await ensurePhones(db, claimed)
  await passGate({ db }, token, claimed)
  const rows = await db.selectFrom('message').select(['e164', 'state', 'failure_reason']).where('campaign_id', '=', campaignId).execute()
  return Object.fromEntries(rows.map(({ e164, state, failure_reason }) => [e164, state === 'submitting' ? 'go' : (failure_reason ?? state)]))
}

describe('people whose box is not ticked (S97 to S103)', () => {
  test('only those who did not say STOP themselves are texted, each with a row that says who decided and why', async () => {
    const { person, draft, launch, scope, viewer } = await scene()
    const fine = await person()
    const told = await person({ source: 'recruiter' })
    const read = await person({ source: 'import' })
    const never = await person({ consent: false })
    const both = await person({ consent: false, source: 'recruiter' })
    const stopped = [await person({ source: 'sms' }), await person({ source: 'page' }), await person({ source: 'provider' }), await person({ consent: false, source: 'sms' }), await person({ bounced: true, consent: false })]
    const abroad = await person({ mobile: '+34 612 34 56 78', consent: false })
    const all = [fine, told, read, never, both, ...stopped, abroad]
    const made = await draft(all.map(({ id }) => id), 'Accord donné par téléphone')
    expect(await launch(made)).toMatchObject({ ok: true })

    const { audience_counts: counts } = (await findCampaign(database.db, scope, made.id))!
    expect(counts).toMatchObject({ total: 11, recipients: 5, opted_out: 4, bounced: 1, no_consent: 0, country_blocked: 1 })
    const log = await database.db.selectFrom('campaign_override').select(['e164', 'kind', 'reason', 'user_id']).where('campaign_id', '=', made.id).orderBy('candidate_id').execute()
    expect(log).toEqual([[told, 'opted_out'], [read, 'opted_out'], [never, 'no_consent'], [both, 'opted_out']].map(([one, kind]) => ({ e164: (one as { e164: string }).e164, kind, reason: 'Accord donné par téléphone', user_id: viewer.userId })))
    expect(await gate(made.id)).toEqual(Object.fromEntries([fine, told, read, never, both].map(({ e164 }) => [e164, 'go'])))
    const { rows } = await listTimeline(database.db, scope, told.id, { kind: 'consent' })
    expect(rows[0]).toMatchObject({ event: 'override', body: 'Accord donné par téléphone', campaign_id: made.id })
    const events = await database.db.selectFrom('campaign_event').select('detail').where('campaign_id', '=', made.id).where('kind', '=', 'overridden').execute()
    expect(events).toEqual([{ detail: { recipients: 4, reason: 'Accord donné par téléphone' } }])
  })

  test('what comes after the launch stops the text at the gate: a STOP, a withdrawal, another opt-out, a bounce', async () => {
    const { person, draft, launch, scope, viewer } = await scene()
    const [stop, page, withdrawn, later, again, bounced, kept] = [
      await person({ source: 'recruiter' }), await person({ source: 'import' }), await person({ consent: false }), await person({ consent: false }), await person({ source: 'recruiter' }), await person({ consent: false }), await person({ source: 'recruiter' }),
    ]
    const made = await draft([stop, page, withdrawn, later, again, bounced, kept].map(({ id }) => id), 'Accord oral')
    expect(await launch(made)).toMatchObject({ ok: true })
    const { db } = database
    expect(await recordOptOut(db, scope, { e164: stop.e164, source: 'sms' })).toBe(true)
    expect(await recordOptOut(db, scope, { e164: page.e164, source: 'page' })).toBe(true)
    await sql`insert into consent_event (company_id, candidate_id, is_given, source, said_on, user_id) values (${scope.companyId}, ${withdrawn.id}, false, 'téléphone', '2026-11-22', ${viewer.userId})`.execute(db)
    await recordOptOut(db, scope, { e164: later.e164, source: 'recruiter', userId: viewer.userId })
    await recordOptIn(db, scope, { e164: again.e164, source: 'recruiter', userId: viewer.userId })
    await recordOptOut(db, scope, { e164: again.e164, source: 'recruiter', userId: viewer.userId })
    await recordBounce(db, scope, { e164: bounced.e164, code: '15' })
    expect(await gate(made.id)).toEqual({
      [stop.e164]: 'opted_out', [page.e164]: 'opted_out', [withdrawn.e164]: 'no_consent', [later.e164]: 'opted_out', [again.e164]: 'opted_out', [bounced.e164]: 'bounced', [kept.e164]: 'go',
    })
  })

  test('a number that moved to another record, or another campaign, is not covered', async () => {
    const { person, draft, launch, scope } = await scene()
    const [one, other] = [await person({ source: 'recruiter' }), await person({ source: 'recruiter' })]
    const made = await draft([one.id, other.id], 'Accord oral')
    expect(await launch(made)).toMatchObject({ ok: true })
    await sql`update candidate_phone set e164 = '+33639989999' where company_id = ${scope.companyId} and candidate_id = ${one.id}`.execute(database.db)
    await sql`insert into phone (company_id, e164, opted_out_at, opt_out_source) values (${scope.companyId}, '+33639989999', app_now(), 'import')`.execute(database.db)
    expect(await gate(made.id)).toEqual({ [one.e164]: 'opted_out', [other.e164]: 'go' })
    const second = await draft([other.id], null)
    expect(await launch(second)).toMatchObject({ ok: false, reason: 'nobody' })
  })

  test('without the right nobody saves the tick or launches it; who edits the rest leaves it as it is', async () => {
    const { person, draft, launch, form, viewerFor, viewer, scope } = await scene()
    const told = await person({ source: 'recruiter' })
    const colleague = await viewerFor('recruiter')
    const { db } = database
    const made = await draft([told.id], 'Accord oral')
    expect(await saveDraft({ db }, colleague, made.id, form(made.version, { overrideReason: 'Autre motif' }))).toMatchObject({ ok: false, reason: 'override_forbidden' })
    const edited = await saveDraft({ db }, colleague, made.id, form(made.version, { name: 'Autre nom' }))
    expect(edited).toMatchObject({ ok: true })
    const version = edited.ok ? edited.value.version : 0
    expect((await findCampaign(db, scope, made.id))!.override_reason).toBe('Accord oral')
    expect(await launch({ id: made.id, version }, colleague)).toEqual({ ok: false, reason: 'override_forbidden', detail: undefined })
    await sql`delete from user_privilege where user_id = ${viewer.userId} and privilege = 'consent.override'`.execute(db)
    // The page may be older than the loss of the right; the launch asks again.
    expect(await launch({ id: made.id, version })).toMatchObject({ ok: false, reason: 'override_forbidden' })
    expect(await saveDraft({ db }, colleague, made.id, form(version, { overrideReason: null }))).toMatchObject({ ok: true })
  })

  test('never for a whole search (S103)', async () => {
    const { viewer, form } = await scene()
    const { db } = database
    const made = await createDraft({ db }, viewer, { name: 'Tous', audience: { mode: 'query', filters: { q: '' } as never, except: [] } })
    expect(await saveDraft({ db }, viewer, made.ok ? made.value.id : 0, form(1, { overrideReason: 'Tous' }))).toMatchObject({ ok: false, reason: 'override_forbidden' })
    await expect(sql`update campaign set override_reason = 'x' where id = ${made.ok ? made.value.id : 0}`.execute(db)).rejects.toThrow(/campaign_override_selected/)
  })

  test('a launch taken back takes the rows with it, and the notes of the comment (S51)', async () => {
    const { person, draft, launch, viewer, scope } = await scene({ undoSeconds: 60 })
    const [told, fine] = [await person({ source: 'recruiter' }), await person()]
    const made = await draft([told.id, fine.id], 'Accord oral', { internalComment: 'Relancer lundi' })
    expect(await launch(made)).toMatchObject({ ok: true })
    const notes = () => database.db.selectFrom('follow_up_note').select(['candidate_id', 'body', 'kind', 'user_id']).where('company_id', '=', scope.companyId).orderBy('candidate_id').execute()
    expect(await notes()).toEqual([told, fine].map(({ id }) => ({ candidate_id: id, body: 'Relancer lundi', kind: 'manual', user_id: viewer.userId })))
    expect(await undoLaunch({ db: database.db }, viewer, made.id)).toMatchObject({ ok: true })
    expect(await notes()).toEqual([])
    expect(await database.db.selectFrom('campaign_override').select('recipient_id').where('campaign_id', '=', made.id).execute()).toEqual([])
  })
})

test('the comment stands on every record that a text stands for (S46, S51)', async () => {
  const { person, draft, launch, scope } = await scene()
  const one = await person({ mobile: '06 39 98 77 01' })
  const twin = await person({ mobile: '06 39 98 77 01' })
  const out = await person({ source: 'sms' })
  const made = await draft([one.id, twin.id, out.id], null, { internalComment: 'Vu en agence' })
  expect(await launch(made)).toMatchObject({ ok: true })
  const notes = await database.db.selectFrom('follow_up_note').select('candidate_id').where('company_id', '=', scope.companyId).orderBy('candidate_id').execute()
  expect(notes.map(({ candidate_id }) => candidate_id)).toEqual([one.id, twin.id])
})

test('the lines add up, with and without the override, whatever the people and the senders (S46)', async () => {
  const { scope, person, viewer } = await scene()
  const { db } = database
  await saveSetting(db, scope, 'sms.allowed_countries', ['FR', 'BE', 'RE'])
  const states: { id: number }[] = []
  for (const given of [
    {}, { source: 'recruiter' }, { source: 'import' }, { source: 'sms' }, { source: 'page' }, { consent: false }, { bounced: true }, { mobile: null }, { mobile: 'abc' },
    { mobile: '+32 470 12 34 56' }, { mobile: '+262 692 12 34 56' }, { mobile: '+262 692 12 34 57', consent: false }, { mobile: '+34 612 34 56 79' }, { mobile: '06 39 98 77 05' }, { mobile: '06 39 98 77 05', consent: false },
  ] satisfies Parameters<typeof person>[0][]) states.push(await person(given))
  const ids = states.map(({ id }) => id)
  const [pool] = await listPools(db, scope)
  const number = pool!.senders[0]!
  await fc.assert(fc.asyncProperty(
    fc.subarray(ids), fc.boolean(), fc.integer({ min: 1, max: 20 }), fc.subarray(['RE', 'BE'] as const), fc.subarray(['FR', 'BE', 'RE'] as const),
    async (chosen, isOverride, limit, blocked, reached) => {
      const settings = { ...settingsFrom([]), 'sms.allowed_countries': ['FR', 'BE', 'RE'], 'sms.blocked_destinations': blocked.map((country) => ({ country, from: '2020-01-01' })), 'campaign.recipient_limit': limit }
      const senders = reached.length === 0 ? [] : [{ ...number, countries: [...reached] }, { ...number, id: number.id + 1, countries: ['FR'] }]
      const spec = specFor({ audience: { mode: 'selected', ids: chosen }, limit_to: null, override_reason: isOverride ? 'oui' : null, texts: { fr: TEXT } }, settings, { language: 'fr', time_zone: 'Europe/Paris', now: new Date(), senders })
      const found = await getAudience(db, scope, spec, { fields: new Set(), recentDays: 7, batches: { first: 3, next: 2 } })
      const { counts } = found
      expect(counts.total).toBe(chosen.length)
      expect(counts.recipients + EXCLUSION_REASONS.reduce((sum, reason) => sum + counts[reason], 0)).toBe(counts.total)
      expect(found.groups.reduce((sum, { people }) => sum + people, 0)).toBe(counts.recipients)
      expect(Object.values(found.countries).reduce((sum, n) => sum + n, 0)).toBe(counts.recipients)
      if (!isOverride) expect(found.overridden).toBe(0)
      expect(found.overridden).toBeLessThanOrEqual(counts.recipients)
      // A STOP of the person's own is never talked over.
      expect(counts.opted_out).toBeGreaterThanOrEqual(chosen.filter((id) => [ids[3], ids[4]].includes(id)).length)
      for (const { sender_id, country } of found.groups) expect(spec.senders.get(country!)).toContain(sender_id)
    },
  ), { numRuns: 60 })
  expect(viewer.privileges.has('consent.override')).toBe(true)
})
