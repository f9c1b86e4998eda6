import { lockWrittenIdentity, readIdentity, writeIdentity } from '../db/installation.ts'
import type { Deps } from '../deps.ts'
import { doubtWaiting } from '../mail/queries.ts'
import { suspendAccount } from './account.queries.ts'
import { COPIED, RESTORED } from './domain.ts'
import { fingerprint, type HandOverLine } from './handovers.ts'
import { doubtForgotten, listForgotten, type ForgottenHandOver } from './restore.queries.ts'

const CHUNK = 5_000

/**
 * The fence before the first claim: when this machine remembers hand-overs that the database does not, the database has
 * gone back in time (a backup, a stand-by that lagged) and would send them again. They are put in doubt, and nothing more
 * leaves until a person has looked. Returns how many were found.
 */
export async function lockIfRestored(deps: Pick<Deps, 'db' | 'log'>, lines: readonly HandOverLine[]): Promise<number> {
  const prints = new Map(lines.map((line) => [line.attemptId, line.fingerprint]))
  const last = new Map<number, ForgottenHandOver>()
  for (let from = 0; from < lines.length; from += CHUNK) {
    for (const found of await listForgotten(deps.db, lines.slice(from, from + CHUNK))) {
      // An id alone says little: another database has its own message 1. Of several attempts only the last can have been taken.
      if (prints.get(found.attemptId) === fingerprint(found)) last.set(found.messageId, found)
    }
  }
  if (last.size === 0) return 0
  const doubted = await deps.db.transaction().execute(async (trx) => {
    await suspendAccount(trx, RESTORED)
    return doubtForgotten(trx, [...last.values()])
  })
  deps.log.fatal({ handOvers: last.size, doubted }, 'the database has gone back in time: what it forgot is in doubt, and all sending is suspended')
  return last.size
}

/**
 * The other half of the fence: a database that is not the one it was written in is a dump that was restored, or a copy. What has
 * left since is unknown where no machine remembers it, and the original may be sending too: nothing leaves until a person has
 * looked. A server that does not say which database it is has only the first half.
 */
export async function lockIfCopied(deps: Pick<Deps, 'db' | 'log'>): Promise<boolean> {
  const here = await readIdentity(deps.db)
  if (!here) return false
  const isCopy = await deps.db.transaction().execute(async (trx) => {
    const written = await lockWrittenIdentity(trx)
    if (written === null) await writeIdentity(trx, here.identity)
    if (written === null || written === here.identity) return false
    if (await suspendAccount(trx, COPIED)) await doubtWaiting(trx)
    return true
  })
  if (isCopy) deps.log.fatal('the database is a copy of the one that this installation wrote: all sending is suspended')
  return isCopy
}

/** What was just restored sends nothing, whatever started it: neither the texts nor the e-mails that waited in the backup. */
export async function lockRestored(db: Deps['db']): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await suspendAccount(trx, RESTORED)
    await doubtWaiting(trx)
  })
}
