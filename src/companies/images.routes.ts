import type { FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { findImageVariant, findOwnImage } from './images.queries.ts'
import { imageParams, imageQuery } from './images.input.ts'
import type { ImageRole } from './images.ts'

/** A picture for its own company: the one that `stored` shows in the place of the address, or the one waiting whose id is asked for. */
export async function sendOwnImage(db: Db, scope: CompanyScope, request: FastifyRequest, reply: FastifyReply, stored: Record<`${ImageRole}ImageId`, string | null>): Promise<FastifyReply> {
  const params = imageParams.safeParse(request.params)
  const query = imageQuery.safeParse(request.query)
  if (!params.success || !query.success) throw notFound('image')
  const id = query.data.id ?? stored[`${params.data.role}ImageId`]
  const own = id ? await findOwnImage(db, scope, id) : undefined
  const format = /image\/avif/.test(request.headers.accept ?? '') ? 'avif' : 'jpeg'
  const variant = own && (await findImageVariant(db, own.id, format))
  if (!variant) throw notFound('image')
  // What an id stands for never changes.
  return reply.type(`image/${format}`).header('cache-control', query.data.id ? 'private, max-age=31536000, immutable' : 'no-store').header('vary', 'Accept').send(variant.bytes)
}
