import type { Deps } from '../deps.ts'
import { answerReminder, REMIND_TASK } from './reminding.commands.ts'

export function registerRemindTasks(deps: Deps): void {
  deps.queue.register(REMIND_TASK, ({ companyId, campaignId }) => answerReminder(deps, Number(companyId), Number(campaignId)))
}
