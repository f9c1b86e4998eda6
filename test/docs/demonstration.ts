import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { APIRequestContext } from 'playwright-core'
import { loadConfig } from '../../src/config.ts'
import { seedDemo } from '../../src/demo/seed.ts'
import { openDeps, startWeb } from '../../src/start.ts'
import { freePort } from '../support/ports.ts'

export type Demonstration = Awaited<ReturnType<typeof startDemonstration>>

/** A Wednesday, 10:40 in Paris, within the hours of sending: the moment of all pictures. */
const NOW = '2026-11-25T09:40:00Z'
/** Short links have a host of their own, as in production. */
const LINK_HOST = 'sms.agence.example'

/** The product with its demonstration in a folder of its own, where it is always the same moment. */
export async function startDemonstration() {
  stopClock()
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'dispo-pictures-'))
  const port = await freePort()
  const config = loadConfig({
    DATA_DIR: dataDir, PORT: String(port), LINK_URL: `https://${LINK_HOST}`, LOG_LEVEL: 'error',
    SECRET_KEY: 'a secret of the pictures, and of nothing else', DEMO_PASSWORD: 'a password for pictures',
  })
  const opened = await openDeps(config, 'pictures')
  const { deps } = opened
  await deps.pool.query(`create or replace function app_now() returns timestamptz language sql stable as $$ select timestamptz '${NOW}' $$`)
  const people = await seedDemo(deps)
  if (!people) throw new Error('there is no demonstration')
  const web = await startWeb(deps)
  await deps.queue.work()
  return {
    url: config.appUrl,
    linkHost: LINK_HOST,
    /** Signs the visitor in as the administrator of the demonstration. */
    signIn: (request: APIRequestContext) => signIn(request, people.admin),
    async find(question: string, ...values: readonly unknown[]): Promise<string> {
      const { rows: [row] } = await deps.pool.query<Record<string, unknown>>(question, [...values])
      if (!row) throw new Error(`nothing found: ${question}`)
      return String(Object.values(row)[0])
    },
    /** Without TLS: the browser is led straight to the program. */
    linkOf: (code: string) => `http://${LINK_HOST}/${code}`,
    async stop(): Promise<void> {
      await web.stop()
      await opened.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** The program's own clock stands still too: pages say how long ago something was. */
function stopClock(): void {
  const moment = Date.parse(NOW)
  const RealDate = Date
  globalThis.Date = class extends RealDate {
    constructor(...given: unknown[]) {
      if (given.length === 0) super(moment)
      else super(...(given as [number]))
    }

    static override now(): number {
      return moment
    }
  } as DateConstructor
}

async function signIn(request: APIRequestContext, { email, password }: { email: string; password: string }): Promise<void> {
  const token = /name="_csrf" value="([^"]+)"/.exec(await (await request.get('/login')).text())?.[1] ?? ''
  const answer = await request.post('/login', { form: { _csrf: token, email, password }, maxRedirects: 0 })
  if (answer.status() !== 303) throw new Error(`sign-in failed: ${answer.status()}`)
}
