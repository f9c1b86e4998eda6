import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inboundPayload, statusPayload } from '../../src/sms/input.ts'
import { interpretReceipt } from '../../src/sms/receipts.ts'

describe('interpretReceipt', () => {
  it.each([
    ['submitted', null, { state: 'accepted', isFinal: false, reason: null, optedOut: false }],
    ['delivered', null, { state: 'delivered', isFinal: true, reason: null, optedOut: false }],
    ['rejected', '1180', { state: 'undelivered', isFinal: true, reason: 'temporary' }],
    ['rejected', '1240', { state: 'undelivered', reason: 'opted_out', optedOut: true }],
    ['rejected', '1483', { state: 'undelivered', reason: 'opted_out', optedOut: true }],
    ['failed', '9', { state: 'undelivered', reason: 'opted_out', optedOut: true }],
    ['failed', '53', { state: 'undelivered', reason: 'opted_out', optedOut: true }],
    ['expired', '2', { state: 'undelivered', reason: 'temporary', optedOut: false }],
    ['undeliverable', '1190', { state: 'undelivered', reason: 'permanent', optedOut: false }],
    ['rejected', '1210', { state: 'undelivered', reason: 'content' }],
    ['rejected', '1120', { state: 'undelivered', reason: 'sender' }],
    ['rejected', '1241', { state: 'undelivered', reason: 'account' }],
    ['rejected', '1473', { state: 'undelivered', reason: 'fraud' }],
    ['rejected', '1490', { state: 'in_doubt', isFinal: false, reason: 'unknown' }],
    ['rejected', '999999', { state: 'undelivered', reason: 'unknown', code: '999999' }],
    ['undeliverable', null, { state: 'undelivered', reason: 'unknown', code: null }],
    ['REJECTED ', ' 1240 ', { state: 'undelivered', optedOut: true }],
    ['teleported', null, { state: 'accepted', isFinal: false }],
  ])('%s with code %s', (status, code, expected) => {
    expect(interpretReceipt(status, code)).toMatchObject(expected)
  })

  it('survives any word and any code', () => {
    fc.assert(fc.property(fc.string(), fc.option(fc.string()), (status, code) => typeof interpretReceipt(status, code).state === 'string'))
  })
})

describe('webhook bodies', () => {
  const status = { message_uuid: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab', to: '33639980001', from: 'AGENCE', timestamp: '2026-11-21T10:00:00Z', status: 'rejected', channel: 'sms' }

  it.each([[1240, '1240'], ['1240', '1240']])('reads error.title %j as a code', (title, code) => {
    expect(statusPayload.parse({ ...status, error: { type: 'https://x', title, detail: 'd' } }).error?.title).toBe(code)
  })

  it('reads the receipts and the texts of the older product, whose names differ', () => {
    const receipt = { msisdn: '33639980001', to: '38047', messageId: 'A1', status: 'failed', 'err-code': '9', 'client-ref': status.message_uuid, 'message-timestamp': '2026-11-22 09:00:00' }
    const read = statusPayload.parse(receipt)
    expect(read).toMatchObject({ message_uuid: 'A1', to: '33639980001', from: '38047', client_ref: status.message_uuid, error: { title: '9' } })
    expect(statusPayload.parse(read)).toEqual(read)
    expect(statusPayload.parse({ ...receipt, status: 'delivered', 'err-code': '0' }).error).toBeUndefined()
    const part = inboundPayload.parse({ msisdn: '33639980001', to: '38047', messageId: 'B2', text: 'un', concat: 'true', 'concat-ref': 7, 'concat-total': '2', 'concat-part': '1', 'message-timestamp': '2026-11-22 09:00:00' })
    expect(part).toMatchObject({ message_uuid: 'B2', from: '33639980001', concat: { ref: '7', total: 2, part: 1 }, timestamp: '2026-11-22T09:00:00Z' })
    expect(inboundPayload.parse(part)).toEqual(part)
    for (const wrong of [{ 'concat-total': '1' }, { 'concat-part': '0' }, { 'concat-part': '3' }, { 'concat-total': '500' }, { 'concat-ref': '' }]) {
      expect(inboundPayload.parse({ msisdn: '33639980001', to: '38047', messageId: 'B3', text: 'x', concat: 'true', 'concat-ref': '7', 'concat-total': '2', 'concat-part': '1', ...wrong }).concat).toBeUndefined()
    }
  })

  it('accepts count_total and total_count, and keeps what it does not know', () => {
    expect(statusPayload.parse({ ...status, sms: { count_total: '2' } }).sms?.count_total).toBe('2')
    expect(statusPayload.parse({ ...status, sms: { total_count: 3 }, novelty: { a: 1 } })).toMatchObject({ sms: { count_total: '3' }, novelty: { a: 1 } })
  })

  it('does not lose a status over a strange optional part', () => {
    expect(statusPayload.parse({ ...status, error: 'oops', usage: 3, sms: [], destination: null, client_ref: { a: 1 } })).toMatchObject({ status: 'rejected' })
  })

  it('refuses a body without identity, whatever its shape', () => {
    for (const body of [null, [], 'x', 3, {}, { ...status, message_uuid: '' }, { ...status, status: null }]) expect(statusPayload.safeParse(body).success).toBe(false)
    expect(inboundPayload.safeParse({ ...status, from: '' }).success).toBe(false)
  })

  it('cleans what PostgreSQL cannot store', () => {
    const inbound = inboundPayload.parse({ message_uuid: 'u', to: 33644630000, from: '33639980001', text: 'a\u0000b\ud800c', extra: { deep: '\u0000' } })
    expect(inbound).toMatchObject({ text: 'ab\ufffdc', to: '33644630000', extra: { deep: '' } })
    expect(inboundPayload.parse({ message_uuid: 'u', to: '1', from: '2' }).text).toBe('')
  })

  it('never throws on hostile JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => {
      statusPayload.safeParse(body)
      inboundPayload.safeParse(body)
    }))
    let deep: unknown = {}
    for (let i = 0; i < 5000; i++) deep = { deep }
    expect(statusPayload.safeParse(deep).success).toBe(false)
  })
})
