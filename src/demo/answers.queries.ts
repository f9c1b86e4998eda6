import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { availabilityAfter, type GivenAnswer } from '../availability/domain.ts'
import { answerNote } from '../availability/notes.ts'
import { readText } from '../availability/reading.domain.ts'
import { addDays, dateIn } from '../core/dates.ts'
import type { Ground, Launched } from './campaigns.queries.ts'
import type { Sent } from './messages.queries.ts'
import { insertRows } from './rows.queries.ts'
import { COMMENTS, REPLIES } from './vocabulary.ts'

type Row = Record<string, unknown>
const ZONE = 'Europe/Paris'
const MINUTE = 60_000

/** What came back from a campaign: answers with their history, records and notes; texts; opt-outs; and pages merely opened. */
export async function insertReactions(ground: Ground, launched: Launched): Promise<void> {
  const { trx, opened: { scope }, random } = ground
  const company_id = scope.companyId
  const profiles = await profilesOf(ground, launched.id)
  const current: Row[] = []
  const versions: Row[] = []
  const notes: Row[] = []
  const changes: Row[] = []
  const records = new Map<number, Row>()
  const replies: Row[] = []
  const visits: Row[] = []
  const stops: { sent: Sent; at: Date; source: 'sms' | 'page' }[] = []

  for (const sent of launched.sent) {
    const reached = sent.submittedAt !== null && ['delivered', 'accepted'].includes(sent.state)
    if (sent.state === 'skipped') stops.push({ sent, at: new Date(sent.batchAt.getTime() - 5 * MINUTE), source: 'page' })
    if (!reached || !sent.submittedAt) continue
    const roll = random.next()
    const at = answerTime(ground, launched, sent.submittedAt)
    if (roll < launched.plan.answered && at) {
      const byText = random.chance(0.04)
      const answers = makeAnswers(ground, launched, at, byText)
      answers.forEach((answer) => versions.push({
        company_id, recipient_id: sent.recipientId, version: answer.version, form_id: randomUUID(), choice: answer.choice, available_from: answer.availableFrom, available_until: answer.availableUntil,
        comment: answer.comment, source: byText ? 'reply' : 'link', answered_at: answer.answeredAt,
      }))
      const last = answers[answers.length - 1] as GivenAnswer
      current.push({ ...versions[versions.length - 1], form_id: undefined, first_answered_at: answers[0]?.answeredAt })
      if (byText) replies.push(reply(ground, launched, sent, last.choice === 'yes' ? 'OUI' : 'NON', 'none', last.answeredAt))
      for (const profile of profiles.get(sent.recipientId) ?? []) {
        for (const answer of answers) {
          const body = answerNote({ ...answer, source: byText ? 'reply' : 'link' }, { kind: launched.plan.kind, campaignName: launched.plan.name, language: 'fr', timeZone: ZONE })
          notes.push({ company_id, candidate_id: profile.id, kind: 'automatic', campaign_id: launched.id, recipient_id: sent.recipientId, body, created_at: answer.answeredAt })
          const next = availabilityAfter(launched.plan.kind, answer, profile, dateIn(ZONE, answer.answeredAt))
          if (!next) continue
          Object.assign(profile, { from: next.from, until: next.until })
          const period = { availability: next.availability, available_from: next.from, available_until: next.until }
          changes.push({ company_id, candidate_id: profile.id, ...period, source: 'answer', answer_source: byText ? 'reply' : 'link', campaign_id: launched.id, at: answer.answeredAt })
          records.set(profile.id, { id: profile.id, ...period, at: answer.answeredAt })
        }
      }
      visits.push({ code: sent.code, people: random.whole(1, 3), at: last.answeredAt })
    } else if (roll > 0.985 && at) stops.push({ sent, at, source: random.chance(0.7) ? 'sms' : 'page' })
    else if (roll > 0.965 && at) replies.push(reply(ground, launched, sent, random.pick(REPLIES), 'none', at))
    else if (roll > 0.85 && at) visits.push({ code: sent.code, people: 1, at })
  }
  for (const { sent, at, source } of stops) if (source === 'sms') replies.push(reply(ground, launched, sent, random.pick(['STOP', 'Stop', 'STOP 38047']), 'stop', at))

  const byTime = (name: string) => (one: Row, other: Row) => (one[name] as Date).getTime() - (other[name] as Date).getTime()
  await insertRows(trx, 'answer', current.map(({ form_id: _form, ...row }) => row))
  await insertRows(trx, 'answer_version', versions.toSorted(byTime('answered_at')))
  await insertRows(trx, 'follow_up_note', notes.toSorted(byTime('created_at')))
  await insertRows(trx, 'availability_change', changes.toSorted(byTime('at')))
  await insertRows(trx, 'reply', replies.toSorted(byTime('received_at')))
  await saveRecords(ground, launched.id, [...records.values()])
  await saveVisits(ground, visits)
  await saveScans(ground, launched.id)
  await optOut(ground, launched.id, stops)
  const spoken = new Set([...replies.map(({ e164 }) => e164), ...stops.map(({ sent }) => sent.e164), ...current.map(({ recipient_id }) => recipient_id)])
  await addDoubtful(ground, launched, launched.sent.filter(({ e164, recipientId, state }) => state === 'delivered' && !spoken.has(e164) && !spoken.has(recipientId)).slice(0, 3))
}

/** Most people answer within the hour, some in the evening, a few after days; nobody in the future or after the end. */
function answerTime({ random, now }: Ground, launched: Launched, submittedAt: Date): Date | undefined {
  const minutes = random.weighted([[random.whole(1, 60), 60], [random.whole(60, 600), 25], [random.whole(600, 5_000), 15]] as const)
  const at = new Date(submittedAt.getTime() + minutes * MINUTE + random.whole(0, 59) * 1_000)
  return at < now && at < launched.closesAt ? at : undefined
}

/** One answer, or an answer and its correction. */
function makeAnswers({ random, now }: Ground, launched: Launched, at: Date, byText: boolean): GivenAnswer[] {
  const { kind } = launched.plan
  const make = (version: number, answeredAt: Date): GivenAnswer => {
    const choice = random.chance(kind === 'simple' ? 0.58 : 0.64) ? 'yes' : 'no'
    const day = dateIn(ZONE, answeredAt)
    const hasStart = kind === 'availability' && !byText && (choice === 'yes' || random.chance(0.35))
    const availableFrom = hasStart ? addDays(day, choice === 'yes' ? random.pick([0, 1, 2, 3, 5, 7, 10, 14]) : random.whole(20, 75)) : null
    const availableUntil = availableFrom && random.chance(0.3) ? addDays(availableFrom, random.pick([13, 27, 41, 60, 90])) : null
    const comment = !byText && random.chance(kind === 'simple' ? 0.75 : 0.28) ? random.pick(COMMENTS[kind][choice]) : ''
    return { version, choice, availableFrom, availableUntil, comment, answeredAt }
  }
  const answers = [make(1, at)]
  const later = new Date(at.getTime() + random.whole(3, 900) * MINUTE)
  if (!byText && random.chance(0.09) && later < now && later < launched.closesAt) answers.push(make(2, later))
  return answers
}

function reply({ opened: { scope }, agency, now }: Ground, launched: Launched, sent: Sent, body: string, keyword: 'none' | 'stop', at: Date): Row {
  const read = keyword === 'none' ? readText(body, { kind: launched.plan.kind, today: dateIn(ZONE, at), latestStartMonths: 18 }) : undefined
  // What is certain stands among the answers already.
  const state = read === undefined ? 'none' : read.doubts.length > 0 ? 'uncertain' : 'applied'
  return {
    recipient_id: sent.recipientId, reading_state: state, reading: read ?? null, handled_as: state === 'applied' ? 'answer' : keyword === 'stop' ? 'stop' : 'text',
    company_id: scope.companyId, e164: sent.e164, sender: agency.senders.find((sender) => sender.is_default)?.address, body, keyword, candidate_id: sent.candidateId, campaign_id: launched.id,
    provider_id: randomUUID(), received_at: at, said_at: at,
    // What came before today has been read by somebody; a STOP nobody has to read.
    read_at: keyword === 'stop' || dateIn(ZONE, at) < dateIn(ZONE, now) ? at : null,
  }
}

/** What a page of replies also shows: a text that may be a STOP and holds its number, one of which a part never came, and one from a number nobody knows. */
async function addDoubtful(ground: Ground, launched: Launched, silent: readonly Sent[]): Promise<void> {
  const { trx, now, opened: { scope } } = ground
  const [stopping, cut, stranger] = silent
  if (launched.plan.status !== 'in_process' || !stopping || !cut || !stranger) return
  const at = (minutes: number) => new Date(now.getTime() - minutes * MINUTE)
  const text = (sent: Sent, body: string, minutes: number, more: Row): Row => ({ ...reply(ground, launched, sent, body, 'none', at(minutes)), reading_state: 'none', reading: null, handled_as: 'text', read_at: null, ...more })
  await insertRows(trx, 'reply', [text(stopping, 'Merci de ne plus m’écrire, j’ai trouvé', 50, { handled_as: 'review', review: 'waiting' })])
  await insertRows(trx, 'reply', [text(cut, 'Bonjour, je suis disponible à partir du […] et je peux me déplacer.', 35, { is_complete: false })])
  await insertRows(trx, 'reply', [text(stranger, 'C’est Karim, j’ai changé de numéro', 20, { e164: '+33639989911', recipient_id: null, candidate_id: null, campaign_id: null })])
  await sql`
    insert into phone (company_id, e164, held_at) values (${scope.companyId}, ${stopping.e164}, ${at(50)})
    on conflict (company_id, e164) do update set held_at = excluded.held_at where phone.opted_out_at is null`.execute(trx)
  await insertRows(trx, 'opt_out_event', [{ company_id: scope.companyId, e164: stopping.e164, kind: 'held', source: 'sms', campaign_id: launched.id, at: at(50) }])
}

type Profile = { id: number; from: string | null; until: string | null }

async function profilesOf({ trx }: Ground, campaignId: number): Promise<Map<number, Profile[]>> {
  const { rows } = await sql<{ recipient_id: number; id: number; from: string | null; until: string | null }>`
    select p.recipient_id, c.id, c.available_from as "from", c.available_until as "until"
    from recipient r join recipient_profile p on p.recipient_id = r.id join candidate c on c.id = p.candidate_id where r.campaign_id = ${campaignId} order by c.id`.execute(trx)
  return Map.groupBy(rows, (row) => row.recipient_id)
}

async function saveRecords({ trx }: Ground, campaignId: number, records: readonly Row[]): Promise<void> {
  await sql`
    update candidate c set availability = n.availability, available_from = n.available_from, available_until = n.available_until, availability_updated_at = n.at, availability_campaign_id = ${campaignId}, updated_at = n.at
    from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as n (id bigint, availability text, available_from date, available_until date, at timestamptz) where c.id = n.id`.execute(trx)
}

async function saveVisits({ trx }: Ground, visits: readonly Row[]): Promise<void> {
  await sql`
    update short_link l set fetch_count = n.people, first_fetched_at = n.at, last_fetched_at = n.at
    from jsonb_to_recordset(${JSON.stringify(visits)}::jsonb) as n (code text, people integer, at timestamptz) where l.code = n.code`.execute(trx)
}

/** Some telephones and carriers look at a link before its reader does, or instead. */
async function saveScans({ trx }: Ground, campaignId: number): Promise<void> {
  await sql`
    update short_link l set robot_fetch_count = 1 + r.rank % 3, first_fetched_at = coalesce(l.first_fetched_at, m.submitted_at), last_fetched_at = coalesce(l.last_fetched_at, m.submitted_at)
    from recipient r join message m on m.recipient_id = r.id and m.step = 1 where r.campaign_id = ${campaignId} and r.code = l.code and m.state = 'delivered' and r.rank % 9 = 4`.execute(trx)
}

async function optOut({ trx, opened: { scope } }: Ground, campaignId: number, stops: readonly { sent: Sent; at: Date; source: string }[]): Promise<void> {
  const rows = JSON.stringify(stops.map(({ sent, at, source }) => ({ e164: sent.e164, at, source })))
  await sql`
    insert into phone (company_id, e164, opted_out_at, opt_out_source)
    select ${scope.companyId}, n.e164, n.at, n.source from jsonb_to_recordset(${rows}::jsonb) as n (e164 text, at timestamptz, source text)
    on conflict (company_id, e164) do update set opted_out_at = excluded.opted_out_at, opt_out_source = excluded.opt_out_source where phone.opted_out_at is null`.execute(trx)
  await insertRows(trx, 'opt_out_event', stops.map(({ sent, at, source }) => ({ company_id: scope.companyId, e164: sent.e164, kind: 'opt_out', source,
    // Who had opted out before the text was due did not do so because of it.
    campaign_id: sent.state === 'skipped' ? null : campaignId, at,
  })))
}
