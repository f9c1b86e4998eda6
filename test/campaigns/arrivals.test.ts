import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKept } from '../../src/campaigns/kept.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeUser } from '../support/factories/accounts.ts'
import { makePlanned } from '../support/factories/batches.ts'
import { makeFollowed } from '../support/factories/followed.ts'
import { elements, textOf } from '../support/html.ts'
import type { Page } from '../support/page.ts'

/** A page that asks again by itself: what it may keep, and what it leaves alone. */

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

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const rowsOf = (page: Page) => elements(page.root).flatMap(({ attributes }) => (attributes['id']?.startsWith('recipient-') ? [Number(attributes['id'].slice('recipient-'.length))] : []))

describe('a figure that takes long', () => {
  /** A clock that a figure moves on while it is made. */
  function scene(tookMs: number) {
    let clock = 0
    let asked = 0
    const kept = createKept<number>(() => clock)
    const ask = () => kept('1 7', async () => { clock += tookMs; return ++asked })
    return { ask, wait: (ms: number) => { clock += ms }, other: () => kept('1 8', async () => -1) }
  }

  test('is asked for again only after fifty times as long; of another campaign at once', async () => {
    const { ask, wait, other } = scene(200)
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1])
    wait(9_000)
    expect([await ask(), await other()]).toEqual([1, -1])
    wait(2_000)
    expect(await ask()).toBe(2)
  })

  test('is asked for at every look while it is quick, and after a failure', async () => {
    const { ask } = scene(5)
    expect([await ask(), await ask()]).toEqual([1, 2])
    const kept = createKept<number>()
    await expect(kept('1', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
    expect(await kept('1', async () => 3)).toBe(3)
  })
})

describe('answers that come in while somebody is at the rows', () => {
  const pollOf = (page: Page) => /id="campaign-live"[^>]* hx-get="([^"]+)"/.exec(page.html)![1]!.replaceAll('&amp;', '&')
  const newsOf = (page: Page) => elements(page.root).find(({ attributes }) => attributes['id'] === 'arrivals')!

  async function answer(campaignId: number, rank: number, choice: 'yes' | 'no' = 'yes') {
    await database.pool.query("insert into answer (company_id, recipient_id, choice, source, first_answered_at, answered_at) select company_id, id, $3, 'reply', clock_timestamp(), clock_timestamp() from recipient where campaign_id = $1 and rank = $2", [campaignId, rank, choice])
  }

  test('are counted and left out until they are asked for; at other times they stand on top, marked as new', async () => {
    const { visitor, campaignId } = await makeFollowed(database, app)
    const page = await visitor.get(`/campaigns/${campaignId}`)
    const poll = pollOf(page)
    expect((await visitor.agent.get(poll).set({ 'hx-request': 'true', 'hx-request-type': 'partial' })).status).toBe(204)
    await answer(campaignId, 7)
    await answer(campaignId, 8, 'no')

    const held = await visitor.fragment(`${poll}&held=1`)
    expect(rowsOf(held)).toEqual([])
    expect(plain(textOf(newsOf(held)))).toBe('2 nouvelles réponses Afficher')
    expect(held.text).toMatch(/20 Tous 3 OUI 2 NON/)
    // The page says the same again, and nothing moves; a third one is counted from where it stopped.
    expect((await visitor.agent.get(`${pollOf(held)}&held=1`).set({ 'hx-request': 'true', 'hx-request-type': 'partial' })).status).toBe(204)
    await answer(campaignId, 9)
    expect(textOf(newsOf(await visitor.fragment(`${pollOf(held)}&held=1`)))).toContain('3 nouvelles réponses')

    const shown = await visitor.fragment(pollOf(held))
    expect(textOf(newsOf(shown))).toBe('')
    const fresh = elements(shown.root).filter(({ attributes }) => attributes['class'] === 'is-new')
    expect(fresh.map(({ attributes }) => attributes['id'])).toEqual(rowsOf(shown).slice(0, 3).map((id) => `recipient-${id}`))
    expect((await visitor.agent.get(pollOf(shown)).set({ 'hx-request': 'true', 'hx-request-type': 'partial' })).status).toBe(204)
  })

  test('are counted by the filter of the list, and on its later pages', async () => {
    const { scope, campaignId } = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 60, due: '-1 hour', state: 'running' }] })
    const visitor = await app.signIn(await makeUser(database.db, scope))
    const yes = pollOf(await visitor.get(`/campaigns/${campaignId}?show=yes`))
    const second = await visitor.get(`/campaigns/${campaignId}?q=Camille`).then((page) => visitor.get(elements(page.root).find(({ attributes }) => attributes['rel'] === 'next')!.attributes['href']!.replaceAll('&amp;', '&')))
    expect(second.text).toContain('51–60 sur 60')
    await answer(campaignId, 1, 'no')
    expect(textOf(newsOf(await visitor.fragment(`${yes}&held=1`)))).toBe('')
    await answer(campaignId, 2)
    expect(textOf(newsOf(await visitor.fragment(`${yes}&held=1`)))).toContain('1 nouvelle réponse')
    expect(textOf(newsOf(await visitor.fragment(pollOf(second))))).toContain('2 nouvelles réponses')
  })

  test.each(['held=1', 'held=2&since=-1', 'since=99999999999999999999&held=1', 'since[]=1&held[]=1', 'since=0&held=1&seen=%00'])('any question is answered: %s', async (query) => {
    const { visitor, campaignId } = await makeFollowed(database, app)
    expect((await visitor.fragment(`/campaigns/${campaignId}/progress?${query}`)).status).toBe(200)
  })
})
