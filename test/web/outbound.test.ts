import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOutboundFetch, InsideAddress, isInside } from '../../src/web/outbound.ts'

let server: Server
let port: number
let calls = 0

beforeAll(async () => {
  server = createServer((request, response) => {
    calls += 1
    if (request.url === '/away') return void response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end()
    if (request.url === '/silent') return
    if (request.url === '/slow') {
      const drops = setInterval(() => response.write('.'), 20)
      return void response.on('close', () => clearInterval(drops))
    }
    if (request.url === '/large') return void response.end('x'.repeat(2 * 1024 * 1024))
    if (request.url === '/echo') return void response.end(`${request.method} ${request.headers['content-type']}`)
    response.end('hello')
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  port = (server.address() as AddressInfo).port
})
afterAll(() => { server.closeAllConnections(); server.close() })

describe('an address', () => {
  test.each(['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '::1', '::', '::ffff:10.0.0.1', '::ffff:7f00:1', '64:ff9b::a00:1', 'fd00::1', 'fe80::1', 'ff02::1', 'nonsense',
    '192.0.0.8', '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.19.255.1', '198.51.100.1', '203.0.113.1', '239.1.1.1', '100.127.255.255', '64:ff9b:1::1', '64:ff9b::7f00:1', '::ffff:127.0.0.1', '100::1', '2001::1', '2001:1ff::1', '2001:db8::1', '2002:a00:1::1', 'febf::1'])('%s is inside', (address) => {
    expect(isInside(address)).toBe(true)
  })

  test.each(['9.9.9.9', '172.32.0.1', '172.15.255.255', '100.63.255.255', '100.128.0.1', '198.17.255.255', '198.20.0.1', '11.0.0.1', '192.0.1.1', '223.255.255.255', '::ffff:9.9.9.9', '2001:200::1', '2003::1', 'fbff::1', '2606:4700::1111', '2a00:1450::1'])('%s is outside', (address) => {
    expect(isInside(address)).toBe(false)
  })
})

describe('a call', () => {
  test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])('to %s never leaves', async (host) => {
    const before = calls
    const problem = await createOutboundFetch([])(`http://${host}:${port}/`).catch((error: unknown) => error)
    const found = problem instanceof InsideAddress ? problem : (problem as Error).cause
    expect(found).toBeInstanceOf(InsideAddress)
    expect(calls).toBe(before)
  })

  test('to a host that the operator allows goes through', async () => {
    const response = await createOutboundFetch(['localhost'])(`http://localhost:${port}/`)
    expect(await response.text()).toBe('hello')
  })

  test('to a host that the operator allows goes through however it is written', async () => {
    expect((await createOutboundFetch(['LOCALHOST'])(`http://LocalHost:${port}/`)).status).toBe(200)
    // One host that is allowed opens no other.
    await expect(createOutboundFetch(['localhost'])(`http://127.0.0.1:${port}/`)).rejects.toThrow(InsideAddress)
  })

  test.each(['/silent', '/slow'])('gives up on %s, after its own time or when whoever called does', async (path) => {
    const read = (call: Promise<Response>) => call.then((response) => response.text())
    await expect(read(createOutboundFetch(['127.0.0.1'], { timeoutMs: 100 })(`http://127.0.0.1:${port}${path}`))).rejects.toThrow(/timeout/i)
    await expect(read(createOutboundFetch(['127.0.0.1'])(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.abort(new Error('enough')) }))).rejects.toThrow('enough')
  })

  test('carries what it is given', async () => {
    const response = await createOutboundFetch(['127.0.0.1'])(`http://127.0.0.1:${port}/echo`, { method: 'POST', body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    expect(await response.text()).toBe('POST application/x-www-form-urlencoded')
  })

  test('follows no redirect', async () => {
    const response = await createOutboundFetch(['127.0.0.1'])(`http://127.0.0.1:${port}/away`)
    expect(response.status).toBe(302)
  })

  test('gives up on what is too large', async () => {
    await expect(createOutboundFetch(['127.0.0.1'])(`http://127.0.0.1:${port}/large`).then((response) => response.text())).rejects.toThrow(/terminated|exceeded/)
  })
})
