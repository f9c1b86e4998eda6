import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { PATIENCE } from '../../src/connector/calls.ts'
import { dispo } from '../../src/connector/dispo.ts'
import { greenhouse } from '../../src/connector/greenhouse.ts'
import { memoryIn } from '../../src/connector/memory.ts'
import { findGone, pullCandidates, writeNotes } from '../../src/connector/passes.ts'
import { client } from '../api/client.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeApiScene } from '../support/factories/api.ts'
import { makeContact } from '../support/factories/candidates.ts'
import { startGreenhouse, type TheirCandidate } from './greenhouse-server.ts'

let database: TestDatabase
let app: TestApp
let theirs: Awaited<ReturnType<typeof startGreenhouse>>
let scene: Awaited<ReturnType<typeof makeApiScene>>
let folder: string
const waits: number[] = []
const told: Record<string, unknown>[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  theirs = await startGreenhouse()
  folder = mkdtempSync(path.join(os.tmpdir(), 'connector-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await theirs?.close()
  await app?.close()
  await database?.close()
})

let passes = 0
beforeEach(async () => {
  scene = await makeApiScene(database.db)
  theirs.people.clear()
  theirs.notes.length = 0
  theirs.asked.length = 0
  theirs.faults.length = 0
  told.length = 0
  waits.length = 0
  for (const id of [1, 2, 3, 4, 5]) theirs.people.set(id, person(id))
  passes += 1
})

const person = (id: number, more: Partial<TheirCandidate> = {}): TheirCandidate => ({
  id, first_name: 'Awa', last_name: `Diallo ${id}`, title: 'Coffreuse', phone_numbers: [{ value: `06 39 98 02 0${id}`, type: 'mobile' }], email_addresses: [{ value: `awa${id}@example.org`, type: 'personal' }],
  tags: ['sms ok'], updated_at: '2026-06-01T10:00:00.000Z', ...more,
})

/** The connector as a process begins it: with nothing but its settings and its file. */
function begin() {
  const patience = { ...PATIENCE, tries: 3, pause: async (ms: number) => { waits.push(ms) } }
  return {
    greenhouse: greenhouse(theirs.account, patience), dispo: dispo({ url: app.url, key: scene.key }, patience), memory: memoryIn(path.join(folder, `${passes}.json`)),
    tell: (line: Record<string, unknown>) => { told.push(line) }, consent: { tag: 'sms ok', source: 'Greenhouse' },
  }
}
const ours = async () => (await client(app, scene.key)('GET', '/candidates')).json.data as { id: number; external_id: string; last_name: string; texting: { obstacle: string | null } }[]
const count = (result: string) => told.reduce((sum, line) => sum + (Number(line[result]) || 0), 0)

describe('The connector', () => {
  test('takes over everybody page by page, then only who has changed', async () => {
    await pullCandidates(begin())
    expect((await ours()).map(({ external_id, texting }) => [external_id, texting.obstacle]).sort()).toEqual([1, 2, 3, 4, 5].map((id) => [`greenhouse-${id}`, null]))
    expect(theirs.asked.filter((line) => line.includes('/v3/candidates'))).toHaveLength(3)
    theirs.people.set(3, person(3, { last_name: 'Traoré', updated_at: new Date().toISOString() }))
    theirs.asked.length = 0
    await pullCandidates(begin())
    expect(theirs.asked.filter((line) => line.includes('/v3/candidates'))).toEqual([expect.stringContaining('updated_at=gte%7C2')])
    expect((await ours()).map(({ last_name }) => last_name).sort()).toEqual(['Diallo 1', 'Diallo 2', 'Diallo 4', 'Diallo 5', 'Traoré'])
    expect([count('created'), count('updated')]).toEqual([5, 1])
  })

  test('waits as long as it is asked to, tries again what broke, and renews its access', async () => {
    theirs.faults.push(429, 'cut', 503)
    await expect(pullCandidates(begin())).rejects.toThrow('after 3 tries')
    expect(waits).toEqual([7_000, 4_000])
    theirs.faults.push(401, 500)
    await pullCandidates(begin())
    expect(await ours()).toHaveLength(5)
    expect(theirs.asked.filter((line) => line.startsWith('POST /token')).length).toBeGreaterThan(1)
  })

  test('goes on where it was cut off', async () => {
    const parts = begin()
    let pages = 0
    const failing = { ...parts.greenhouse, page: async (from: Parameters<typeof parts.greenhouse.page>[0]) => {
      pages += 1
      if (pages === 3) throw new Error('killed')
      return parts.greenhouse.page(from)
    } }
    await expect(pullCandidates({ ...parts, greenhouse: failing })).rejects.toThrow('killed')
    expect(await ours()).toHaveLength(4)
    theirs.asked.length = 0
    await pullCandidates(begin())
    expect(theirs.asked.filter((line) => line.includes('/v3/candidates'))).toEqual([expect.stringMatching(/cursor=\w+$/)])
    expect(await ours()).toHaveLength(5)
  })

  test('follows no page to another host', async () => {
    await expect(begin().greenhouse.page({ next: 'https://elsewhere.example/v3/candidates?cursor=x' })).rejects.toThrow('another host')
  })

  test('archives who is no longer there', async () => {
    await pullCandidates(begin())
    theirs.people.delete(2)
    await findGone(begin())
    expect((await ours()).filter(({ texting }) => texting.obstacle === 'no_consent').map(({ external_id }) => external_id)).toEqual(['greenhouse-2'])
    expect(told.at(-1)).toMatchObject({ event: 'gone', archived: 1 })
  })

  test('writes each answer into a note once, also when it was cut off in between', async () => {
    await pullCandidates(begin())
    const [awa] = (await ours()).filter(({ external_id }) => external_id === 'greenhouse-1')
    const { rows: [sender] } = await database.pool.query<{ id: number }>('select id from sms_sender where company_id = $1 limit 1', [scene.scope.companyId])
    const made = await makeContact(database.db, scene.scope, { id: awa!.id, e164: '+33639980201' }, { userId: scene.user.id, senderId: sender!.id, campaignName: 'Lundi', body: 'Bonjour', answer: { choice: 'yes', comment: 'avec plaisir' } })
    theirs.faults.push('cut after', 'cut', 'cut')
    await expect(writeNotes(begin())).rejects.toThrow('after 1 tries')
    expect(theirs.notes).toHaveLength(1)
    await writeNotes(begin())
    await writeNotes(begin())
    expect(theirs.notes).toHaveLength(1)
    expect(theirs.notes[0]).toMatchObject({ candidate_id: 1, body: expect.stringContaining(`« avec plaisir »\n[Dispo ${made.recipientId}.1]`) })
  })

  test('is a program of its own, keeps no name in its file, and says in a sentence what is wrong', async () => {
    const config = path.join(folder, 'connector.json')
    writeFileSync(config, JSON.stringify({ greenhouse: theirs.account, dispo: { url: app.url, key: scene.key }, memory: path.join(folder, 'program.json') }))
    const first = await run(['--config', config])
    expect([first.code, first.errors]).toEqual([0, ''])
    expect(JSON.parse(first.output.split('\n')[0]!)).toMatchObject({ event: 'candidates', created: 2 })
    expect(await ours()).toHaveLength(5)
    expect(`${first.output}${readFileSync(path.join(folder, 'program.json'), 'utf8')}`).not.toMatch(/Diallo|Awa|0639|example/)
    writeFileSync(config, JSON.stringify({ greenhouse: { ...theirs.account, clientSecret: 'wrong' }, dispo: { url: app.url, key: scene.key } }))
    expect(await run(['--config', config])).toMatchObject({ code: 1, errors: 'Greenhouse gives no access: check client id, secret and scopes\n' })
    expect(await run([])).toMatchObject({ code: 1, errors: 'npm run connector -- --config FILE [--every SECONDS] [--gone]\n' })
  })
})

function run(args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['src/connector/main.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    const texts = { output: '', errors: '' }
    child.stdout.on('data', (chunk: Buffer) => { texts.output += String(chunk) })
    child.stderr.on('data', (chunk: Buffer) => { texts.errors += String(chunk) })
    child.once('close', (code) => resolve({ code, ...texts }))
  })
}
