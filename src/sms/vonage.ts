/**
 * The only gateway: Vonage's Messages API v1 through its SDK. https://developer.vonage.com/en/api/messages
 *
 * The SDK prepares, signs and decodes; its one exchange over the wire is ours, because the SDK's own (3.30.1) follows redirects, which
 * can post a message twice, reads answers of any size, and cannot tell a request that never left from one that was lost.
 */
import { Vonage } from '@vonage/server-sdk'
import { z } from 'zod'
import type { HandOver, SmsGateway, SmsToSend } from './gateway.ts'
import { fromFailure, fromRefusal } from './vonage.outcomes.ts'

export type VonageOptions = {
  applicationId: string
  /** PEM text. */
  privateKey: string
  /** `https://api.nexmo.com`, another region, or the simulator. */
  apiHost: string
  /** For a whole hand-over, connecting and reading the answer included. */
  timeoutMs: number
}

/** Real answers have about 60 bytes; anything longer than this is not one. */
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * The SDK signs every request (RSA-2048) with a token that lives 900 s and may be used again. Measured on two cores against a local server,
 * 3,000 calls 32 at a time, three interleaved rounds: 1,370–2,100 messages per second with the token kept, 410–500 signing each, 3.4–4.2 times.
 */
const TOKEN_REUSE_SECONDS = 600

/** Our timeout or the 64 KiB limit struck, or the stream broke, after a successful status line. */
export class UnreadableAnswer extends Error {}
/** The SDK failed before anything was sent: a key it cannot sign with, most likely. */
export class NeverLeft extends Error {}

/** Protected in the SDK's types; all three are documented extension points of its `Client`. */
type SdkHooks = {
  prepareRequest(request: SdkRequest): Promise<SdkRequest>
  prepareBody(request: SdkRequest): string | undefined
  parseResponse(request: SdkRequest, response: Response): Promise<never>
}
type SdkRequest = Parameters<Vonage['messages']['sendRequest']>[0]

const acceptedAnswer = z.object({ messageUUID: z.string().trim().min(1).max(100) })

/** Throws when the options cannot work at all; a hand-over never throws. */
export function createVonageGateway(options: VonageOptions): SmsGateway {
  const messages = connect(options)
  return {
    async handOver(sms) {
      try {
        const answer = acceptedAnswer.safeParse(await messages.send(toMessage(sms)))
        return answer.success ? { outcome: 'accepted', providerId: answer.data.messageUUID } : { outcome: 'in_doubt', reason: 'unreadable_answer' }
      } catch (error) {
        return outcomeOf(error)
      }
    },
  }
}

async function outcomeOf(error: unknown): Promise<HandOver> {
  if (error instanceof NeverLeft) return { outcome: 'account_refused', code: 'cannot_sign', detail: 'The private key cannot sign a request' }
  if (error instanceof UnreadableAnswer) return { outcome: 'in_doubt', reason: 'unreadable_answer' }
  const response = error instanceof Error && 'response' in error && error.response instanceof Response ? error.response : undefined
  // The SDK also calls an undecodable 202 an error, with that status: the message may well be on its way.
  if (response && !response.ok) return fromRefusal(response.status, response.headers, await response.text().catch(() => ''))
  return fromFailure(error)
}

function toMessage(sms: SmsToSend) {
  return {
    channel: 'sms',
    messageType: 'text',
    to: sms.to.replace(/^\+/, ''),
    from: sms.from.replace(/^\+/, ''),
    text: sms.body,
    clientRef: sms.reference,
    sms: { encodingType: sms.encoding === 'gsm7' ? 'text' : 'unicode' },
  } as Parameters<Vonage['messages']['send']>[0]
}

function connect({ applicationId, privateKey, apiHost, timeoutMs }: VonageOptions): Vonage['messages'] {
  const host = new URL(apiHost)
  if (host.protocol !== 'https:' && host.protocol !== 'http:') throw new Error(`The provider's address must start with https: ${host.protocol}`)
  if (applicationId === '' || !privateKey.includes('PRIVATE KEY')) throw new Error('The provider needs an application id and a private key in PEM form')
  // No trailing slash: the SDK would ask for //v1/messages. No `signature` either: with it the SDK falls back to Basic authentication.
  const { messages } = new Vonage({ applicationId, privateKey }, { apiHost: host.href.replace(/\/+$/, '') })
  keepToken(messages)
  messages.sendRequest = (request) => exchange(messages as unknown as SdkHooks, request, timeoutMs)
  return messages
}

function keepToken(messages: Vonage['messages']): void {
  const sign = messages.addAuthenticationToRequest.bind(messages)
  let token: { header: string; signedAt: number } | undefined
  messages.addAuthenticationToRequest = async (request) => {
    const now = Date.now()
    // A clock set back also ends a token: the provider's clock might find it issued in the future.
    const fresh = token && now >= token.signedAt && now - token.signedAt < TOKEN_REUSE_SECONDS * 1000 ? token : undefined
    if (fresh) return Object.assign(request, { headers: { ...request.headers, Authorization: fresh.header } })
    const signed = await sign(request)
    const header = (signed.headers as Record<string, string> | undefined)?.['Authorization']
    if (header) token = { header, signedAt: now }
    return signed
  }
}

/** Exactly one POST; a redirect comes back as the 3xx it is. */
async function exchange(sdk: SdkHooks, request: SdkRequest, timeoutMs: number): Promise<never> {
  const { url, init } = await prepare(sdk, request)
  // Not AbortSignal.timeout: it cannot be cleared, and thousands of finished calls would each still make their exception.
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), timeoutMs)
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: limit.signal })
    // A refusal is proven by its status line, whatever becomes of its body.
    const text = response.ok ? await readAnswer(response) : await readAnswer(response).catch(() => '')
    const hasBody = ![204, 205, 304].includes(response.status)
    return await sdk.parseResponse(request, new Response(hasBody ? text : null, { status: response.status, headers: response.headers }))
  } finally {
    clearTimeout(timer)
  }
}

async function prepare(sdk: SdkHooks, request: SdkRequest) {
  try {
    const prepared = await sdk.prepareRequest(request)
    const body = sdk.prepareBody(prepared) ?? null
    return { url: prepared.url, init: { method: prepared.method, headers: prepared.headers as Record<string, string>, body } }
  } catch {
    // The SDK's message may quote what it signs with; the cause is not kept on purpose.
    throw new NeverLeft('The request could not be prepared')
  }
}

async function readAnswer(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength
      if (size > MAX_ANSWER_BYTES) break
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new UnreadableAnswer('The answer broke off', { cause })
  }
  if (size > MAX_ANSWER_BYTES) throw new UnreadableAnswer('The answer is too long')
  return Buffer.concat(chunks).toString('utf8')
}
