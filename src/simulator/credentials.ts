/** A key pair, an application and secrets for the imaginary account, made once and kept beside the data. */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

const credentials = z.object({
  applicationId: z.uuid(),
  apiKey: z.string().min(8),
  signatureSecret: z.string().min(32),
  privateKey: z.string().includes('PRIVATE KEY'),
})

export type SimulatorCredentials = z.output<typeof credentials> & {
  publicKeyPem: string
  /** The password of the reports; made from the other secret, so that accounts from before there were any have it too. */
  apiSecret: string
  /** Where `startSimulator` keeps its messages. */
  dataFile: string
}

/** Reads `folder/simulator/credentials.json`, or writes it the first time, for this user's eyes only. */
export function loadSimulatorCredentials(folder: string): SimulatorCredentials {
  const place = path.join(folder, 'simulator')
  const file = path.join(place, 'credentials.json')
  mkdirSync(place, { recursive: true, mode: 0o700 })
  const known = readCredentials(file) ?? createCredentials(file)
  const publicKeyPem = createPublicKey(known.privateKey).export({ type: 'spki', format: 'pem' }).toString()
  const apiSecret = createHash('sha256').update(`reports ${known.signatureSecret}`).digest('base64url').slice(0, 16)
  return { ...known, publicKeyPem, apiSecret, dataFile: path.join(place, 'messages.sqlite') }
}

function readCredentials(file: string): z.output<typeof credentials> | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`The simulator's credentials cannot be read: ${file}`, { cause: error })
  }
  try {
    const known = credentials.parse(JSON.parse(text))
    createPublicKey(known.privateKey)
    return known
  } catch {
    return undefined // half a file from a crash, or a hand-made one: imaginary accounts are simply made anew
  }
}

function createCredentials(file: string): z.output<typeof credentials> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const made = {
    applicationId: randomUUID(),
    apiKey: randomBytes(4).toString('hex'),
    signatureSecret: randomBytes(32).toString('base64url'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
  // Written aside and renamed, so that a crash never leaves half a key behind.
  const draft = `${file}.${process.pid}.new`
  writeFileSync(draft, `${JSON.stringify(made, undefined, 2)}\n`, { mode: 0o600 })
  chmodSync(draft, 0o600)
  renameSync(draft, file)
  return made
}
