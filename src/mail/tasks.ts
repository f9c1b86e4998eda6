import type { Deps } from '../deps.ts'
import { deliverDue, deliverMail } from './delivery.commands.ts'

export function registerMailTasks(deps: Deps): void {
  deps.queue.register('mail.deliver', async ({ mailId }) => { await deliverMail(deps, Number(mailId)) })
  deps.queue.register('mail.deliver-due', () => deliverDue(deps), { everyMinutes: 1 })
}
