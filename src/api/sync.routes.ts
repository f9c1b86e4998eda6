import { stateMark, type Person } from '../candidates/people.domain.ts'
import { readPersonForm, type PersonForm } from '../candidates/people.input.ts'
import { actorOf } from '../candidates/record.access.ts'
import { syncPeople, type Synced, type SyncRow } from '../candidates/sync.commands.ts'
import type { CountryCode } from '../sms/phone.ts'
import { apiRoute, type ApiRoute } from './endpoint.ts'
import type { GivenPerson } from './people.input.ts'
import { formOf, personFaults } from './people.views.ts'
import { requirePrivilege } from './problem.ts'
import { SYNC_BYTES, syncAnswer, syncBody, type SyncedCandidate } from './sync.input.ts'

/** Another program, which stays the master of its people, says how they are. */
export const syncRoutes: readonly ApiRoute[] = [
  apiRoute({
    id: 'syncCandidates', method: 'POST', path: '/candidates/sync', resource: 'candidates', scope: 'candidates:write', summary: 'apiSync.op.sync', note: 'apiSync.op.syncNote',
    body: syncBody, response: syncAnswer, problems: ['missing_privilege'], bodyLimit: SYNC_BYTES,
    handle: async (deps, { viewer, body, t }) => {
      if (body.candidates.some(({ consent, gone }) => consent !== undefined || gone)) requirePrivilege(viewer, 'consent.edit')
      const done = await syncPeople(deps, actorOf(viewer), body.candidates.map((given) => rowOf(given, viewer.company.country as CountryCode)))
      const counts = { created: 0, updated: 0, unchanged: 0, archived: 0, refused: 0 }
      for (const { result } of done) counts[result] += 1
      return { data: done.map((one) => outcomeModel(one, (problems) => personFaults(t, problems))), counts }
    },
  }),
]

function rowOf(given: SyncedCandidate, country: CountryCode): SyncRow {
  const { external_id: key, changed_at, gone, consent, availability } = given
  return {
    key, changedAt: changed_at === undefined ? null : new Date(changed_at), isGone: gone, read: (before) => formFor(given, before, country),
    consent: consent ? { isGiven: consent.given, source: consent.source, saidOn: consent.said_on } : null,
    availability: availability ? { state: availability.state, from: availability.from ?? null, until: availability.until ?? null, saidAt: availability.said_at === undefined ? null : new Date(availability.said_at) } : null,
  }
}

/** Numbers that nobody can read are kept as they are, as a file's would be: they get no SMS. */
function formFor({ changed_at: _changedAt, gone: _gone, consent: _consent, availability: _availability, ...given }: SyncedCandidate, before: Person | undefined, country: CountryCode): PersonForm {
  const form = formOf(given as GivenPerson, before, before ? stateMark(before) : '')
  return readPersonForm({ ...form, keep_numbers: '1' }, { kind: 'candidate', country, known: before?.phones.map(({ raw }) => raw) ?? [] })
}

function outcomeModel({ key, id, result, reason, problems, warnings }: Synced, faultsOf: (problems: Synced['problems']) => { field: string; message: string }[]) {
  return { external_id: key, id, result, reason, errors: faultsOf(problems).map(({ field, message }) => ({ field, message })), warnings }
}
