import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { actionRoutes } from './actions.routes.ts'
import { closingRoutes } from './closing.routes.ts'
import { codeRoutes } from './codes.routes.ts'
import { composeRoutes } from './compose.routes.ts'
import { doubtRoutes } from './doubts.routes.ts'
import { exportRoutes } from './export.routes.ts'
import { launchRoutes } from './launch.routes.ts'
import { launchingRoutes } from './launching.routes.ts'
import { listRoutes } from './list.routes.ts'
import { reminderRoutes } from './reminders.routes.ts'
import { remindingRoutes } from './reminding.routes.ts'
import { replanRoutes } from './replan.routes.ts'
import { showRoutes } from './show.routes.ts'
import { toldRoutes } from './told.routes.ts'
import { undoRoutes } from './undo.routes.ts'

/** « campagnes SMS »: the list, one campaign with its answers, and what may be done with it. */
export async function campaignRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  await composeRoutes(app, deps)
  await codeRoutes(app, deps)
  await launchRoutes(app, deps)
  await launchingRoutes(app, deps)
  await listRoutes(app, deps)
  await showRoutes(app, deps)
  await exportRoutes(app, deps)
  await doubtRoutes(app, deps)
  await actionRoutes(app, deps)
  await undoRoutes(app, deps)
  await closingRoutes(app, deps)
  await reminderRoutes(app, deps)
  await remindingRoutes(app, deps)
  await toldRoutes(app, deps)
  replanRoutes(app, deps)
}
