import type { AudienceRow } from '../campaigns/audience.queries.ts'
import { checkModel, hasWarnings, type CheckGiven } from '../campaigns/check.views.ts'
import type { PlannedBatch } from '../campaigns/launch.domain.ts'
import { textFor } from '../campaigns/message.domain.ts'
import type { Viewer } from '../web/viewer.ts'
import { countsModel } from './campaigns.views.ts'
import { isoMoment } from './fields.ts'
import { MOST_BATCHES_TOLD, type ToldMember, type ToldPreview } from './launches.input.ts'
import { knownNumber } from './recipients.views.ts'

/** The page of the last look, for a program: the same rows in the same words, and the figures behind them. */
export function previewModel(viewer: Viewer, given: CheckGiven): ToldPreview {
  const { campaign, inspection, twin, overlaps } = given
  const page = checkModel(viewer, given)
  const { longest, totalSegments } = inspection.measured
  return {
    campaign_id: campaign.id, version: campaign.version, can_launch: page.send !== undefined, has_warnings: hasWarnings(viewer, given),
    blockers: [...inspection.blockers, ...(twin ? ['twin' as const] : [])],
    checks: [...page.blocks, ...page.controls].map(({ name, state, term, lines }) => ({ name, state, label: term, lines })),
    audience: {
      ...countsModel(inspection.counts), limit: inspection.spec.limit, countries: Object.fromEntries(Object.entries(inspection.countries).filter(([country]) => country !== '?')),
      recently_texted: inspection.recent, overridden: inspection.overridden, overridable: inspection.overridable,
    },
    cost: { segments: totalSegments, longest: longest ? { characters: longest.measure.units, segments: longest.measure.segments, encoding: longest.measure.encoding } : null },
    batches: batchesModel(inspection.batches), batch_count: inspection.batches.length, ends_at: isoMoment(inspection.estimatedEnd ?? null),
    samples: given.samples.flatMap((person) => {
      const voice = inspection.voices.get(person.sender_id)
      const rendered = voice && textFor(voice.compiled, person, voice.shared)
      return rendered ? [{ candidate_id: person.id, language: person.language, sender: voice.sender.address, text: rendered.text }] : []
    }),
    twin: twin ? { campaign_id: twin.id, name: twin.name } : null,
    overlaps: overlaps.map(({ id, name, shared }) => ({ campaign_id: id, name, shared })),
  }
}

export function batchesModel(batches: readonly PlannedBatch[]): ToldPreview['batches'] {
  return batches.slice(0, MOST_BATCHES_TOLD).map(({ no, localDate, dueAt, opensAt, recipients, segments }) => ({ no, date: localDate, due_at: isoMoment(dueAt), leaves_from: isoMoment(opensAt ?? null), recipients, segments }))
}

export function memberModel({ id, first_name, last_name, e164, trade, town, twin_id }: AudienceRow): ToldMember {
  return { candidate_id: id === 0 ? null : id, first_name, last_name, phone: knownNumber(e164), trade, town, duplicate_of: twin_id }
}
