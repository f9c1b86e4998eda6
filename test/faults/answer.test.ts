import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cloneTemplate } from '../support/database.ts'
import { makeInvitation } from '../support/factories/landing.ts'
import { openDatabase, type OpenDatabase } from '../../src/db/pool.ts'
import { freePort } from '../support/ports.ts'
import { startProgram } from '../support/program.ts'

/** The web process dies the moment an answer is committed; the candidate's browser tries again with the same form (F-46). */

const DATA_DIR = mkdtempSync(path.join(os.tmpdir(), 'dispo-answer-'))
let url: string
let database: OpenDatabase

beforeAll(async () => {
  url = await cloneTemplate()
  database = await openDatabase({ databaseUrl: url, dataDir: DATA_DIR })
})
afterAll(async () => {
  await database?.close()
  rmSync(DATA_DIR, { recursive: true, force: true })
})

it('an answer whose process was killed at its commit is stored once, and the retry says that it is saved', async () => {
  const port = await freePort()
  const start = async () => {
    const program = startProgram('src/server.ts', { DATABASE_URL: url, DATA_DIR, PORT: String(port), SECRET_KEY: 'a secret of the tests, and of nothing else' })
    await program.says(/^Dispo web: (\S+)$/m)
    return program
  }
  for (let round = 1; round <= 2; round++) {
    const { code, recipientId } = await makeInvitation(database.db)
    const versions = () => database.db.selectFrom('answer_version').select(['version', 'choice']).where('recipient_id', '=', recipientId).execute()
    const link = `http://127.0.0.1:${port}/r/${code}`
    const doomed = await start()
    const page = await (await fetch(link)).text()
    const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']): [string, string] => [name, value])
    const form = new URLSearchParams([...hidden, ['answer', 'no'], ['comment', `essai ${round}`]])
    const post = () => fetch(`${link}/answer`, { method: 'POST', body: form, headers: { 'content-type': 'application/x-www-form-urlencoded' } })

    const first = post().then((response) => response.status, () => 'lost')
    while ((await versions()).length === 0) await database.pool.query('select 1')
    await doomed.stop('SIGKILL')
    // Whether the page still came back or was lost with the process is luck; what is stored is not.
    expect(['lost', 200]).toContain(await first)

    const again = await start()
    const retried = await post()
    expect([retried.status, await retried.text()]).toEqual([200, expect.stringContaining('votre réponse est enregistrée')])
    expect(await versions()).toEqual([{ version: 1, choice: 'no' }])
    expect(await database.db.selectFrom('follow_up_note').select('kind').where('recipient_id', '=', recipientId).execute()).toEqual([{ kind: 'automatic' }])
    await again.stop()
  }
})
