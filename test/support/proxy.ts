import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'

export type Proxy = Awaited<ReturnType<typeof startProxy>>

/**
 * Stands between a process and its database and can be a bad network. `url` is that of `databaseUrl`, through it.
 * Connections that were open when it fell silent are lost for good, as when a firewall forgets them: nothing comes through,
 * neither side is told, and the server keeps what they had locked.
 */
export async function startProxy(databaseUrl: string) {
  const target = addressOf(databaseUrl)
  const sockets = new Set<Socket>()
  /** Of the connections made since the last silence; undefined during one. */
  let epoch: object | undefined = {}
  let delayMs = 0

  const server = createServer((near) => {
    keep(near)
    const born = epoch
    if (!born) return void near.resume()
    const far = keep(connect(target))
    join(near, far, born)
    join(far, near, born)
  })

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket)).setNoDelay(true)
  }

  function join(from: Socket, to: Socket, born: object): void {
    const pass = (act: () => void) => {
      const passLater = () => { if (epoch === born) act() }
      if (delayMs > 0) setTimeout(passLater, delayMs)
      else passLater()
    }
    from.on('data', (chunk) => pass(() => to.write(chunk)))
    from.on('end', () => pass(() => to.end()))
    from.on('close', () => pass(() => to.destroy()))
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(databaseUrl)
  url.searchParams.delete('host')
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    /** From now on nothing gets through, and nobody is told. */
    fallSilent: () => { epoch = undefined },
    /** New connections work again; those from before stay lost. */
    speakAgain: () => { epoch ??= {} },
    /** Every packet takes so long, each way. */
    delay: (ms: number) => { delayMs = ms },
    async close(): Promise<void> {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** A server of the tests listens on a Unix socket in the folder that its address names as host. */
function addressOf(databaseUrl: string): { path: string } | { host: string; port: number } {
  const { hostname, port, searchParams } = new URL(databaseUrl)
  const folder = searchParams.get('host')
  return folder ? { path: `${folder}/.s.PGSQL.${port || '5432'}` } : { host: hostname, port: Number(port || '5432') }
}
