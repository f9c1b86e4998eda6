import { createServer, type Server } from 'node:net'

/**
 * Below the ports that the system hands to whoever asks for any: none of these is given away between the look and the start.
 * Each process begins somewhere else.
 */
const RANGE = { first: 20_000, pairs: 6_000 }
let turn = Math.floor(Math.random() * RANGE.pairs)

/** `count` free ports whose next port is free too: the simulator takes the one after the application's. */
export async function freePorts<Count extends number>(count: Count): Promise<number[] & { length: Count; 0: number; 1: number }> {
  const found: number[] = []
  while (found.length < count) {
    const port = RANGE.first + 2 * (turn++ % RANGE.pairs)
    if ((await isFree(port)) && (await isFree(port + 1))) found.push(port)
  }
  return found as number[] & { length: Count; 0: number; 1: number }
}

/** Known before the start, because the settings hold the address that links and redirects use. */
export async function freePort(): Promise<number> {
  return (await freePorts(1))[0]
}

async function isFree(port: number): Promise<boolean> {
  const probe = await listen(port).catch(() => undefined)
  if (probe) await new Promise((resolve) => probe.close(resolve))
  return probe !== undefined
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
