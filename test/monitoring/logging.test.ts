import { DatabaseError } from 'pg'
import { expect, it } from 'vitest'
import { plainError } from '../../src/web/logging.ts'

/** What errors say about people stays out of the log; what tells the fault stays in (F-84). */

it('of an error that PostgreSQL explains with somebody’s data, the log keeps what happened and where', () => {
  const error = Object.assign(new DatabaseError('duplicate key value violates unique constraint "candidate_phone_one"', 200, 'error'), {
    code: '23505', detail: 'Key (e164)=(+33639981201) already exists.', where: "COPY candidate, line 3: 'Anne Roux'", table: 'candidate_phone', constraint: 'candidate_phone_one', parameters: ['Anne Roux'],
  })
  const told = JSON.stringify(plainError(new Error('the import failed', { cause: error })))
  expect(told).toContain('candidate_phone_one')
  expect(told).toContain('23505')
  expect(['33639981201', 'Anne', 'COPY', 'Roux'].filter((secret) => told.includes(secret))).toEqual([])
})

it.each([
  ['invalid input syntax for type bigint: "Anne Roux"', 'invalid input syntax for type bigint: …'],
  ['no answer from +33 6 39 98 12 01', 'no answer from …'],
  ['to 33639981201 from 38047', 'to … from 38047'],
  ['06 39 98 12 01 is not textable', '… is not textable'],
  ['550 anne.roux@agence.test is unknown', '550 … is unknown'],
  ['column "told_at" of relation "message" does not exist', 'column "told_at" of relation "message" does not exist'],
  ['attempt 0a1b2c3d-1111-4222-8333-444455556666 on 2026-11-22', 'attempt 0a1b2c3d-1111-4222-8333-444455556666 on 2026-11-22'],
])('%s', (message, kept) => {
  const told = plainError(new Error(message)) as { message: string; stack: string }
  expect(told.message).toBe(kept)
  expect(told.stack.split('\n')[0]).toBe(`Error: ${kept}`)
})

it('causes are told five deep, and what is no error by its kind alone', () => {
  const deep = Array.from({ length: 9 }).reduce<Error>((cause, _, i) => new Error(`e${i}`, { cause }), new Error('first'))
  expect(JSON.stringify(plainError(deep)).match(/"message"/g)).toHaveLength(6)
  expect(plainError({ phone: '+33639981201' })).toEqual({ type: 'object' })
})
