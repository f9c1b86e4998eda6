import type { FastifyInstance } from 'fastify'
import { readerOf } from '../candidates/views.ts'
import { notFound, Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { listPublishedTemplates } from '../message-templates/queries.ts'
import { listCampaignCodes, listJobs, listNetworks, listPages } from '../references/pickers.queries.ts'
import { listSites } from '../references/queries.ts'
import { idParams } from '../web/ids.ts'
import { paths } from '../web/paths.ts'
import { redirect, render, wantsFragment } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { requiredCodes } from './codes.domain.ts'
import { jobQuery } from './codes.input.ts'
import { findChosen } from './codes.queries.ts'
import { jobsModel, JOBS_SHOWN, type CodeOptions } from './codes.views.ts'
import type { Inspection } from './inspection.ts'
import { usedFields } from './message.domain.ts'
import { findCampaign } from './queries.ts'

const MOST_OPTIONS = 500

export async function codeRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<{ Params: { id: string } }>('/campaigns/:id/jobs', { config: { privilege: 'campaigns.send' } }, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const params = idParams.safeParse(request.params)
    const campaign = params.success ? await findCampaign(deps.db, viewer.scope, params.data.id) : undefined
    if (!campaign) throw notFound('campaign')
    if (campaign.status !== 'draft') throw new Problem('conflict', { what: 'campaign' })
    if (!wantsFragment(request)) return redirect(reply, paths.campaign(campaign.id))
    const { job_search: jobSearch } = jobQuery.parse(request.query)
    const chosen = await findChosen(deps.db, viewer.scope, campaign.codes)
    const seesConfidential = viewer.privileges.has('jobs.confidential')
    const jobs = chosen.site ? await listJobs(deps.db, viewer.scope, chosen.site.id, { seesConfidential }, { q: jobSearch, limit: JOBS_SHOWN + 1 }) : []
    return render(reply, 'campaigns/_jobs', { jobs: jobsModel(readerOf(viewer), { chosen, missing: [] }, { jobs, seesConfidential, jobSearch }, false) })
  })
}

/** What the pickers offer; lists that the text does not ask for are not read. */
export async function codeOptions({ db }: Pick<Deps, 'db'>, viewer: Viewer, { chosen, compiled }: Pick<Inspection, 'chosen' | 'compiled'>, body: unknown): Promise<CodeOptions> {
  const { scope } = viewer
  const required = new Set(requiredCodes(usedFields(compiled)))
  const { job_search: jobSearch } = jobQuery.parse(body ?? {})
  const seesConfidential = viewer.privileges.has('jobs.confidential')
  const needsSite = required.has('career_page') || required.has('job')
  const site = chosen.site?.id
  const [codes, networks, sites, pages, jobs, autoResponses] = await Promise.all([
    listCampaignCodes(db, scope, MOST_OPTIONS),
    required.has('talent_network') ? listNetworks(db, scope, MOST_OPTIONS) : [],
    needsSite ? listSites(db, scope) : [],
    required.has('career_page') && site !== undefined ? listPages(db, scope, site, MOST_OPTIONS) : [],
    required.has('job') && site !== undefined ? listJobs(db, scope, site, { seesConfidential }, { q: jobSearch, limit: JOBS_SHOWN + 1 }) : [],
    listPublishedTemplates(db, scope, 'auto_response'),
  ])
  return { codes, networks, sites, pages, jobs, autoResponses, jobSearch, seesConfidential }
}
