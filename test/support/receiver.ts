import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export type Received = { path: string; headers: IncomingHttpHeaders; body: string }
export type Receiver = Awaited<ReturnType<typeof startReceiver>>

/** Another program on a port of its own, which keeps what it is told and answers as it is bidden. */
export async function startReceiver() {
  const received: Received[] = []
  let answer = (_request: IncomingMessage, response: ServerResponse): void => void response.writeHead(204).end()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
      answer(request, response)
    })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: (path = '/hook') => `http://127.0.0.1:${port}${path}`,
    received,
    /** What came to one path, each verified by the library of the standard and read; throws for what was not signed with this secret. */
    read(path: string, secret: string): { id: string; type: string; timestamp: string; data: Record<string, unknown> }[] {
      return received.filter((one) => one.path === path).map(({ headers, body }) => {
        const event = new Webhook(secret).verify(body, headers as Record<string, string>) as { type: string; timestamp: string; data: Record<string, unknown> }
        return { id: String(headers['webhook-id']), ...event }
      })
    },
    answerWith(next: typeof answer | number): void {
      answer = typeof next === 'function' ? next : (_request, response) => void response.writeHead(next).end()
    },
    async close(): Promise<void> {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
