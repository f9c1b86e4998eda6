import { notFound } from '../core/problem.ts'
import type { Db } from '../db/pool.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Audience, CandidateFilters } from './domain.ts'
import { isConfidentialList } from './list.queries.ts'

/** The people of a confidential vacancy are as unknown as the vacancy to who may not see it (S5), whatever they are asked for. */
export async function requireVisibleList(db: Db, viewer: Viewer, filters: Pick<CandidateFilters, 'list'>): Promise<void> {
  if (filters.list && !viewer.privileges.has('jobs.confidential') && (await isConfidentialList(db, viewer.scope, filters.list))) throw notFound('list')
}

export async function requireVisibleAudience(db: Db, viewer: Viewer, audience: Audience): Promise<void> {
  if (audience.mode === 'query') await requireVisibleList(db, viewer, audience.filters)
}
