import type { Dispo, TheirAnswer } from './dispo.ts'
import type { Greenhouse, GreenhouseCandidate } from './greenhouse.ts'
import type { Memory } from './memory.ts'

export type Told = (line: Record<string, unknown>) => void
type Parts = { greenhouse: Greenhouse; dispo: Dispo; memory: Memory; tell: Told; consent: { tag: string; source: string } | undefined }

/** Their ids stay apart from those of other programs. */
const PREFIX = 'greenhouse-'
const GROUP = 200
/** Clocks differ, and a change may be committed after its moment: what was changed shortly before is looked at again, which costs nothing. */
const OVERLAP_MS = 120_000

/** Takes over who was changed since the last pass. Goes on with the page where it was interrupted. */
export async function pullCandidates({ greenhouse, dispo, memory, tell, consent }: Parts): Promise<void> {
  const begun = memory.read().pull
  let page = await greenhouse.page(begun ? { next: begun.next } : { since: memory.read().since }).catch((error: { status?: number }) => {
    // Cursors do not last: then from the beginning of the pass.
    if (!begun || error.status === undefined || error.status < 400 || error.status >= 500) throw error
    return greenhouse.page({ since: memory.read().since })
  })
  const startedAt = begun?.startedAt ?? new Date(page.at.getTime() - OVERLAP_MS).toISOString()
  for (;;) {
    if (page.unreadable > 0) tell({ event: 'unreadable', count: page.unreadable })
    for (let at = 0; at < page.candidates.length; at += GROUP) {
      const { data, counts } = await dispo.sync(page.candidates.slice(at, at + GROUP).map((one) => rowOf(one, consent)))
      tell({ event: 'candidates', ...counts })
      // Keys and reasons, never names.
      for (const { external_id, result, reason } of data) if (result === 'refused') tell({ event: 'refused', external_id, reason })
    }
    if (page.next === undefined) break
    memory.write({ pull: { next: page.next, startedAt } })
    page = await greenhouse.page({ next: page.next })
  }
  memory.write({ since: startedAt, pull: undefined })
}

/** Who is here with a key of theirs and no longer there is gone. Reads everybody: for once a day. */
export async function findGone({ greenhouse, dispo, tell }: Parts): Promise<void> {
  const there = new Set<string>()
  for (let page = await greenhouse.page({ since: undefined }); ; page = await greenhouse.page({ next: page.next })) {
    for (const { id } of page.candidates) there.add(`${PREFIX}${id}`)
    // Whoever could not be read may be anybody: nobody is gone then.
    if (page.unreadable > 0) return tell({ event: 'unreadable', count: page.unreadable })
    if (page.next === undefined) break
  }
  const gone: string[] = []
  for await (const key of dispo.keys()) if (key.startsWith(PREFIX) && !there.has(key)) gone.push(key)
  for (let at = 0; at < gone.length; at += GROUP) tell({ event: 'gone', ...(await dispo.sync(gone.slice(at, at + GROUP).map((external_id) => ({ external_id, gone: true })))).counts })
}

/** Writes new answers into their notes, each version once: a note names its answer, and is looked for where a pass was cut off. */
export async function writeNotes({ greenhouse, dispo, memory, tell }: Parts): Promise<void> {
  const { answersSince, noted, writing } = memory.read()
  const done: Record<string, number> = { ...noted }
  for await (const answer of dispo.answers(answersSince)) {
    if ((done[answer.recipient_id] ?? 0) >= answer.version || answer.candidate_id === null) continue
    const key = await dispo.keyOf(answer.candidate_id)
    const mark = `[Dispo ${answer.recipient_id}.${answer.version}]`
    if (key?.startsWith(PREFIX)) {
      const candidateId = Number(key.slice(PREFIX.length))
      const isThere = writing === mark && (await greenhouse.hasNote(candidateId, mark))
      memory.write({ writing: mark })
      if (!isThere) tell({ event: (await greenhouse.addNote(candidateId, noteOf(answer, mark))) ? 'note' : 'note_refused', external_id: key })
    }
    done[answer.recipient_id] = answer.version
    memory.write({ answersSince: answer.answered_at, noted: keptOf(done), writing: undefined })
  }
}

function rowOf({ id, first_name, last_name, title, phone_numbers, email_addresses, tags, updated_at }: GreenhouseCandidate, consent: Parts['consent']): Record<string, unknown> {
  const cut = (text: string | null | undefined, most: number) => (text ?? '').slice(0, most)
  const names = (tags ?? []).map((tag) => tag.trim().slice(0, 40)).filter((tag) => tag !== '' && !/[,;\n]/.test(tag))
  return {
    external_id: `${PREFIX}${id}`, changed_at: new Date(updated_at).toISOString(), first_name: cut(first_name, 80), last_name: cut(last_name, 80), trade: title ? cut(title, 120) : null,
    email: email_addresses?.[0]?.value ?? null,
    phones: (phone_numbers ?? []).filter(({ value }) => value.trim() !== '').slice(0, 9).map(({ value, type }) => ({ number: value.slice(0, 100), kind: type === 'mobile' || type === 'other' ? 'mobile' : 'home' })),
    tags: names.slice(0, 20),
    ...(consent && names.includes(consent.tag) ? { consent: { given: true, source: consent.source, said_on: updated_at.slice(0, 10) } } : {}),
  }
}

function noteOf({ choice, available_from: from, available_until: until, comment, campaign_id, answered_at }: TheirAnswer, mark: string): string {
  const when = choice === 'yes' && from ? ` from ${from}${until ? ` to ${until}` : ''}` : from ? ` before ${from}` : ''
  return [`${choice === 'yes' ? 'Available' : 'Not available'}${when}, answered by SMS on ${answered_at.slice(0, 10)} (campaign ${campaign_id}).`, ...(comment ? [`« ${comment} »`] : []), mark].join('\n')
}

/** Answers that may still come again: the newest few thousand. */
function keptOf(done: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(done).slice(-5_000))
}
