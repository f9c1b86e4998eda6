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
    if (request.url === '/large') return void response.end('x'.repeat(2 * 1024 * 1024))
    response.end('hello')
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  port = (server.address() as AddressInfo).port
})
afterAll(() => { server.close() })

describe('an address', () => {
  test.each(['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '::1', '::', '::ffff:10.0.0.1', '::ffff:7f00:1', '64:ff9b::a00:1', 'fd00::1', 'fe80::1', 'ff02::1', 'nonsense'])('%s is inside', (address) => {
    expect(isInside(address)).toBe(true)
  })

  test.each(['9.9.9.9', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])('%s is outside', (address) => {
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

  test('follows no redirect', async () => {
    const response = await createOutboundFetch(['127.0.0.1'])(`http://127.0.0.1:${port}/away`)
    expect(response.status).toBe(302)
  })

  test('gives up on what is too large', async () => {
    await expect(createOutboundFetch(['127.0.0.1'])(`http://127.0.0.1:${port}/large`).then((response) => response.text())).rejects.toThrow(/terminated|exceeded/)
  })
})
