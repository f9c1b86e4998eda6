import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { Readable } from 'node:stream'
import { Eta } from 'eta'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { COPY_SECTIONS, readCopy } from './copy.queries.ts'
import { copyFrameModel, copySectionModel, type CopyReader } from './copy.views.ts'

export type CopyFor = CopyReader & { scope: CompanyScope; at: Date }

const eta = new Eta({ views: path.resolve(import.meta.dirname, '../../views'), autoEscape: true })
/** Stands where the sections come; nobody can know it. */
const BODY = randomUUID()

/** One file that another program can read; each section goes out before the next is asked for. */
export function copyAsJson(db: Db, { scope, person, agency, at }: CopyFor): Readable {
  return Readable.from((async function* () {
    yield `{"company":${JSON.stringify(agency)},"made_at":${JSON.stringify(at)},"sections":{`
    let comma = ''
    for await (const { key, rows } of readCopy(db, scope, person.id)) {
      yield `${comma}\n${JSON.stringify(key)}:${JSON.stringify(rows)}`
      comma = ','
    }
    yield '\n}}\n'
  })())
}

/** The same to be read by the person: one page that needs nothing else. */
export function copyAsPage(db: Db, copy: CopyFor): Readable {
  return Readable.from((async function* () {
    const frame = copyFrameModel(copy, copy.person.name, copy.at, COPY_SECTIONS.map(({ key }) => key))
    const [head = '', foot = ''] = eta.render('/privacy/copy', { ...frame, body: BODY }).split(BODY)
    yield head
    for await (const { key, rows } of readCopy(db, copy.scope, copy.person.id)) yield eta.render('/privacy/copy-section', copySectionModel(copy, key, rows))
    yield foot
  })())
}
