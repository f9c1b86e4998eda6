import { getCompany } from '../companies/queries.ts'
import { rememberErasedKey } from '../candidates/sync.queries.ts'
import { rememberErased } from '../consent/erased.queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { returnToDoubt } from '../messaging/resend.queries.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { translator } from '../words/index.ts'
import type { Language } from '../words/define.ts'
import { appendErasure, readErasures } from './erasure-list.ts'
import {
  cancelTexts, clearOwnCampaigns, clearWords, endLinks, holdNumbers, holdPerson, holdTexts, listErasures, listOwnNumbers, listReturned, noteErasure, relabelNumber, removeRecord, type Known,
} from './erasure.queries.ts'

type ErasureDeps = Pick<Deps, 'db' | 'config' | 'log'>
type Trx = Parameters<Parameters<ReturnType<Deps['db']['transaction']>['execute']>[0]>[0]

/** `underway`: texts that are being handed over at this very moment; they arrive. `kind`: of the record that was. */
export type Erased = { kind: 'candidate' | 'contact'; cancelled: number; underway: number }

/** `by`: a person, the time that records are kept, or the list of those whom a backup brought back. */
type Asked = { candidateId: number; by: number | 'retention' | 'restore' }
const ACTIONS = { retention: 'person.expired', restore: 'person.erased_again' } as const

/** Who waits for each other in a circle is told so by PostgreSQL (appendix A), and the one told may simply begin again. */
const DEADLOCK = '40P01'
const LOCK_NOT_AVAILABLE = '55P03'
const MOST_TRIES = 4

/**
 * Erases a person, whatever is going on: from the commit on nothing is sent to them, their links are unknown, and the history of
 * campaigns counts as before. A STOP stays as a keyed hash.
 */
export async function erasePerson(deps: ErasureDeps, scope: CompanyScope, asked: Asked): Promise<Outcome<Erased, 'not_found' | 'busy'>> {
  for (let tries = 1; ; tries++) {
    try {
      const outcome = await deps.db.transaction().execute((trx) => eraseInside(trx, deps, scope, asked))
      if (!outcome) return refused('not_found')
      keep(deps, { companyId: scope.companyId, candidateId: asked.candidateId, recordCreatedAt: outcome.createdAt, at: new Date().toISOString() })
      return done(outcome.erased)
    } catch (error) {
      const { code } = error as { code?: string }
      if (code === LOCK_NOT_AVAILABLE || (code === DEADLOCK && tries >= MOST_TRIES)) return refused('busy')
      if (code !== DEADLOCK) throw error
    }
  }
}

async function eraseInside(trx: Trx, { config }: ErasureDeps, scope: CompanyScope, { candidateId, by }: Asked): Promise<{ erased: Erased; createdAt: string } | undefined> {
  const { language } = await getCompany(trx, scope)
  await clearOwnCampaigns(trx, scope, candidateId, translator(language as Language)('data.erasedName'))
  const held = await holdPerson(trx, scope, candidateId)
  if (!held) return undefined
  const numbers = await listOwnNumbers(trx, scope, candidateId)
  await holdNumbers(trx, scope, numbers)
  const { unsent, underway } = await holdTexts(trx, scope, candidateId, numbers)
  // What may have arrived already and was to be sent again is in doubt for good.
  await returnToDoubt(trx, unsent)
  const cancelled = await cancelTexts(trx, unsent)
  await rememberErased(trx, config.secretKey, scope, numbers)
  await rememberErasedKey(trx, config.secretKey, scope, held.external_id)
  await endLinks(trx, scope, candidateId)
  await clearWords(trx, scope, candidateId, numbers)
  for (const e164 of numbers) await relabelNumber(trx, scope, e164)
  await removeRecord(trx, scope, held)
  const userId = typeof by === 'number' ? by : null
  await noteErasure(trx, scope, held, userId)
  await recordInJournal(trx, { companyId: scope.companyId, userId, action: typeof by === 'number' ? 'person.erased' : ACTIONS[by], subjectKind: 'candidate', subjectId: candidateId, detail: { kind: held.kind, cancelled } })
  return { erased: { kind: held.kind, cancelled, underway }, createdAt: held.created_at }
}

/** The record is gone whatever becomes of the list; what is missing in it is written down by the next look. */
function keep({ config, log }: ErasureDeps, erasure: Known): void {
  try {
    appendErasure(config.dataDir, [erasure])
  } catch (err) {
    log.error({ err }, 'an erasure could not be written into the list beside the database; the next look does it')
  }
}

/**
 * A restored backup knows nothing of the erasures since. The list beside the database does: whoever is back is erased again, and
 * the list learns what it missed. Returns how many were erased again.
 */
export async function reapplyErasures(deps: ErasureDeps): Promise<number> {
  const [known, listed] = [await listErasures(deps.db), readErasures(deps.config.dataDir)]
  const written = new Set(listed.map(keyOf))
  appendErasure(deps.config.dataDir, known.filter((one) => !written.has(keyOf(one))))
  const back = await listReturned(deps.db, [...listed, ...known])
  for (const { companyId, candidateId } of back) await erasePerson(deps, companyScope(companyId), { candidateId, by: 'restore' })
  if (back.length > 0) deps.log.warn({ people: back.length }, 'a restored backup brought back people who had been erased; they are erased again')
  return back.length
}

function keyOf({ companyId, candidateId, recordCreatedAt }: Known): string {
  return `${companyId} ${candidateId} ${new Date(recordCreatedAt).getTime()}`
}
