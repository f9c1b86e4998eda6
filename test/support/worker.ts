import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { COMPILED } from './program.ts'
import type { Line } from './sending.ts'

const ENTRY = path.resolve(import.meta.dirname, '../../src/worker.ts')

/** The product's own worker process, on this database and this provider. Resolves once it works. */
export async function startWorkerProcess(databaseUrl: string, line: Pick<Line, 'account' | 'simulator'>, env: Record<string, string> = {}) {
  const { applicationId, privateKey, apiKey, signatureSecret } = line.account
  const child = spawn(process.execPath, [ENTRY], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...COMPILED, PATH: process.env['PATH'], DATABASE_URL: databaseUrl, SECRET_KEY: 'a secret of the tests, and of nothing else', DATA_DIR: mkdtempSync(path.join(os.tmpdir(), 'dispo-worker-')),
      VONAGE_APPLICATION_ID: applicationId, VONAGE_PRIVATE_KEY: privateKey, VONAGE_API_KEY: apiKey, VONAGE_SIGNATURE_SECRET: signatureSecret, VONAGE_API_HOST: line.simulator.apiHost,
      LOG_LEVEL: 'silent', SWEEP_SECONDS: '1', SEND_RATE: '200', ...env,
    },
  })
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)))
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      said += String(chunk)
      if (said.includes('running')) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void exited.then((how) => reject(new Error(`the worker ended (${how}): ${said}`)))
  })
  return {
    /** As a power cut would: nothing is finished, nothing told. */
    kill: () => end('SIGKILL'),
    /** As an operator would; resolves to the exit code. */
    stop: () => end('SIGTERM'),
  }

  function end(signal: NodeJS.Signals) {
    child.kill(signal)
    return exited
  }
}
