import type { FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Actor } from './commands.ts'
import type { ReferenceKind } from './domain.ts'
import { kindParams } from './input.ts'

/** Who may open these pages. */
export const EDIT = { config: { privilege: 'references.edit' } } as const

export function kindOf(request: FastifyRequest): { viewer: Viewer; actor: Actor; kind: ReferenceKind } {
  const viewer = request.viewer as Viewer
  const params = kindParams.safeParse(request.params)
  if (!params.success) throw notFound('reference')
  return { viewer, actor: actorOf(viewer), kind: params.data.kind }
}

export function actorOf(viewer: Viewer): Actor {
  return { scope: viewer.scope, userId: viewer.userId, sight: { seesConfidential: viewer.privileges.has('jobs.confidential') } }
}
