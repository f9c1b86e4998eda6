import type { FastifyInstance, FastifyReply, RouteShorthandOptions } from 'fastify'
import { z } from 'zod'
import { findImageVariant } from '../companies/images.queries.ts'
import { IMAGE_FORMATS } from '../companies/images.ts'
import type { Deps } from '../deps.ts'
import { linkPaths } from '../web/paths.ts'
import { sendNotice } from './notice.ts'

const FILE = /^([0-9a-f-]{36})-(\d{2,4})\.(avif|webp|jpeg)$/
const file = z.string().transform((text, context) => {
  const [, id, width, format] = FILE.exec(text) ?? []
  const parsed = z.object({ id: z.uuid(), width: z.coerce.number(), format: z.enum(IMAGE_FORMATS) }).safeParse({ id, width, format })
  if (parsed.success) return parsed.data
  context.addIssue({ code: 'custom' })
  return z.NEVER
})

/** Pictures of brandings, by their random id; a new picture has a new id, so they may be kept for ever. */
export async function imageRoutes(link: FastifyInstance, deps: Deps, options: RouteShorthandOptions): Promise<void> {
  const isSecure = deps.config.linkUrl.startsWith('https:')
  link.get<{ Params: { file: string } }>(linkPaths(deps.config.linkUrl).image(':file'), options, async (request, reply) => {
    if (await sendImage(deps, reply, request.params.file)) return reply
    return sendNotice(request, reply, 'unknown', 404, isSecure)
  })
}

/** Sends the picture `{id}-{width}.{format}`; false when there is none. Not the reply itself: awaiting one waits until it has gone and then yields nothing. */
export async function sendImage({ db }: Pick<Deps, 'db'>, reply: FastifyReply, name: string): Promise<boolean> {
  const asked = file.safeParse(name)
  const variant = asked.success ? await findImageVariant(db, asked.data.id, asked.data.format, asked.data.width) : undefined
  if (!asked.success || !variant) return false
  void reply
    .header('cache-control', 'public, max-age=31536000, immutable')
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('x-content-type-options', 'nosniff')
    .header('x-robots-tag', 'noindex')
    .type(`image/${asked.data.format}`)
    .send(variant.bytes)
  return true
}
