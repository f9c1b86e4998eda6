/**
 * The only gateway: Vonage's Messages API v1 through its SDK. https://developer.vonage.com/en/api/messages
 *
 * The SDK prepares and signs; the one exchange over the wire is ours, because the SDK's own (3.30.1) follows redirects, which
 * can post a message twice, reads answers of any size, cannot tell a request that never left from one that was lost, and costs
 * as much again as all the rest (fetch, and a Response to decode).
 */
import { Vonage } from '@vonage/server-sdk'
import { z } from 'zod'
import type { HandOver, SmsGateway, SmsToSend } from './gateway.ts'
import { createExchange, UnreadableAnswer, type Answer } from './vonage.exchange.ts'
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

/**
 * The SDK signs every request (RSA-2048) with a token that lives 900 s and may be used again. Measured on two cores against a local server,
 * 3,000 calls 32 at a time, three interleaved rounds: 1,370–2,100 messages per second with the token kept, 410–500 signing each, 3.4–4.2 times.
 */
const TOKEN_REUSE_SECONDS = 600

/** The SDK failed before anything was sent: a key it cannot sign with, most likely. */
export class NeverLeft extends Error {}
/** Any status that is not a success. */
class Refusal extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super(`The provider answered ${answer.status}`)
    this.answer = answer
  }
}

/** Protected in the SDK's types; both are documented extension points of its `Client`. */
type SdkHooks = {
  prepareRequest(request: SdkRequest): Promise<SdkRequest>
  prepareBody(request: SdkRequest): string | undefined
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

function outcomeOf(error: unknown): HandOver {
  if (error instanceof NeverLeft) return { outcome: 'account_refused', code: 'cannot_sign', detail: 'The private key cannot sign a request' }
  if (error instanceof UnreadableAnswer) return { outcome: 'in_doubt', reason: 'unreadable_answer' }
  if (error instanceof Refusal) return fromRefusal(error.answer.status, error.answer.headers['retry-after'], error.answer.body)
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
  const exchange = createExchange(timeoutMs)
  messages.sendRequest = (request) => post(messages as unknown as SdkHooks, request, exchange)
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

/** What the SDK makes of a message, sent as exactly one POST. The SDK itself reads `data` alone; what it finds there is checked by our caller. */
async function post(sdk: SdkHooks, request: SdkRequest, exchange: ReturnType<typeof createExchange>): Promise<never> {
  const answer = await exchange(await prepare(sdk, request))
  if (answer.status < 200 || answer.status >= 300) throw new Refusal(answer)
  return { data: readJson(answer.body) } as never
}

async function prepare(sdk: SdkHooks, request: SdkRequest) {
  try {
    const prepared = await sdk.prepareRequest(request)
    return { url: prepared.url, headers: prepared.headers as Record<string, string>, body: sdk.prepareBody(prepared) ?? '' }
  } catch {
    // The SDK's message may quote what it signs with; the cause is not kept on purpose.
    throw new NeverLeft('The request could not be prepared')
  }
}

function readJson(body: string): object {
  try {
    return Object(JSON.parse(body)) as object
  } catch {
    throw new UnreadableAnswer('The answer is not JSON')
  }
}
