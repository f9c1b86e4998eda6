/**
 * Holds the API to its own description for as long as wanted: `npm run api:check -- [--runs 50] [--seed 1] [--only createCampaign] [--alone]`. A server of its own, an
 * agency, and for each operation so many requests as described and as many spoilt ones; ajv judges every answer. Unless `--alone`, which
 * needs no network, two outside programs look too, each of a fixed version fetched by npm: Redocly reads the description, and the
 * requests go through the validating proxy Prism, which reads the description in its own way and tells what breaks it.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs, promisify } from 'node:util'
import fc from 'fast-check'
import type { OpenApi } from '../../src/api/openapi.ts'
import { openDatabase } from '../../src/db/pool.ts'
import { startTestApp } from '../support/app.ts'
import { startPostgres } from '../support/postgres.ts'
import { until } from '../support/sending.ts'
import { makeTemplate } from '../support/template.ts'
import { freePort } from '../support/ports.ts'
import { hold, makeJudge, operationsOf, requestsOf, type Finding } from './contract.ts'
import { makeContractScene } from './contract.scene.ts'

const PRISM = '@stoplight/prism-cli@5.16.0'
const REDOCLY = '@redocly/cli@2.77.0'
/** A key may ask so often in a minute; then the next one is taken. */
const PER_KEY = 500

const { values: { runs: runsGiven, seed: seedGiven, only, alone } } = parseArgs({ options: { runs: { type: 'string', default: '50' }, seed: { type: 'string', default: String(Date.now() % 100_000) }, only: { type: 'string' }, alone: { type: 'boolean', default: false } } })
const runs = Number(runsGiven)
const seed = Number(seedGiven)
console.log(`seed ${seed}, ${runs} fitting and ${runs} spoilt requests for each operation`)

const folder = await mkdtemp(path.join(os.tmpdir(), 'dispo-api-'))
const server = await startPostgres()
let proxy: ChildProcess | undefined
let failed = false
try {
  await makeTemplate(server, 'api_check')
  const opened = await openDatabase({ databaseUrl: server.url('api_check'), dataDir: folder })
  const database = { ...opened, url: server.url('api_check') }
  const app = await startTestApp(database, { env: { LOG_LEVEL: 'error' } })
  const scene = await makeContractScene(database)
  const description = (await (await fetch(`${app.url}/api/openapi.json`)).json()) as OpenApi
  const file = path.join(folder, 'openapi.json')
  await writeFile(file, JSON.stringify(description))
  if (!alone) failed = !(await readByRedocly(file))

  const examples = makeJudge(description).examples()
  console.log(`examples that their own schemas refuse: ${examples.join('\n') || 'none'}`)
  failed ||= examples.length > 0

  const live = await hammer(description, `${app.url}/api/v1`, 'live')
  failed ||= live.length > 0
  if (!alone) {
    const port = await freePort()
    proxy = spawn('npm', ['exec', '--yes', `--package=${PRISM}`, '--', 'prism', 'proxy', file, `${app.url}/api/v1`, '--port', String(port), '--validate-request', 'false'], { stdio: 'ignore', detached: true, env: { ...process.env, SCARF_ANALYTICS: 'false' } })
    await until(() => fetch(`http://127.0.0.1:${port}/answers`).then(() => true, () => false), 'the proxy listens', 120_000)
    failed = (await hammer(description, `http://127.0.0.1:${port}`, 'test')).length > 0 || failed
  }
  await app.close()
  await opened.close()

  async function hammer(said: OpenApi, base: string, kind: 'live' | 'test'): Promise<Finding[]> {
    const requests = operationsOf(said).filter((id) => only === undefined || id === only).flatMap((id) => [false, true].flatMap((isSpoilt) => fc.sample(requestsOf(said, id, scene.ids, isSpoilt), { numRuns: runs, seed })))
    const keys = await Promise.all(Array.from({ length: Math.ceil(requests.length / PER_KEY) }, () => scene.keyOf(kind)))
    const { findings, statuses } = await hold(said, { base, keyFor: (n) => keys[Math.floor(n / PER_KEY)]! }, requests)
    console.log(`${requests.length} requests with a ${kind} key at ${base}: ${Object.entries(statuses).map(([status, n]) => `${n} × ${status}`).join(', ')}; ${findings.length} findings`)
    for (const finding of findings.slice(0, 30)) console.log(`\n${finding.operation}: ${finding.what}\n  ${finding.request}\n  ${finding.answer}`)
    return findings
  }
} finally {
  // With what npm started for it.
  if (proxy?.pid !== undefined) process.kill(-proxy.pid)
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0

async function readByRedocly(file: string): Promise<boolean> {
  try {
    const { stdout, stderr } = await promisify(execFile)('npm', ['exec', '--yes', `--package=${REDOCLY}`, '--', 'redocly', 'lint', file, '--extends', 'spec', '--format', 'summary'], { env: { ...process.env, REDOCLY_TELEMETRY: 'off' } })
    console.log(`${REDOCLY}: ${(stdout + stderr).trim().split('\n').at(-1)}`)
    return true
  } catch (error) {
    console.log(`${REDOCLY}:\n${(error as { stdout?: string }).stdout ?? ''}${(error as { stderr?: string }).stderr ?? String(error)}`)
    return false
  }
}
