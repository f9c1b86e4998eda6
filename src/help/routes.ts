import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import { paths } from '../web/paths.ts'
import { render } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { isLanguage } from '../words/define.ts'
import { findText, openShelf, readPicture } from './shelf.ts'
import { helpModel } from './views.ts'

const SIGNED_IN = { config: { privilege: 'signed-in' } } as const

/** « Aide »: the guides of `docs/`, as pages. */
export async function helpRoutes(app: FastifyInstance): Promise<void> {
  app.get(paths.help, SIGNED_IN, (request, reply) => show(request, reply, 'recruiter'))

  app.get<{ Params: { name: string } }>(paths.helpText(':name'), SIGNED_IN, (request, reply) => show(request, reply, request.params.name))

  app.get<{ Params: { file: string } }>(paths.helpPicture(':file'), SIGNED_IN, async (request, reply) => {
    const content = readPicture(await openShelf(), request.params.file)
    if (!content) throw notFound('picture')
    // The address follows the content.
    return reply.type('image/webp').header('cache-control', 'private, max-age=31536000, immutable').send(await content)
  })
}

async function show(request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  const { lang } = request.query as Record<string, unknown>
  const shelf = await openShelf()
  const text = findText(shelf, name, isLanguage(lang) ? lang : viewer.language)
  if (!text) throw notFound('guide')
  return render(reply, 'help/show', helpModel(viewer, shelf, text), { title: text.title })
}
