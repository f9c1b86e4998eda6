import type { Deps } from '../deps.ts'
import { purge } from './retention.commands.ts'

/** At night, when few people are at work in Europe. */
const AT = '02:15'

export function registerPrivacyTasks(deps: Deps): void {
  deps.queue.register('privacy.purge', (_payload, stopping) => purge(deps, stopping), { dailyAt: AT })
}
