import type { Deps } from '../deps.ts'
import { answerRequest, LAUNCH_TASK } from './launching.commands.ts'

export function registerLaunchTasks(deps: Deps): void {
  deps.queue.register(LAUNCH_TASK, ({ companyId, campaignId }) => answerRequest(deps, Number(companyId), Number(campaignId)))
}
