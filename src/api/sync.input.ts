import { z } from 'zod'
import { AVAILABILITIES } from '../candidates/domain.ts'
import { PHONE_KINDS } from '../candidates/phones.domain.ts'
import { SYNC_REFUSALS, SYNC_RESULTS, SYNC_WARNINGS, type SyncResult } from '../candidates/sync.domain.ts'
import { day, id, language, moment } from './fields.ts'

/** People in one call: enough that a first load is quick, few enough that its transaction is short. */
const MOST_SYNCED = 1_000
/** A thousand records with all their fields. */
export const SYNC_BYTES = 4 * 1024 * 1024

/** Rows are judged one by one, so that what is wrong with one refuses that one alone: the schema asks for no more than their shape. */
const text = (example: string) => z.string().max(4_000).nullable().optional().meta({ examples: [example] })

const row = z.strictObject({
  external_id: z.string().min(1).max(80).regex(/^[^\p{Cc}\p{Cs}]+$/u).meta({ words: 'apiSync.external_id', examples: ['ATS-20817'] }),
  changed_at: moment().optional().meta({ words: 'apiSync.changed_at' }),
  gone: z.boolean().default(false).meta({ words: 'apiSync.gone' }),
  first_name: text('Awa'),
  last_name: text('Diallo'),
  trade: text('Coffreuse'),
  email: text('awa.diallo@example.com'),
  town: text('Lyon'),
  postal_code: text('69003'),
  skills: z.array(z.string().max(500)).max(200).optional().meta({ examples: [['CACES R489']] }),
  tags: z.array(z.string().max(500)).max(200).optional().meta({ words: 'api.person.tags', examples: [['permis B']] }),
  branch_id: id().nullable().optional().meta({ words: 'api.person.branch_id', examples: [null] }),
  language: language().nullable().optional().meta({ words: 'api.person.language', examples: ['fr'] }),
  registered_on: day().nullable().optional().meta({ words: 'api.person.registered_on', examples: ['2026-03-02'] }),
  phones: z.array(z.strictObject({
    number: z.string().min(1).max(400).meta({ words: 'api.person.number', examples: ['+33639980001'] }),
    kind: z.enum(PHONE_KINDS).default('mobile'),
    is_main: z.boolean().optional().meta({ words: 'api.person.is_main' }),
  }).meta({ id: 'SyncedPhone' })).max(9).optional().meta({ words: 'apiSync.phones', examples: [[{ number: '+33639980001', kind: 'mobile' }]] }),
  consent: z.strictObject({
    given: z.boolean().meta({ words: 'api.person.consent_given' }),
    source: z.string().min(1).max(200).meta({ words: 'api.person.consent_source', examples: ['Formulaire d’inscription'] }),
    said_on: day().meta({ words: 'apiSync.said_on' }),
  }).meta({ id: 'SyncedConsent' }).optional(),
  availability: z.strictObject({
    state: z.enum(AVAILABILITIES),
    from: day().nullable().optional(),
    until: day().nullable().optional(),
    said_at: moment().optional().meta({ words: 'apiSync.said_at' }),
  }).meta({ id: 'SyncedAvailability' }).optional(),
}).meta({ id: 'SyncedCandidate' })
export type SyncedCandidate = z.output<typeof row>

export const syncBody = z.strictObject({ candidates: z.array(row).min(1).max(MOST_SYNCED) }).meta({ id: 'CandidateSync' })

const outcome = z.object({
  external_id: z.string(),
  id: id().nullable(),
  result: z.enum(SYNC_RESULTS),
  reason: z.enum(SYNC_REFUSALS).nullable().meta({ words: 'apiSync.reason', examples: [null] }),
  errors: z.array(z.object({ field: z.string(), message: z.string() }).meta({ id: 'SyncFault' })),
  warnings: z.array(z.enum(SYNC_WARNINGS)).meta({ words: 'apiSync.warnings' }),
}).meta({ id: 'SyncOutcome' })

export const syncAnswer = z.object({
  data: z.array(outcome),
  counts: z.object(Object.fromEntries(SYNC_RESULTS.map((name) => [name, z.int()])) as Record<SyncResult, z.ZodInt>).meta({ id: 'SyncCounts' }),
}).meta({ id: 'SyncAnswer' })
