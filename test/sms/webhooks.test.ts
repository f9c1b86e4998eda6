import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { verifyWebhook, type WebhookToVerify } from '../../src/sms/webhooks.ts'

const SECRET = 'a secret that only the provider and we know'
const NOW = 1_795_000_000
const BODY = Buffer.from('{"message_uuid":"u","text":"déjà"}')
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function token({ header = { alg: 'HS256', typ: 'JWT' }, claims = {}, secret = SECRET }: { header?: object; claims?: object; secret?: string } = {}): string {
  const signed = `${encode(header)}.${encode({ iat: NOW - 5, jti: 'x', iss: 'Vonage', payload_hash: sha256(BODY), api_key: 'abcd1234', application_id: 'app', ...claims })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

function verdict(jwt: string, changes: Partial<WebhookToVerify> = {}) {
  const answer = verifyWebhook({ authorization: `Bearer ${jwt}`, rawBody: BODY, secret: SECRET, apiKey: 'abcd1234', applicationId: 'app', nowSeconds: NOW, ...changes })
  return answer.ok ? 'ok' : answer.problem
}

describe('verifyWebhook (reliability 2.6)', () => {
  it.each<[string, string, Partial<WebhookToVerify>?]>([
    ['a genuine one', token()],
    ['a retry signed 24 hours ago', token({ claims: { iat: NOW - 24 * 3600 } })],
    ['a clock half a minute ahead of ours', token({ claims: { iat: NOW + 30 } })],
    ['one without application, as account webhooks are', token({ claims: { application_id: undefined } })],
    ['any key, when none is configured', token({ claims: { api_key: 'other' } }), { apiKey: undefined }],
    ['a lower-case scheme', token(), { authorization: `bearer ${token()}` }],
  ])('accepts %s', (_name, jwt, changes) => expect(verdict(jwt, changes)).toBe('ok'))

  it.each<[string, string, Partial<WebhookToVerify>?]>([
    ['another secret', token({ secret: 'guess' })],
    ['an empty secret on our side', token({ secret: '' }), { secret: '' }],
    ['another body', token(), { rawBody: Buffer.from('{}') }],
    ['the same JSON written differently', token(), { rawBody: Buffer.from(JSON.stringify(JSON.parse(BODY.toString()), undefined, 1)) }],
    ['no payload_hash', token({ claims: { payload_hash: undefined } })],
    ['a payload_hash of another kind', token({ claims: { payload_hash: ['x'] } })],
    ['another issuer', token({ claims: { iss: 'vonage' } })],
    ['another API key', token({ claims: { api_key: 'other' } })],
    ['no API key', token({ claims: { api_key: undefined } })],
    ['another application', token({ claims: { application_id: 'other' } })],
    ['an iat in the future', token({ claims: { iat: NOW + 61 } })],
    ['an iat older than 25 hours', token({ claims: { iat: NOW - 25 * 3600 - 1 } })],
    ['no iat', token({ claims: { iat: undefined } })],
    ['an iat in words', token({ claims: { iat: String(NOW) } })],
    ['alg none', token({ header: { alg: 'none' } })],
    ['alg HS512', token({ header: { alg: 'HS512' } })],
    ['alg in lower case', token({ header: { alg: 'hs256' } })],
    ['a signature cut short', token().slice(0, -1)],
    ['a fourth part', `${token()}.x`],
    ['no signature', token().split('.').slice(0, 2).join('.') + '.'],
    ['no token at all', 'x'],
  ])('refuses %s', (_name, jwt, changes) => expect(verdict(jwt, changes)).toBe('invalid'))

  it('refuses RS256, even signed by a key whose public half is the secret', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ iat: NOW, iss: 'Vonage', api_key: 'abcd1234', payload_hash: sha256(BODY) })}`
    const jwt = `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`
    expect(verdict(jwt, { secret: publicKey.export({ type: 'spki', format: 'pem' }).toString() })).toBe('invalid')
  })

  it.each([undefined, '', 'Basic YTpi', 'Bearer', token()])('says that a signature is missing from %j', (authorization) => {
    expect(verdict('', { authorization })).toBe('missing')
  })

  it('never throws, and never accepts a changed byte', () => {
    const genuine = token()
    fc.assert(fc.property(fc.nat(genuine.length - 1), fc.constantFrom(...'AZaz09-_.'), (at, letter) => {
      const changed = genuine.slice(0, at) + letter + genuine.slice(at + 1)
      // base64url leaves spare bits in the last character of a part: those decode to the same bytes.
      const same = changed.split('.').length === 3 && changed.split('.').every((part, i) => Buffer.from(part, 'base64url').equals(Buffer.from(genuine.split('.')[i]!, 'base64url')))
      expect(verdict(changed)).toBe(changed === genuine || (same && signedPartIsSame(changed, genuine)) ? 'ok' : 'invalid')
    }), { numRuns: 500 })
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      verdict(text)
      verifyWebhook({ authorization: text, rawBody: BODY, secret: SECRET, nowSeconds: NOW })
    }))
  })
})

/** Header and payload are signed as text, so only the signature's spare bits may differ. */
function signedPartIsSame(changed: string, genuine: string): boolean {
  return changed.split('.').slice(0, 2).join('.') === genuine.split('.').slice(0, 2).join('.')
}
