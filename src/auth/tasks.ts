import type { Deps } from '../deps.ts'
import { tellNewDevices } from './devices.commands.ts'
import { answerReset } from './resets.commands.ts'
import { tellSlowed } from './slowed.commands.ts'
import { purgeSessions } from './sessions.queries.ts'

export function registerAuthTasks(deps: Deps): void {
  deps.queue.register('auth.answer-reset', ({ requestId }) => answerReset(deps, Number(requestId)))
  deps.queue.register('auth.tell-slowed', ({ userId, what, until }) => tellSlowed(deps, { userId: Number(userId), what: what === 'code' ? 'code' : 'password', until: Number(until) }))
  deps.queue.register('auth.tell-new-devices', () => tellNewDevices(deps), { everyMinutes: 1 })
  deps.queue.register('auth.purge-sessions', () => purgeSessions(deps.db), { everyMinutes: 30 })
}
