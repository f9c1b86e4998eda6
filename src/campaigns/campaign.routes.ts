import type { FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import type { Viewer } from '../web/viewer.ts'
import { findCampaign, type Campaign } from './queries.ts'

/** The campaign of the address; another company's is not there. */
export async function getCampaign(deps: Deps, request: FastifyRequest): Promise<Campaign> {
  const campaign = await findCampaign(deps.db, (request.viewer as Viewer).scope, campaignIdOf(request))
  if (!campaign) throw notFound('campaign')
  return campaign
}

/** The id in the address, whether or not there is such a campaign. */
export function campaignIdOf(request: FastifyRequest): number {
  const params = idParams.safeParse(request.params)
  if (!params.success) throw notFound('campaign')
  return params.data.id
}
