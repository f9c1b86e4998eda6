import { done, refused, type Outcome } from '../core/outcome.ts'
import { isUniqueViolation } from '../db/errors.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import type { JournalAction } from '../words/journal.ts'
import { POOL_NAME_LENGTH, type SenderFault, type SenderForm } from './senders.input.ts'
import { insertPool, insertSender, listAllPools, lockPools, makeDefault, renamePool, setArchived, updateSender } from './senders.queries.ts'

type SenderDeps = Pick<Deps, 'db'>
export type PoolRefusal = 'name_missing' | 'name_long' | 'name_taken' | 'is_default' | 'gone'

/** A new pool, or another name for one. */
export async function savePool(deps: SenderDeps, viewer: Viewer, pool: { id?: number; name: string }): Promise<Outcome<{ id: number }, PoolRefusal>> {
  const { scope } = viewer
  if (pool.name === '') return refused('name_missing')
  if (pool.name.length > POOL_NAME_LENGTH) return refused('name_long')
  try {
    return await deps.db.transaction().execute(async (trx) => {
      await lockPools(trx, scope)
      const id = pool.id ?? (await insertPool(trx, scope, pool.name))
      if (pool.id !== undefined && !(await renamePool(trx, scope, id, pool.name))) return refused('gone')
      await journal(trx, viewer, 'pool_saved', id, { name: pool.name })
      return done({ id })
    })
  } catch (error) {
    if (isUniqueViolation(error)) return refused('name_taken')
    throw error
  }
}

/** The pool that new campaigns begin with. */
export async function chooseDefaultPool(deps: SenderDeps, viewer: Viewer, id: number): Promise<boolean> {
  return deps.db.transaction().execute(async (trx) => {
    await lockPools(trx, viewer.scope)
    const isDone = await makeDefault(trx, viewer.scope, id)
    if (isDone) await journal(trx, viewer, 'pool_default', id)
    return isDone
  })
}

/** Out of use or in use again. The default pool stays, because campaigns begin with it. */
export async function archivePool(deps: SenderDeps, viewer: Viewer, id: number, isArchived: boolean): Promise<Outcome<true, PoolRefusal>> {
  try {
    return await deps.db.transaction().execute(async (trx) => {
      await lockPools(trx, viewer.scope)
      const pool = (await listAllPools(trx, viewer.scope)).find((one) => one.id === id)
      if (!pool) return refused('gone')
      if (isArchived && pool.is_default) return refused('is_default')
      if (await setArchived(trx, viewer.scope, 'sender_pool', id, isArchived)) await journal(trx, viewer, isArchived ? 'pool_archived' : 'pool_restored', id)
      return done(true as const)
    })
  } catch (error) {
    if (isUniqueViolation(error)) return refused('name_taken')
    throw error
  }
}

/** Saves a sender; `id` is left out for a new one, which goes into the pool that the form names. A company's first makes its pool. */
export async function saveSender(deps: SenderDeps, viewer: Viewer, form: SenderForm, id?: number): Promise<Outcome<{ id: number }, 'invalid' | 'gone', SenderFault[]>> {
  const { scope } = viewer
  if (form.faults.length > 0) return refused('invalid', form.faults)
  try {
    return await deps.db.transaction().execute(async (trx) => {
      await lockPools(trx, scope)
      const pools = await listAllPools(trx, scope)
      const poolId = id === undefined && form.poolId === null && pools.length === 0 ? await insertPool(trx, scope, form.sender.label) : form.poolId
      const known = id === undefined ? poolId !== form.poolId || pools.some((pool) => pool.id === poolId && pool.archived_at === null) : pools.some(({ senders }) => senders.some((sender) => sender.id === id))
      if (!known) return refused('gone', [])
      const saved = id ?? (await insertSender(trx, scope, poolId!, form.sender))
      if (id !== undefined) await updateSender(trx, scope, id, form.sender)
      await journal(trx, viewer, 'saved', saved, { address: form.sender.address })
      return done({ id: saved })
    })
  } catch (error) {
    if (isUniqueViolation(error)) return refused('invalid', [{ field: 'address', fault: 'taken' }])
    throw error
  }
}

export async function archiveSender(deps: SenderDeps, viewer: Viewer, id: number, isArchived: boolean): Promise<boolean> {
  return deps.db.transaction().execute(async (trx) => {
    await lockPools(trx, viewer.scope)
    const known = (await listAllPools(trx, viewer.scope)).some(({ senders }) => senders.some((sender) => sender.id === id))
    if (known && (await setArchived(trx, viewer.scope, 'sms_sender', id, isArchived))) await journal(trx, viewer, isArchived ? 'archived' : 'restored', id)
    return known
  })
}

type SenderAction = JournalAction extends infer Action ? (Action extends `sender.${infer What}` ? What : never) : never

async function journal(db: Deps['db'], { scope, userId }: Viewer, action: SenderAction, id: number, detail: Record<string, string> = {}): Promise<void> {
  await recordInJournal(db, { companyId: scope.companyId, userId, action: `sender.${action}`, subjectKind: action.startsWith('pool') ? 'sender_pool' : 'sms_sender', subjectId: id, detail })
}
