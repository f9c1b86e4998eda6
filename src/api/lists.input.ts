import { z } from 'zod'
import { KINDS } from '../candidates/domain.ts'
import { LIST_DESCRIPTION_LENGTH, LIST_KINDS, LIST_NAME_LENGTH } from '../lists/domain.ts'
import { id, line, lines, moment, pageOf, pageQuery } from './fields.ts'

const name = line(LIST_NAME_LENGTH).min(1).regex(/\S/u).meta({ examples: ['Coffreurs disponibles'] })
const description = lines(LIST_DESCRIPTION_LENGTH).meta({ examples: [''] })
const kind = z.enum(LIST_KINDS).meta({ words: 'api.list.kind' })

const list = z.object({ id: id(), kind, name: z.string(), description: z.string(), created_at: moment(), updated_at: moment() }).meta({ id: 'List' })
export const listPage = pageOf(list).meta({ id: 'ListPage' })
export const countedList = list.extend({ members: z.int().min(0).meta({ words: 'api.list.members' }) }).meta({ id: 'CountedList' })
export const listsQuery = z.strictObject({ ...pageQuery, kind: kind.optional() })
export const newList = z.strictObject({ name, description: description.default('') }).meta({ id: 'NewList' })
export const listChange = z.strictObject({ name: name.optional(), description: description.optional() }).meta({ id: 'ListChange' })

export const membersQuery = z.strictObject(pageQuery)
export const memberPage = pageOf(z.object({
  candidate_id: id().meta({ words: 'api.list.candidate_id' }), kind: z.enum(KINDS), external_id: z.string().nullable(), first_name: z.string(), last_name: z.string(), added_at: moment(),
}).meta({ id: 'Member' })).meta({ id: 'MemberPage' })

const MOST_AT_ONCE = 1_000
export const givenPeople = z.strictObject({
  candidate_ids: z.array(id()).min(1).max(MOST_AT_ONCE).meta({ words: 'api.list.candidate_ids', examples: [[1042]] }),
}).meta({ id: 'GivenPeople' })
export const addedPeople = z.object({ added: z.int().min(0).meta({ words: 'api.list.added' }) }).meta({ id: 'AddedPeople' })
export const removedPeople = z.object({ removed: z.int().min(0).meta({ words: 'api.list.removed' }) }).meta({ id: 'RemovedPeople' })
