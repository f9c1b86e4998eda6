import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { availabilityRoutes } from './availability.routes.ts'
import { branchRoutes } from './branches.routes.ts'
import { candidateExportRoutes } from './export.routes.ts'
import { candidateListRoutes } from './list.routes.ts'
import { peopleRoutes } from './people.routes.ts'
import { privacyRoutes } from './privacy.routes.ts'
import { recordRoutes } from './record.routes.ts'

/** Candidates and client contacts: lists, records, forms, and the branches they belong to. */
export async function candidateRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  await candidateListRoutes(app, deps)
  await candidateExportRoutes(app, deps)
  await peopleRoutes(app, deps)
  await recordRoutes(app, deps)
  await privacyRoutes(app, deps)
  await availabilityRoutes(app, deps)
  await branchRoutes(app, deps)
}
