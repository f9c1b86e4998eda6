import fc from 'fast-check'
import { DateTime } from 'luxon'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bucketsOf, quietStretches, scaleTo, sumOf, type AnswerHour } from '../../src/campaigns/charts.domain.ts'
import { countOpened, findAnswerHours } from '../../src/campaigns/charts.queries.ts'
import { chartsModel } from '../../src/campaigns/charts.views.ts'
import { getProgress } from '../../src/campaigns/progress.queries.ts'
import type { Reader } from '../../src/candidates/views.ts'
import { addVisits } from '../../src/links/queries.ts'
import { translator } from '../../src/words/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeUser } from '../support/factories/accounts.ts'
import { makePlanned, moveMessages, SENT } from '../support/factories/batches.ts'
import { makeFollowed } from '../support/factories/followed.ts'
import { elements, textOf, type Element } from '../support/html.ts'
import type { Page } from '../support/page.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const ZONES = ['Europe/Paris', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Africa/Cairo', 'UTC']
/** Sets its clocks by half an hour: one hour a year is cut short. */
const BY_HALF = 'Australia/Lord_Howe'
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const wall = (instant: Date, zone: string) => DateTime.fromJSDate(instant, { zone }).toFormat('dd HH:mm ZZ')
const at = (text: string): AnswerHour => ({ at: new Date(text), yes: 1, no: 0 })

/** Full hours of a clock, as the database cuts them, in a stretch of up to two years. */
const answered = fc.record({
  zone: fc.constantFrom(...ZONES),
  // Days before either change of clocks of that year, and any others.
  start: fc.oneof(fc.constantFrom('2026-03-27T10:00:00Z', '2026-10-23T10:00:00Z', '2026-04-03T20:00:00Z', '2026-11-01T03:00:00Z'), fc.integer({ min: 0, max: 700 }).map((days) => new Date(Date.UTC(2026, 0, 1 + days, days % 24)).toISOString())),
  hours: fc.uniqueArray(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 40 }),
  stretch: fc.constantFrom(1, 1, 13, 200),
  counts: fc.array(fc.record({ yes: fc.nat(500), no: fc.nat(500) }), { minLength: 40, maxLength: 40 }),
}).map(({ zone, start, hours, stretch, counts }) => {
  const begin = new Date(start)
  const cut = (instant: Date) => {
    const local = DateTime.fromJSDate(instant, { zone })
    return local.minus({ minutes: local.minute, seconds: local.second, milliseconds: local.millisecond }).toJSDate()
  }
  const found = new Map(hours.map((hour, index) => [cut(new Date(begin.getTime() + hour * stretch * 3_600_000)).getTime(), counts[index]!]))
  return { zone, begin, hours: [...found].map(([time, { yes, no }]): AnswerHour => ({ at: new Date(time), yes: yes + 1, no })) }
})

describe('answers over time', () => {
  test('every answer is in exactly one bar, and the bars leave no gap', () => {
    fc.assert(fc.property(answered, ({ zone, begin, hours }) => {
      const { unit, buckets } = bucketsOf(hours, begin, zone)
      for (const choice of ['yes', 'no'] as const) expect(sumOf(buckets, choice)).toBe(sumOf(hours, choice))
      expect(buckets.length).toBeLessThanOrEqual(72)
      expect(buckets[0]!.from.getTime()).toBeLessThanOrEqual(begin.getTime())
      for (const [index, { from, until }] of buckets.entries()) {
        expect(until.getTime()).toBeGreaterThan(from.getTime())
        if (index > 0) expect(from).toEqual(buckets[index - 1]!.until)
        if (zone !== BY_HALF) expect(DateTime.fromJSDate(from, { zone }).minute, `${unit} ${zone}`).toBe(0)
      }
      for (const hour of hours) expect(buckets.filter(({ from, until }) => from <= hour.at && hour.at < until)).toHaveLength(1)
    }), { numRuns: 80 })
  })

  test('the night without the hour of two, in spring', () => {
    const { unit, buckets } = bucketsOf([at('2027-03-28T00:00:00Z'), at('2027-03-28T01:00:00Z')], new Date('2027-03-27T20:10:00Z'), 'Europe/Paris')
    expect(unit).toBe('hour')
    expect(buckets.map(({ from }) => wall(from, 'Europe/Paris')).slice(3, 7)).toEqual(['28 00:00 +01:00', '28 01:00 +01:00', '28 03:00 +02:00', '28 04:00 +02:00'])
    expect(buckets.map(({ yes }) => yes).slice(3, 7)).toEqual([0, 1, 1, 0])
    expect(buckets.map(({ isQuiet }) => isQuiet).slice(0, 12)).toEqual([true, true, true, true, true, true, true, true, true, false, false, false])
  })

  test('the night with the hour of two twice, in autumn, each with its own answers', () => {
    const hours = [{ at: new Date('2026-10-25T00:00:00Z'), yes: 3, no: 0 }, { at: new Date('2026-10-25T01:00:00Z'), yes: 0, no: 5 }]
    const { buckets } = bucketsOf(hours, new Date('2026-10-24T21:00:00Z'), 'Europe/Paris')
    expect(buckets.slice(2, 6).map(({ from, yes, no }) => [wall(from, 'Europe/Paris'), yes, no])).toEqual([['25 01:00 +02:00', 0, 0], ['25 02:00 +02:00', 3, 0], ['25 02:00 +01:00', 0, 5], ['25 03:00 +01:00', 0, 0]])
    const { rows } = modelOf(hours, new Date('2026-10-24T21:00:00Z')).answers!.table
    expect(rows.map(({ when }) => plain(when))).toEqual(['dim. 25 oct., 02:00 – 02:00 (UTC+2)', 'dim. 25 oct., 02:00 – 03:00 (UTC+1)'])
  })

  test.each([['a day', 20, 'hour'], ['three weeks', 24 * 21, 'day'], ['half a year', 24 * 180, 'week'], ['three years', 24 * 1_100, 'month']])('%s of answers is cut by what there is room for', (_name, hours, unit) => {
    const begin = new Date('2026-10-20T08:00:00Z')
    const found = bucketsOf([at('2026-10-20T09:00:00Z'), { at: new Date(begin.getTime() + hours * 3_600_000), yes: 0, no: 2 }], begin, 'Europe/Paris')
    expect(found.unit).toBe(unit)
    if (unit === 'day') expect(found.buckets.filter(({ isQuiet }) => isQuiet).map(({ from }) => DateTime.fromJSDate(from, { zone: 'Europe/Paris' }).weekday)).toEqual([6, 7, 6, 7, 6, 7])
  })

  test('quiet stretches are those bars, each once', () => {
    fc.assert(fc.property(fc.array(fc.boolean(), { maxLength: 72 }), (quiet) => {
      const stretches = quietStretches(quiet.map((isQuiet) => ({ from: new Date(0), until: new Date(1), yes: 0, no: 0, isQuiet })))
      const marked = quiet.map(() => false)
      for (const { at: from, length } of stretches) marked.fill(true, from, from + length)
      expect(marked).toEqual(quiet)
    }))
  })

  test('the scale reaches the highest bar and not twice as far, in steps of 1, 2 or 5', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 1_000_000 }), (most) => {
      const lines = scaleTo(most)
      const [zero, step] = lines as [number, number]
      expect(zero).toBe(0)
      expect(String(step)).toMatch(/^[125]0*$/)
      expect(lines.at(-1)).toBeGreaterThanOrEqual(most)
      expect(lines.at(-1)! - step).toBeLessThan(Math.max(1, most))
      expect(lines.length).toBeLessThanOrEqual(6)
    }))
  })
})

const reader: Reader = { t: translator('fr'), language: 'fr', zone: 'Europe/Paris', country: 'FR', today: '2026-11-22' }

function modelOf(hours: AnswerHour[], startedAt: Date, opened = { people: 0, robots: 0 }) {
  const progress = { total: 9_000, sent: 8_000, remaining: 0, held: 0, underway: 500, delivered: 7_500, undelivered: 0, blocked: 0, cancelled: 1_000, doubtful: 0, reminded: 0, reminders_in_doubt: 0, yes: sumOf(hours, 'yes'), no: sumOf(hours, 'no'), unsubscribed: 0 }
  return chartsModel(reader, 7, progress, { startedAt, hours, opened })!
}

test('bars are as high as their numbers and stand on each other; the table adds up to the answers', () => {
  fc.assert(fc.property(answered, ({ begin, hours }) => {
    const { answers } = modelOf(hours, begin)
    const { bars, lines, base, table } = answers!
    const number = (text: string) => Number(plain(text).replaceAll(' ', ''))
    const perPixel = number(lines.at(-1)!.text) / (base - lines.at(-1)!.y)
    expect(bars).toHaveLength(table.rows.length)
    for (const [index, { yes, no }] of bars.entries()) {
      const row = table.rows[index]!
      expect((yes?.height ?? 0) * perPixel).toBeCloseTo(number(row.yes), -1)
      expect((no?.height ?? 0) * perPixel).toBeCloseTo(number(row.no), -1)
      if (yes) expect(yes.y + yes.height).toBeCloseTo(base, 1)
      if (no) expect(no.y + no.height).toBeCloseTo(yes?.y ?? base, 1)
      expect(Math.min(yes?.y ?? base, no?.y ?? base)).toBeGreaterThanOrEqual(lines.at(-1)!.y - 0.05)
    }
    expect(table.rows.reduce((sum, row) => sum + number(row.total), 0)).toBe(number(table.sum.total))
    expect(number(table.sum.yes) + number(table.sum.no)).toBe(number(table.sum.total))
  }), { numRuns: 40 })
})

const stat = (page: Page, label: string) => {
  const tile = elements(page.root).find(({ attributes, children }) => attributes['class']?.startsWith('stat ') && children.some((child) => typeof child !== 'string' && child.tag === 'span' && textOf(child) === label))
  return Number(plain(textOf(tile!.children.find((child): child is Element => typeof child !== 'string' && child.tag === 'b')!)).replaceAll(' ', ''))
}
const funnelOf = (page: Page) => {
  const table = elements(page.root).find(({ attributes }) => attributes['class'] === 'funnel')!
  return elements(table).filter(({ tag, parent }) => tag === 'tr' && parent!.tag === 'tbody').map((row) => elements(row).filter(({ tag }) => tag === 'th' || tag === 'td').map((cell) => plain(textOf(cell))))
}
const rowsOf = (page: Page) => elements(page.root).flatMap(({ attributes }) => (attributes['id']?.startsWith('recipient-') ? [Number(attributes['id'].slice('recipient-'.length))] : []))

/** Opens the links of recipients as the counter of visits writes it down. */
async function open(campaignId: number, visits: { rank: number; people: number; robots: number }[]) {
  const { rows } = await database.pool.query<{ rank: number; code: string }>('select rank, code from recipient where campaign_id = $1', [campaignId])
  await addVisits(database.db, visits.map(({ rank, people, robots }) => ({ code: rows.find((row) => row.rank === rank)!.code, people, robots })))
}

describe('the page of a campaign', () => {
  test('draws what its numbers say, in a picture, in words and in a table', async () => {
    const { visitor, campaignId } = await makeFollowed(database, app)
    const page = await visitor.get(`/campaigns/${campaignId}`)
    const chart = elements(page.root).find(({ tag, attributes }) => tag === 'svg' && attributes['class'] === 'chart')!
    expect(chart.attributes).toMatchObject({ role: 'img', 'aria-labelledby': 'answers-title', 'aria-describedby': 'answers-about' })
    expect(plain(textOf(elements(chart).find(({ attributes }) => attributes['id'] === 'answers-about')!))).toMatch(/^2 OUI et 1 NON, par heure\. Le plus de réponses : 3, /)
    const sum = elements(page.root).find(({ tag, parent }) => tag === 'tr' && parent!.tag === 'tfoot')!
    expect(textOf(sum)).toBe(`Total ${stat(page, 'OUI')} ${stat(page, 'NON')} ${stat(page, 'OUI') + stat(page, 'NON')}`)
    expect(page.html).not.toMatch(/<svg[^>]*style=|<rect[^>]*style=/)
  })

  test('counts the people who opened their link, robots apart, and each number opens their list', async () => {
    const { visitor, campaignId } = await makeFollowed(database, app)
    // Three have answered by their link; one of the others opened it, one was only scanned, one both.
    await open(campaignId, [{ rank: 1, people: 0, robots: 4 }, { rank: 4, people: 2, robots: 0 }, { rank: 5, people: 0, robots: 3 }, { rank: 6, people: 1, robots: 1 }])
    const page = await visitor.get(`/campaigns/${campaignId}`)
    expect(funnelOf(page)).toEqual([['Envoyés', '11', '100 %'], ['Remis', '8', '72,7 %'], ['Lien ouvert', '5', '45,5 %'], ['par des robots seulement', '1', ''], ['Ont répondu', '3', '27,3 %']])
    const links = elements(elements(page.root).find(({ attributes }) => attributes['class'] === 'funnel')!).filter(({ tag }) => tag === 'a')
    for (const link of links) expect(rowsOf(await visitor.get(link.attributes['href']!.replaceAll('&amp;', '&'))), link.attributes['href']).toHaveLength(Number(textOf(link)))
    expect((await visitor.get(`/campaigns/${campaignId}?show=robots`)).text).toContain('1–1 sur 1')
  })

  test('counts people and not texts: a reminder changes none of its numbers', async () => {
    const { visitor, campaignId } = await makeFollowed(database, app)
    const before = await visitor.get(`/campaigns/${campaignId}`)
    const { rows: [batch] } = await database.pool.query<{ id: number }>("insert into batch (company_id, campaign_id, no, kind, local_date, due_at, started_at, state) select company_id, id, 3, 'reminder', '2026-12-01', now(), now(), 'running' from campaign where id = $1 returning id", [campaignId])
    await database.pool.query(
      `insert into message (company_id, purpose, campaign_id, batch_id, recipient_id, candidate_id, step, e164, sender, body, encoding, segments, state)
       select company_id, purpose, campaign_id, $2, recipient_id, candidate_id, 2, e164, sender, body, encoding, segments, case when recipient_id % 2 = 0 then 'delivered' else 'accepted' end from message where campaign_id = $1 and state = 'delivered'`, [campaignId, batch!.id])
    const after = await visitor.get(`/campaigns/${campaignId}`)
    expect(funnelOf(after)).toEqual(funnelOf(before))
    for (const label of ['Tous', 'Envoyés', 'Remis', 'OUI', 'NON']) expect(stat(after, label), label).toBe(stat(before, label))
    expect(rowsOf(after)).toEqual(rowsOf(before))
  })

  test('draws nothing before the first text left, and says so before the first answer', async () => {
    const { scope, campaignId } = await makePlanned(database, { batches: [{ recipients: 3, due: '1 day' }] })
    const visitor = await app.signIn(await makeUser(database.db, scope))
    expect((await visitor.get(`/campaigns/${campaignId}`)).text).not.toContain('Du SMS à la réponse')
    await moveMessages(database, campaignId, SENT)
    expect((await visitor.get(`/campaigns/${campaignId}`)).text).toContain('Aucune réponse pour l’instant.')
  })

  test('hours are those of the company’s clock, also where the database cuts them', async () => {
    const { scope, campaignId } = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 8, due: '-1 hour', state: 'running' }] })
    const { rows: recipients } = await database.pool.query<{ id: number }>('select id from recipient where campaign_id = $1 order by rank', [campaignId])
    await fc.assert(fc.asyncProperty(fc.constantFrom(...ZONES), fc.array(fc.tuple(fc.constantFrom('2026-10-24T22:00:00Z', '2026-03-28T22:00:00Z', '2026-04-04T10:00:00Z'), fc.integer({ min: 0, max: 8 * 3_600_000 }), fc.boolean()), { minLength: 1, maxLength: 8 }), async (zone, answers) => {
      await database.pool.query('delete from answer where company_id = $1', [scope.companyId])
      const moments = answers.map(([start, offset]) => new Date(Date.parse(start) + offset))
      await database.pool.query(
        "insert into answer (company_id, recipient_id, choice, source, first_answered_at, answered_at) select $1, id, choice, 'link', at, at from unnest($2::bigint[], $3::text[], $4::timestamptz[]) as a (id, choice, at)",
        [scope.companyId, recipients.slice(0, answers.length).map(({ id }) => id), answers.map(([, , isYes]) => (isYes ? 'yes' : 'no')), moments])
      const { hours } = await findAnswerHours(database.db, scope, campaignId, zone)
      for (const hour of zone === BY_HALF ? [] : hours) {
        expect(DateTime.fromJSDate(hour.at, { zone }).minute).toBe(0)
        expect(moments.filter((moment) => moment >= hour.at && moment.getTime() - hour.at.getTime() < 3_600_000).length).toBeGreaterThanOrEqual(hour.yes + hour.no)
      }
      const { yes, no } = await getProgress(database.db, scope, campaignId)
      expect([sumOf(hours, 'yes'), sumOf(hours, 'no')]).toEqual([yes, no])
    }), { numRuns: 25 })
    expect(await countOpened(database.db, scope, campaignId)).toMatchObject({ robots: 0 })
  })

  test('leads to its lines in the journal, for who may read it', async () => {
    const { visitor, campaignId, scope } = await makeFollowed(database, app)
    const page = await visitor.get(`/campaigns/${campaignId}`)
    const link = elements(page.root).find(({ tag, attributes }) => tag === 'a' && attributes['href']?.startsWith('/admin/journal'))!
    expect((await visitor.get(link.attributes['href']!.replaceAll('&amp;', '&'))).status).toBe(200)
    const recruiter = await app.signIn(await makeUser(database.db, scope, { role: 'recruiter' }))
    expect((await recruiter.get(`/campaigns/${campaignId}`)).html).not.toContain('/admin/journal?')
  })
})
