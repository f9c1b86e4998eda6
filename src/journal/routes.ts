import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Cursor } from '../core/paging.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { paths } from '../web/paths.ts'
import { render } from '../web/render.ts'
import { viewerOf, type Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import type { JournalFilter } from './domain.ts'
import { readJournalQuery } from './input.ts'
import { findAuthor, listAuthors, listJournal, nameSubjects } from './queries.ts'
import { isHalf, journalCsvHead, journalCsvRow, journalModel, LINES_PER_PAGE, MOST_CHOICES } from './views.ts'

const VIEW = { config: { privilege: 'journal.view' } } as const
const LINES_PER_PIECE = 1_000

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

  app.get(paths.journalExport, VIEW, async (request, reply) => {
    const viewer = viewerOf(request)
    const { filter } = readJournalQuery(request.query)
    await recordInJournal(deps.db, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'journal.exported' })
    reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="journal.csv"').header('cache-control', 'no-store')
    return reply.send(Readable.from(csvOf(deps, viewer, filter)))
  })
}

/** A thousand lines at a time, so that memory stays flat however long the journal. */
async function* csvOf(deps: Deps, viewer: Viewer, filter: JournalFilter): AsyncGenerator<string> {
  yield journalCsvHead(viewer)
  let before: Cursor | undefined
  for (;;) {
    const rows = await listJournal(deps.db, viewer.scope, filter, { zone: viewer.company.timeZone, before, limit: LINES_PER_PIECE })
    const last = rows.at(-1)
    if (!last) return
    const names = await nameSubjects(deps.db, viewer.scope, rows)
    yield rows.map((row) => journalCsvRow(viewer, row, names)).join('')
    before = [last.at_key, last.id]
  }
}
