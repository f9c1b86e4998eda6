import type { FastifyInstance } from 'fastify'
import type { Cursor } from '../core/paging.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { sendExport } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import { render } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { readJournalQuery } from './input.ts'
import { findAuthor, listAuthors, listJournal, nameSubjects } from './queries.ts'
import { isHalf, journalColumns, journalModel, LINES_PER_PAGE, MOST_CHOICES, type NamedRow } from './views.ts'

const VIEW = { config: { privilege: 'journal.view' } } as const

/** « Journal »: what people did, in sentences. */
export async function journalRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.journal, VIEW, async (request, reply) => {
    const viewer = viewerOf(request)
    const { filter, before } = readJournalQuery(request.query)
    const [rows, people] = await Promise.all([
      listJournal(deps.db, viewer.scope, filter, { zone: viewer.company.timeZone, before, limit: LINES_PER_PAGE + 1 }),
      listAuthors(deps.db, viewer.scope, MOST_CHOICES + 1),
    ])
    const chosen = typeof filter.person === 'number' ? await findAuthor(deps.db, viewer.scope, filter.person) : undefined
    const names = await nameSubjects(deps.db, viewer.scope, rows)
    const model = journalModel(viewer, { filter, rows, names, people, chosen, isFirst: before === undefined, now: new Date() })
    return render(reply, 'admin/journal', model, { title: translator(viewer.language)('journal.title'), section: 'administration', status: isHalf(filter) ? 422 : 200 })
  })

  app.get(paths.exportOf(paths.journal), VIEW, async (request, reply) => {
    const viewer = viewerOf(request)
    const { filter } = readJournalQuery(request.query)
    await recordInJournal(deps.db, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'journal.exported' })
    const read = async (before: Cursor | undefined, limit: number): Promise<NamedRow[]> => {
      const rows = await listJournal(deps.db, viewer.scope, filter, { zone: viewer.company.timeZone, before, limit })
      const names = await nameSubjects(deps.db, viewer.scope, rows)
      return rows.map((row) => ({ row, names }))
    }
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('exports.file.journal'),
      columns: journalColumns(viewer),
      next: (last, limit) => read(last && [last.row.at_key, last.row.id], limit),
    })
  })
}
