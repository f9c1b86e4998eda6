import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'

/** `count` free ports whose next port is free too: the simulator takes the one after the application's. */
export async function freePorts<Count extends number>(count: Count): Promise<number[] & { length: Count; 0: number; 1: number }> {
  const found: number[] = []
  const held: Server[] = []
  while (found.length < count) {
    const first = await listen(0)
    const next = await listen(portOf(first) + 1).catch(() => undefined)
    held.push(first, ...(next ? [next] : []))
    if (next) found.push(portOf(first))
  }
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))))
  return found as number[] & { length: Count; 0: number; 1: number }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
