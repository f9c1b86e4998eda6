import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { getReachableCountries } from '../companies/queries.ts'
import { notFound } from '../core/problem.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { limitRate } from '../web/rate-limit.ts'
import { sendExport } from '../web/export.ts'
import { paths, pattern } from '../web/paths.ts'
import { redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { confirmImport, discardImport, startCheck, uploadImport } from './imports.commands.ts'
import { IMPORT_LIMITS, type MappingProblem } from './imports.domain.ts'
import { rowsOf, type FileRow } from './imports.file.ts'
import { mappingForm, reportQuery } from './imports.input.ts'
import { countImportCountries, findContent, findImport, listImports, listProblemRows } from './imports.queries.ts'
import { reportColumns, nextReportLines } from './imports.report.ts'
import { PROBLEM_PAGE, importModel, progressModel, uploadModel } from './imports.views.ts'

const access = { config: { privilege: 'candidates.import' } } as const
const step = (name: Parameters<typeof paths.importStep>[1]) => pattern((id) => paths.importStep(id, name))

export async function importRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  await app.register(async (upload) => {
    await upload.register(multipart, { attachFieldsToBody: true, limits: { files: 1, fileSize: IMPORT_LIMITS.bytes, fields: 5, parts: 6, fieldSize: 2_000 } })
    upload.post(paths.imports, { ...access, bodyLimit: IMPORT_LIMITS.bytes + 64 * 1024 }, async (request, reply) => {
      const viewer = request.viewer as Viewer
      await limitRate(deps.db, `import ${viewer.userId}`, 30, 3600)
      const file = (request.body as { file?: { filename?: string; toBuffer?(): Promise<Buffer> } } | undefined)?.file
      const bytes = await file?.toBuffer?.()
      if (!bytes || !file?.filename) return showUpload(request, reply, 'imports.file.missing')
      const result = await uploadImport(deps, viewer.scope, viewer.userId, { name: file.filename, bytes })
      return result.ok ? redirect(reply, paths.import(result.value.id)) : showUpload(request, reply, `imports.file.${result.reason}`)
    })
    // A file that is larger than accepted stops in the middle of the upload.
    upload.setErrorHandler(async (error: { statusCode?: number; code?: string }, request, reply) => {
      if (error.code === 'FST_REQ_FILE_TOO_LARGE' || error.statusCode === 413) return showUpload(request, reply, 'imports.file.too_large', 413)
      throw error
    })
  })

  app.get(paths.imports, access, (request, reply) => showUpload(request, reply))

  app.get(pattern(paths.import), access, (request, reply) => showImport(request, reply))

  app.post(step('mapping'), access, async (request, reply) => {
    const { viewer, row, t } = await findOr404(request)
    const mapping = mappingForm.parse(request.body ?? {})
    const result = await startCheck(deps, viewer.scope, row.id, mapping)
    if (result.ok) return redirect(reply, paths.import(row.id))
    if (result.reason === 'moved_on') return showImport(request, reply, { status: 409, problem: t('imports.movedOn') })
    return showImport(request, reply, { status: 422, mapping, problem: mappingSentence(result.detail as MappingProblem, t) })
  })

  for (const [name, command] of [['confirmation', confirmImport], ['discard', discardImport]] as const) {
    app.post(step(name), access, async (request, reply) => {
      const { viewer, row, t } = await findOr404(request)
      const result = await command(deps, viewer.scope, row.id)
      return result.ok ? redirect(reply, paths.import(row.id)) : showImport(request, reply, { status: 409, problem: t('imports.movedOn') })
    })
  }

  app.get(step('progress'), access, async (request, reply) => {
    const { viewer, row } = await findOr404(request)
    // The page around the bar changes with the end of the work.
    if (row.status !== 'checking' && row.status !== 'importing') reply.header('hx-refresh', 'true')
    return render(reply, 'candidates/_import-progress', { progress: progressModel(row, viewer.language) })
  })

  app.get(step('report'), access, async (request, reply) => {
    const { viewer, row } = await findOr404(request)
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('exports.file.report', { id: String(row.id) }),
      columns: reportColumns(viewer.language),
      next: (last, limit) => nextReportLines(deps.db, viewer.scope, row.id, last, limit),
      personal: { list: 'import_report' },
    })
  })

  async function findOr404(request: FastifyRequest) {
    const viewer = request.viewer as Viewer
    const params = idParams.safeParse(request.params)
    const row = params.success ? await findImport(deps.db, viewer.scope, params.data.id) : undefined
    if (!row) throw notFound('import')
    return { viewer, row, t: translator(viewer.language) }
  }

  async function showUpload(request: FastifyRequest, reply: FastifyReply, problem?: `imports.file.${string}`, status = 422) {
    const { scope, language, company } = request.viewer as Viewer
    const t = translator(language)
    const sentence = problem ? t(problem as 'imports.file.empty', { megabytes: IMPORT_LIMITS.bytes / 1024 / 1024, rows: IMPORT_LIMITS.rows, columns: IMPORT_LIMITS.columns }) : ''
    const model = uploadModel(await listImports(deps.db, scope, 20), language, company.timeZone, sentence)
    return render(reply, 'candidates/import', model, { title: t('imports.title'), section: 'candidates', ...(problem ? { status } : {}) })
  }

  async function showImport(request: FastifyRequest, reply: FastifyReply, options: { status?: number; mapping?: ReturnType<typeof mappingForm.parse>; problem?: string } = {}) {
    const { viewer, row, t } = await findOr404(request)
    const { after, columns } = reportQuery.parse(request.query ?? {})
    const isMapping = row.status === 'uploaded' || row.status === 'failed' || (row.status === 'checked' && columns === '1')
    const content = isMapping ? await findContent(deps.db, viewer.scope, row.id) : undefined
    const samples = content ? (rowsOf(content, row.delimiter, 6).next().value as FileRow[] | undefined ?? []).map((row) => row.cells) : []
    const problemRows = !isMapping && (row.status === 'checked' || row.status === 'completed') ? await listProblemRows(deps.db, viewer.scope, row.id, after, PROBLEM_PAGE) : []
    const abroad = !isMapping && row.status === 'checked' ? await listAbroad(deps, viewer.scope, row.id) : []
    const model = importModel(row, viewer.language, { isMapping, samples, problemRows, abroad, ...(options.mapping ? { mapping: options.mapping } : {}), problem: options.problem ?? '' })
    return render(reply, 'candidates/import-show', { import: model }, { title: t(`imports.heading.${isMapping && row.status === 'checked' ? 'uploaded' : row.status}`), section: 'candidates', ...(options.status ? { status: options.status } : {}) })
  }
}

function mappingSentence(problem: MappingProblem, t: ReturnType<typeof translator>): string {
  return problem.code === 'field_twice' ? t('imports.mapping.field_twice', { field: t(`imports.field.${problem.field}`) }) : t('imports.mapping.nothing_to_identify')
}

/** Countries of the file's numbers to which nothing may be sent, by the company's list and its provider's (S106). */
async function listAbroad({ db }: Pick<Deps, 'db'>, scope: CompanyScope, importId: number) {
  const reachable = await getReachableCountries(db, scope)
  return (await countImportCountries(db, scope, importId)).filter(({ country }) => country === null || !reachable.includes(country))
}
