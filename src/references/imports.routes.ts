import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { sendExport } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import { limitRate } from '../web/rate-limit.ts'
import { flash, redirect, render } from '../web/render.ts'
import { translator } from '../words/index.ts'
import { IMPORT_LIMITS, type FieldName } from './domain.ts'
import { importReferences, previewReferences, uploadReferences } from './imports.commands.ts'
import { importModel, referenceColumns } from './imports.views.ts'
import { listQuery } from './input.ts'
import { listReferences } from './queries.ts'
import { EDIT, kindOf } from './access.ts'

const confirmation = z.object({ token: z.uuid().catch('') })

/** A file in, checked row by row before anything is written, and everything out in the same shape. */
export async function importRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get('/admin/references/:kind/import', EDIT, async (request, reply) => {
    const { actor, kind } = kindOf(request)
    return show(request, reply, { preview: await previewReferences(deps, actor, kind) })
  })

  await app.register(async (upload) => {
    await upload.register(multipart, { attachFieldsToBody: true, limits: { files: 1, fileSize: IMPORT_LIMITS.bytes, fields: 5, parts: 6, fieldSize: 2_000 } })
    upload.post('/admin/references/:kind/import', { ...EDIT, bodyLimit: IMPORT_LIMITS.bytes + 64 * 1024 }, async (request, reply) => {
      const { viewer, actor, kind } = kindOf(request)
      await limitRate(deps.db, `reference import ${viewer.userId}`, 30, 3600)
      const file = (request.body as { file?: { filename?: string; toBuffer?(): Promise<Buffer> } } | undefined)?.file
      const bytes = await file?.toBuffer?.()
      if (!bytes || !file?.filename) return show(request, reply, { problem: 'missing' })
      const result = await uploadReferences(deps, actor, kind, { name: file.filename, bytes })
      if (!result.ok) return show(request, reply, { problem: result.reason, columns: result.detail })
      return redirect(reply, paths.referenceImport(kind))
    })
    // A file that is larger than accepted stops in the middle of the upload.
    upload.setErrorHandler(async (error: { statusCode?: number; code?: string }, request, reply) => {
      if (error.code === 'FST_REQ_FILE_TOO_LARGE' || error.statusCode === 413) return show(request, reply, { problem: 'too_large' }, 413)
      throw error
    })
  })

  app.post('/admin/references/:kind/import/confirmation', EDIT, async (request, reply) => {
    const { viewer, actor, kind } = kindOf(request)
    const t = translator(viewer.language)
    const result = await importReferences(deps, actor, kind, confirmation.parse(request.body ?? {}).token)
    if (result.ok) {
      flash(request, 'ok', t('references.import.done', result.value))
      return redirect(reply, paths.referenceKind(kind))
    }
    return show(request, reply, { sentence: t(`references.import.${result.reason}`), preview: await previewReferences(deps, actor, kind) }, 409)
  })

  app.get(paths.exportOf('/admin/references/:kind'), EDIT, async (request, reply) => {
    const { viewer, actor, kind } = kindOf(request)
    const { q, site, archived } = listQuery.parse(request.query ?? {})
    return sendExport(deps, request, reply, {
      name: kind,
      columns: referenceColumns(viewer, kind),
      next: (last, limit) => listReferences(deps.db, viewer.scope, kind, actor.sight, { q, site, archived, after: last && { sort: last.sort, id: last.id }, limit }),
    })
  })

  async function show(request: FastifyRequest, reply: FastifyReply, given: { preview?: Awaited<ReturnType<typeof previewReferences>>; problem?: string; columns?: FieldName[] | undefined; sentence?: string }, status = 422): Promise<FastifyReply> {
    const { viewer, kind } = kindOf(request)
    const t = translator(viewer.language)
    const columns = (given.columns ?? []).map((field) => t(`references.field.${field}`)).join(', ')
    const problem = given.sentence ?? (given.problem ? t(`references.file.${given.problem as 'columns'}`, { columns, rows: IMPORT_LIMITS.rows }) : '')
    const model = importModel(viewer, kind, { preview: given.preview, ...(problem ? { problem } : {}) })
    return render(reply, 'references/import', model, { title: t('references.import.title', { kind: t(`references.kind.${kind}`) }), section: 'administration', status: problem ? status : 200 })
  }
}
