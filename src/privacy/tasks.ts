import type { Deps } from '../deps.ts'
import { purge } from './retention.commands.ts'
import { RUN_AT } from './retention.domain.ts'

export function registerPrivacyTasks(deps: Deps): void {
  deps.queue.register('privacy.purge', (_payload, stopping) => purge(deps, stopping), { dailyAt: RUN_AT })
}
