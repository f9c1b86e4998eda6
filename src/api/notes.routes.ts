import { z } from 'zod'
import { writeNote } from '../candidates/commands.ts'
import { KINDS, type Kind } from '../candidates/domain.ts'
import { NOTE_LENGTH } from '../candidates/input.ts'
import { getNote, listNotes, type NoteRow } from '../candidates/notes.queries.ts'
import { findKind } from '../candidates/queries.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { pageOfRows, readCursor } from './cursors.ts'
import { apiRoute, type ApiCall, type ApiRoute } from './endpoint.ts'
import { id, idParams, isoMoment, lines, moment, pageOf, pageQuery } from './fields.ts'

const note = z.object({
  id: id(),
  candidate_id: id().meta({ words: 'api.list.candidate_id' }),
  kind: z.enum(['automatic', 'manual']).meta({ words: 'api.note.kind' }),
  body: z.string().meta({ examples: ['Disponible à partir du 1er décembre.'] }),
  campaign_id: id().nullable(),
  author: z.object({ id: id(), name: z.string() }).nullable(),
  created_at: moment(),
}).meta({ id: 'Note' })
const notePage = pageOf(note).meta({ id: 'NotePage' })
const newNote = z.strictObject({ body: lines(NOTE_LENGTH).min(1).regex(/\S/u).meta({ examples: ['Disponible à partir du 1er décembre.'] }) }).meta({ id: 'NewNote' })

/** Follow-up notes stand on records of both kinds. */
export const noteRoutes: readonly ApiRoute[] = KINDS.flatMap((kind) => {
  const path = `/${kind}s/{id}/notes` as const
  const Name = kind === 'candidate' ? 'Candidate' : 'Contact'
  return [
    apiRoute({
      id: `list${Name}Notes`, method: 'GET', path, resource: 'notes', scope: 'notes:read', summary: `api.notes.list.${kind}`, note: 'api.notes.listNote', params: idParams, query: z.strictObject(pageQuery), response: notePage, problems: ['bad_cursor'],
      handle: async (deps, call) => {
        await refuseOthers(deps, call, kind, call.params.id)
        const rows = await listNotes(deps.db, call.scope, call.params.id, { before: readCursor(call.query.cursor, ['id'])?.[0], limit: call.query.limit + 1 })
        return pageOfRows(rows, call.query.limit, (row) => [row.id], noteModel)
      },
    }),
    apiRoute({
      id: `create${Name}Note`, method: 'POST', path, resource: 'notes', scope: 'notes:write', summary: `api.notes.create.${kind}`, note: 'api.notes.createNote', params: idParams, body: newNote, response: note, status: 201,
      handle: async (deps, call) => {
        await refuseOthers(deps, call, kind, call.params.id)
        const written = await writeNote(deps, call.scope, { candidateId: call.params.id, userId: call.viewer.userId, body: call.body.body.replaceAll('\r\n', '\n').trim() })
        if (!written.ok) throw notFound(kind)
        return noteModel(await getNote(deps.db, call.scope, written.value))
      },
    }),
  ]
})

async function refuseOthers({ db }: Deps, { scope }: Pick<ApiCall, 'scope'>, kind: Kind, candidateId: number): Promise<void> {
  if ((await findKind(db, scope, candidateId)) !== kind) throw notFound(kind)
}

function noteModel({ user_id, user_name, created_at, ...row }: NoteRow) {
  return { ...row, author: user_id === null ? null : { id: user_id, name: user_name ?? '' }, created_at: isoMoment(created_at) }
}
