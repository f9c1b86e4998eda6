import type { AddressInfo, Socket } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export type MailServer = Awaited<ReturnType<typeof startMailServer>>

/** What the server does once it has the whole text: take it, refuse it, or hang up without a word. */
type Verdict = { responseCode: number; message: string } | 'hang up' | undefined

/** A mail server on this machine that keeps what it takes. `hooks` refuse, or do anything else a server may do. */
export async function startMailServer(hooks: Partial<SMTPServerOptions> = {}, judge: () => Promise<Verdict> = async () => undefined) {
  const mails: { raw: string; email: Email; to: string[] }[] = []
  const server = new SMTPServer({
    // Its own warning about the certificate it brings along.
    logger: false,
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => { void take(Buffer.concat(chunks), session.envelope.rcptTo.map(({ address }) => address)).then(done) })
    },
    ...hooks,
  })
  async function take(raw: Buffer, to: string[]): Promise<Error | null> {
    const verdict = await judge()
    if (verdict === 'hang up') {
      for (const { _socket: socket } of server.connections as unknown as Set<{ _socket: Socket }>) socket.destroy()
      return null
    }
    if (verdict) return Object.assign(new Error(verdict.message), verdict)
    mails.push({ raw: raw.toString('utf8'), email: await PostalMime.parse(raw), to })
    return null
  }
  // A client that breaks off is part of the tests.
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    mails,
    port,
    url: `smtp://127.0.0.1:${port}`,
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  }
}
