import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { freePort, freePorts } from './support/ports.ts'
import { startProgram } from './support/program.ts'

/** The real program on the embedded database, as `npm start` runs it. */

const DATA_DIR = mkdtempSync(path.join(os.tmpdir(), 'dispo-program-'))
afterAll(() => { rmSync(DATA_DIR, { recursive: true, force: true }) })

const start = (port: number) => startProgram('src/main.ts', { DATA_DIR, PORT: String(port) })

it('starts with a demonstration agency, refuses a second copy, stops cleanly and keeps its data', async () => {
  const [port, other] = await freePorts(2)
  // Told to stop while it is still starting: it ends as cleanly, and the data are whole.
  const impatient = start(port)
  while (!existsSync(path.join(DATA_DIR, 'lock'))) await setTimeout(5)
  expect(await impatient.stop('SIGINT')).toBe(0)

  const first = start(port)
  expect(await first.says(/^Phones: (\S+)$/m)).toBe(`http://127.0.0.1:${port + 1}/simulator`)
  const lines = first.output().trim().split('\n').slice(0, 4)
  expect(lines).toEqual([
    `Dispo is ready: http://127.0.0.1:${port}`,
    expect.stringMatching(/^Recruiter: recruteur@demo\.example \/ \S{12,}$/),
    expect.stringMatching(/^Admin: admin@demo\.example \/ \S{12,}$/),
    `Phones: http://127.0.0.1:${port + 1}/simulator`,
  ])
  expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200)
  const phones = await fetch(`http://127.0.0.1:${port}/simulator`)
  expect([phones.status, phones.url]).toEqual([200, `http://127.0.0.1:${port + 1}/simulator`])

  const second = start(other)
  expect(await second.ended).toBe(1)
  expect(second.output().trim()).toBe(`Dispo is already running on the data in ${DATA_DIR}. Stop that copy first, or set DATA_DIR to another folder.`)

  expect(await first.stop('SIGINT')).toBe(0)

  const again = start(port)
  await again.says(/^(Phones): /m)
  // The same sign-in is printed: the demonstration agency was kept, not made anew.
  expect(again.output().split('\n').slice(0, 4)).toEqual(lines)
  expect(await again.stop('SIGTERM')).toBe(0)
})

it('says in a sentence what is wrong with a setting, and does not start', async () => {
  const wrong = startProgram('src/main.ts', { DATA_DIR, PORT: 'abc' })
  expect(await wrong.ended).toBe(1)
  expect(wrong.output().trim()).toBe('The settings are wrong:\n  - PORT must be a whole number.')
})

it('says which port is taken', async () => {
  const port = await freePort()
  const server = (await import('node:http')).createServer().listen(port, '127.0.0.1')
  const late = startProgram('src/main.ts', { DATA_DIR: mkdtempSync(path.join(os.tmpdir(), 'dispo-program-')), PORT: String(port), DEMO: 'off' })
  expect(await late.ended).toBe(1)
  expect(late.output()).toContain(`127.0.0.1:${port}. Another program uses that port: stop it or set PORT.`)
  server.close()
})
