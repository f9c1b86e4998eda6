import { getSettings } from '../companies/queries.ts'
import { SETTINGS } from '../companies/settings.ts'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { LANGUAGES } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { erasePerson, reapplyErasures } from './erasure.commands.ts'
import { BATCH, RETENTION_KINDS, type RetentionKind } from './retention.domain.ts'
import { countDue, listCompanies, listUntouched, markGoneThrough, noteRun, removeDue, removeOrphans, untouched, type Counted } from './retention.queries.ts'
import { stepsOf, type Given, type Step } from './retention.steps.queries.ts'

type RetentionDeps = Pick<Deps, 'db' | 'config' | 'log'>
type Removed = Counted & { isComplete: boolean }

/** What each kind's next run removes. */
export async function previewRetention(deps: Pick<Deps, 'db'>, scope: CompanyScope): Promise<Map<RetentionKind, Counted>> {
  const given = await givenFor(deps, scope)
  const months = given.settings['retention.candidates_months']
  const counted = new Map<RetentionKind, Counted>()
  for (const kind of RETENTION_KINDS) {
    if (kind === 'candidates') counted.set(kind, months === null ? { n: 0, oldest: null } : await countDue(deps.db, [{ due: untouched(scope, months) }]))
    else counted.set(kind, await countDue(deps.db, stepsOf(kind, given)))
  }
  return counted
}

/**
 * Removes what has been kept long enough, company by company, a thousand rows at a time. It may be stopped anywhere and run
 * again, or twice at once: what is due is asked anew, and what somebody holds is left for the next time.
 */
export async function purge(deps: RetentionDeps, stopping: AbortSignal): Promise<void> {
  await reapplyErasures(deps)
  while (!stopping.aborted && (await removeOrphans(deps.db, SETTINGS['retention.webhooks_days'].default, BATCH)) > 0);
  for (const companyId of await listCompanies(deps.db)) {
    for (const kind of RETENTION_KINDS) {
      if (stopping.aborted) return
      await runKind(deps, companyScope(companyId), kind, stopping)
    }
  }
}

async function runKind(deps: RetentionDeps, scope: CompanyScope, kind: RetentionKind, stopping: AbortSignal): Promise<void> {
  const startedAt = await getNow(deps.db)
  const given = await givenFor(deps, scope)
  const { n: removed, oldest, isComplete } = kind === 'candidates' ? await removePeople(deps, scope, given, stopping) : await removeSteps(deps, stepsOf(kind, given), stopping)
  await deps.db.transaction().execute(async (trx) => {
    await noteRun(trx, scope, { kind, removed, oldest, started_at: startedAt, is_complete: isComplete })
    if (removed > 0) await recordInJournal(trx, { companyId: scope.companyId, userId: null, action: 'privacy.purged', subjectKind: 'retention', subjectId: kind, detail: { removed } })
  })
  if (removed > 0) deps.log.info({ companyId: scope.companyId, kind, removed }, 'kept long enough: removed')
}

async function removeSteps(deps: RetentionDeps, steps: readonly Step[], stopping: AbortSignal): Promise<Removed> {
  const sum: Removed = { n: 0, oldest: null, isComplete: true }
  for (const step of steps) {
    for (;;) {
      if (stopping.aborted) return { ...sum, isComplete: false }
      const { n, oldest } = await deps.db.transaction().execute((trx) => removeDue(trx, step, BATCH))
      if (n === 0) break
      sum.n += n
      sum.oldest = earlier(sum.oldest, oldest)
    }
    if (step.after) await markGoneThrough(deps.db, step.after)
  }
  return sum
}

/** Each is erased as by hand. Who is busy with something else at this moment is left for the next run. */
async function removePeople(deps: RetentionDeps, scope: CompanyScope, { settings }: Given, stopping: AbortSignal): Promise<Removed> {
  const sum: Removed = { n: 0, oldest: null, isComplete: true }
  const months = settings['retention.candidates_months']
  if (months === null) return sum
  for (let after = 0; ; ) {
    const people = await listUntouched(deps.db, scope, months, after, BATCH)
    for (const { id, at } of people) {
      if (stopping.aborted) return { ...sum, isComplete: false }
      const outcome = await erasePerson(deps, scope, { candidateId: id, by: 'retention' })
      if (outcome.ok) sum.oldest = earlier(sum.oldest, at)
      if (outcome.ok) sum.n += 1
      after = id
    }
    if (people.length < BATCH) return sum
  }
}

function earlier(one: Date | null, other: Date | null): Date | null {
  return one === null || (other !== null && other < one) ? other : one
}

/** `markers`: what stands before a person's words in a note, in each language that notes are written in. */
async function givenFor({ db }: Pick<Deps, 'db'>, scope: CompanyScope): Promise<Given> {
  return { companyId: scope.companyId, settings: await getSettings(db, scope), markers: LANGUAGES.map((language) => translator(language)('availability.note.comment', { comment: '' })) }
}
