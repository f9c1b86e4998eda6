import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { startProgram } from './program.ts'
import type { Line } from './sending.ts'

/** The product's own worker process, on this database and this provider. Resolves once it works. */
export async function startWorkerProcess(databaseUrl: string, line: Pick<Line, 'account' | 'simulator'>, env: Record<string, string> = {}) {
  const { applicationId, privateKey, apiKey, signatureSecret } = line.account
  const program = startProgram('src/worker.ts', {
    DATABASE_URL: databaseUrl, SECRET_KEY: 'a secret of the tests, and of nothing else', DATA_DIR: mkdtempSync(path.join(os.tmpdir(), 'dispo-worker-')),
    VONAGE_APPLICATION_ID: applicationId, VONAGE_PRIVATE_KEY: privateKey, VONAGE_API_KEY: apiKey, VONAGE_SIGNATURE_SECRET: signatureSecret, VONAGE_API_HOST: line.simulator.apiHost,
    LOG_LEVEL: 'silent', SWEEP_SECONDS: '1', SEND_RATE: '200', ...env,
  })
  await program.says(/running/)
  return {
    /** As a power cut would: nothing is finished, nothing told. */
    kill: () => program.stop('SIGKILL'),
    /** As an operator would; resolves to the exit code. */
    stop: () => program.stop(),
  }
}
