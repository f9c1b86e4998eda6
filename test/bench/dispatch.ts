/**
 * The whole sending loop beside its limit, the bare SDK with the same provider and as many calls in flight:
 * `node test/bench/dispatch.ts [messages] [in flight] [provider's delay in ms]`. Only the ratio means something.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { openDatabase } from '../../src/db/pool.ts'
import { createDispatcher } from '../../src/messaging/dispatcher.ts'
import { loadSimulatorCredentials } from '../../src/simulator/credentials.ts'
import { createVonageGateway } from '../../src/sms/vonage.ts'
import { makeSending } from '../support/factories/messaging.ts'
import { startPostgres } from '../support/postgres.ts'
import { settings } from '../support/sending.ts'
import { makeTemplate } from '../support/template.ts'

if (process.env['BENCH_PROVIDER']) provide(Number(process.env['BENCH_PROVIDER']) - 1)
else await measure(Number(process.argv[2] ?? 3000), Number(process.argv[3] ?? 32), Number(process.argv[4] ?? 0))

async function measure(messages: number, inFlight: number, delayMs: number): Promise<void> {
  const provider = fork(import.meta.filename, { env: { ...process.env, BENCH_PROVIDER: String(delayMs + 1) } })
  const [apiHost] = (await once(provider, 'message')) as [string]
  const server = await startPostgres()
  try {
    await makeTemplate(server, 'bench')
    const database = await openDatabase({ databaseUrl: server.url('bench'), dataDir: os.tmpdir() })
    const account = loadSimulatorCredentials(mkdtempSync(path.join(os.tmpdir(), 'dispo-bench-')))
    const gateway = createVonageGateway({ ...account, apiHost, timeoutMs: 10_000 })
    const given = settings({ SEND_CONCURRENCY: String(inFlight) })
    // The rate is what a real account limits; here it must not be the limit.
    const config = { ...given, sending: { ...given.sending, perSecond: 1_000_000 } }
    const bare: number[] = []
    const whole: number[] = []
    for (let round = 0; round < 3; round++) {
      bare.push(await rate(messages, () => sendBare(gateway, messages, inFlight)))
      await makeSending(database.db, { recipients: messages })
      const dispatcher = createDispatcher({ db: database.db, gateway, config, log: pino({ level: 'silent' }) })
      whole.push(await rate(messages, async () => {
        if ((await dispatcher.runOnce()) !== messages) throw new Error('not everything was sent')
      }))
      await dispatcher.stop()
    }
    const [limit, loop] = [median(bare), median(whole)]
    console.log(JSON.stringify({ messages, inFlight, delayMs, bareSdkPerSecond: Math.round(limit), wholeLoopPerSecond: Math.round(loop), ratio: Number((loop / limit).toFixed(2)) }))
    await database.close()
  } finally {
    await server.stop()
    provider.kill()
  }
}

async function sendBare(gateway: ReturnType<typeof createVonageGateway>, messages: number, inFlight: number): Promise<void> {
  let left = messages
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (left-- > 0) await gateway.handOver({ to: '+33639980001', from: '38047', body: 'Bonjour', encoding: 'gsm7', reference: crypto.randomUUID() })
  }))
}

async function rate(messages: number, work: () => Promise<void>): Promise<number> {
  const from = performance.now()
  await work()
  return messages / ((performance.now() - from) / 1000)
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}

/** A provider that does nothing but answer, in a process of its own. */
function provide(delayMs: number): void {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const answer = () => response.writeHead(202, { 'content-type': 'application/json' }).end(`{"message_uuid":"${crypto.randomUUID()}"}`)
      if (delayMs > 0) setTimeout(answer, delayMs)
      else answer()
    })
  }).listen(0, '127.0.0.1', () => process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
}
