import { purgeRequests } from './api/requests.queries.ts'
import { registerAuthTasks } from './auth/tasks.ts'
import { registerLaunchTasks } from './campaigns/launching.tasks.ts'
import { registerRemindTasks } from './campaigns/reminding.tasks.ts'
import { registerImportTasks } from './candidates/imports.tasks.ts'
import { vacuum } from './db/vacuum.ts'
import type { Deps } from './deps.ts'
import { registerMailTasks } from './mail/tasks.ts'
import { readBalance } from './messaging/balance.commands.ts'
import { reconcileDoubts } from './messaging/reconcile.commands.ts'
import { registerPrivacyTasks } from './privacy/tasks.ts'
import { purgeHits } from './web/rate-limit.queries.ts'

/** Every background task of the product, in plain sight. A task without a handler, or with two, stops the start. */
export function registerTasks(deps: Deps, options: { embedded: boolean }): void {
  const { queue, db } = deps
  registerAuthTasks(deps)
  queue.register('web.purge-hits', () => purgeHits(db), { everyMinutes: 30 })
  queue.register('api.purge-requests', () => purgeRequests(db), { everyMinutes: 30 })
  queue.register('messaging.reconcile-doubts', () => reconcileDoubts(deps), { everyMinutes: 1 })
  queue.register('messaging.read-balance', () => readBalance(deps), { everyMinutes: 30 })
  registerMailTasks(deps)
  registerImportTasks(deps)
  registerLaunchTasks(deps)
  registerRemindTasks(deps)
  registerPrivacyTasks(deps)
  // A server has autovacuum; the embedded database has none and would grow with every update.
  if (options.embedded) queue.register('db.vacuum', () => vacuum(db), { everyMinutes: 30 })
}
