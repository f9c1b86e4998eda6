import { purgeSessions } from './auth/sessions.queries.ts'
import { registerLaunchTasks } from './campaigns/launching.tasks.ts'
import { registerImportTasks } from './candidates/imports.tasks.ts'
import { vacuum } from './db/vacuum.ts'
import type { Deps } from './deps.ts'
import { registerMailTasks } from './mail/tasks.ts'
import { reconcileDoubts } from './messaging/reconcile.commands.ts'
import { purgeHits } from './web/rate-limit.queries.ts'

/** Every background task of the product, in plain sight. A task without a handler, or with two, stops the start. */
export function registerTasks(deps: Deps, options: { embedded: boolean }): void {
  const { queue, db } = deps
  queue.register('auth.purge-sessions', () => purgeSessions(db), { everyMinutes: 30 })
  queue.register('web.purge-hits', () => purgeHits(db), { everyMinutes: 30 })
  queue.register('messaging.reconcile-doubts', () => reconcileDoubts(deps), { everyMinutes: 1 })
  registerMailTasks(deps)
  registerImportTasks(deps)
  registerLaunchTasks(deps)
  // A server has autovacuum; the embedded database has none and would grow with every update.
  if (options.embedded) queue.register('db.vacuum', () => vacuum(db), { everyMinutes: 30 })
}
