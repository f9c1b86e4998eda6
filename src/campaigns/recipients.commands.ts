import type { Transaction } from 'kysely'
import type { Config } from '../config.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import { linkFor, mintCodes } from '../links/codes.ts'
import { insertLinks } from '../links/queries.ts'
import { MOST_SEGMENTS } from '../message-templates/lint.ts'
import { queueMessages, type NewMessage } from '../messaging/queries.ts'
import { measureSms } from '../sms/segments.ts'
import type { AudienceCounts } from './audience.domain.ts'
import { freezeGathered, listGathered, type GatheredRecipient } from './audience.queries.ts'
import type { Inspection } from './inspection.ts'
import { batchOf, Refusal } from './launch.domain.ts'
import { textFor, type CodeValues } from './message.domain.ts'
import type { Campaign } from './queries.ts'
import type { BatchRules } from './schedule.domain.ts'

/** Hears how many texts are written so far. */
export type Written = (texts: number) => Promise<void>

export type Writing = Pick<Inspection, 'voices'> & {
  /** Live links that are the same for everybody. */
  links: Partial<CodeValues>
  draft: Pick<Campaign, 'id'>
  counts: AudienceCounts
  rules: BatchRules
  /** Of the batches, the first one first. */
  batchIds: readonly number[]
  /** Most segments that everything may cost together. */
  budget: number | null
  linksUntil: Date
}

/** The list is written a stretch at a time, so that memory stays flat and other requests get their turn … */
const STRETCH = 1_000
/** … and what stands behind the last recipient, which needs no texts, in larger ones. */
const REST = 20_000

/**
 * Writes a gathered audience down: everybody's row, link and text, in rank order, and everybody else with the reason. Returns how
 * many recipients each country has; « ? » is none known.
 */
export async function writeRecipients(trx: Transaction<DB>, config: Pick<Config, 'linkUrl'>, scope: CompanyScope, writing: Writing, onWritten: Written): Promise<Record<string, number>> {
  const { draft, counts, budget } = writing
  const countries: Record<string, number> = {}
  let written = 0
  let segments = 0
  for (let afterRank = 0, size = STRETCH; afterRank < counts.total; afterRank += size) {
    size = written < counts.recipients ? STRETCH : REST
    const stretch = { afterRank, size }
    const people = await listGathered(trx, stretch)
    const codes = mintCodes(people.length)
    const texts = people.map((person, index) => textOf(person, writing, linkFor(config, codes[index]!)))
    for (const text of texts) segments += text.segments
    if (budget !== null && segments > budget) throw new Refusal('budget')

    const batchIds = people.map(({ position }) => writing.batchIds[batchOf(position, writing.rules) - 1]!)
    await insertLinks(trx, scope, codes, writing.linksUntil)
    const ids = await freezeGathered(trx, scope, stretch, { campaignId: draft.id, codes, batchIds })
    await queueMessages(trx, scope, people.map((person, index): NewMessage => ({
      purpose: 'campaign', campaignId: draft.id, batchId: batchIds[index]!, recipientId: ids[index]!, candidateId: person.id, requestedBy: null, step: 1,
      e164: person.e164, country: person.country, ...texts[index]!,
    })))
    for (const { country } of people) countries[country ?? '?'] = (countries[country ?? '?'] ?? 0) + 1
    written += people.length
    if (people.length > 0) await onWritten(written)
  }
  return countries
}

/** Leaves from the sender that fits the number, closed with that sender's words. */
function textOf(person: GatheredRecipient, { voices, links }: Writing, link: string): Pick<NewMessage, 'sender' | 'body' | 'encoding' | 'segments'> {
  const voice = voices.get(person.sender_id)
  if (!voice) throw new Refusal('no_sender')
  const rendered = textFor(voice.compiled, person, { ...voice.shared, ...links, link })
  if (!rendered || rendered.missing.length > 0) throw new Refusal('incomplete')
  const { encoding, segments } = measureSms(rendered.text)
  if (segments > MOST_SEGMENTS) throw new Refusal('text')
  return { sender: voice.sender.address, body: rendered.text, encoding, segments }
}
