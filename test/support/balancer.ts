import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** One address before several processes, as a reverse proxy is: each connection goes to the next of them that takes it. */
export async function startBalancer(port: number, targets: readonly number[]): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  let turn = 0

  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }

  function pass(near: Socket, tries: number): void {
    const target = targets[turn++ % targets.length]!
    const far = keep(connect(target, '127.0.0.1'))
    far.once('connect', () => {
      near.pipe(far).pipe(near)
      near.once('close', () => far.destroy())
      far.once('close', () => near.destroy())
    })
    far.once('error', () => {
      if (far.bytesRead + far.bytesWritten === 0 && tries < targets.length) pass(near, tries + 1)
      else near.destroy()
    })
  }

  const server = createServer((near) => pass(keep(near), 1))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    async close(): Promise<void> {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
