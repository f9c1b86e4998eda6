import { Readable } from 'node:stream'
import MailComposer from 'nodemailer/lib/mail-composer'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Config } from '../config.ts'
import { HAND_OVER_SECONDS, type HandOver, type MailReason } from './domain.ts'

export type MailServer = NonNullable<Config['mail']>
export type Parcel = {
  /** The same at every attempt. */
  messageKey: string
  date: Date
  senderName: string
  to: { address: string; name: string }
  subject: string
  html: string
  text: string
}

type SmtpError = Error & { code?: string; originalCode?: string; command?: string; response?: string; responseCode?: number }

/**
 * Hands one mail to the server, and tells what is known of the outcome. `mayBegin` is asked at the last moment before the text
 * goes over the line: from then on only an answer of the server proves that it did not take it.
 */
export async function handOver(server: MailServer, parcel: Parcel, mayBegin: () => boolean = () => true): Promise<HandOver> {
  const bytes = await compose(server, parcel)
  let hasBegun = false
  // Read only once the server has asked for the text.
  const body = Readable.from((async function* () {
    if (!mayBegin()) throw new Error('the claim is over')
    hasBegun = true
    yield bytes
  })(), { objectMode: false })
  try {
    await converse(server, { from: server.from.address, to: [parcel.to.address], size: bytes.length }, body)
    return { outcome: 'sent' }
  } catch (error) {
    return judge(error as SmtpError, hasBegun)
  }
}

async function compose(server: MailServer, parcel: Parcel): Promise<Buffer> {
  const domain = server.from.address.slice(server.from.address.indexOf('@') + 1)
  const message = new MailComposer({
    from: { name: server.from.name || parcel.senderName, address: server.from.address },
    to: parcel.to,
    subject: parcel.subject,
    messageId: `<${parcel.messageKey}@${domain}>`,
    date: parcel.date,
    text: parcel.text,
    html: parcel.html,
    // Nobody's absence note should answer (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile()
  return message.build()
}

function converse(server: MailServer, envelope: { from: string; to: string[]; size: number }, body: Readable): Promise<void> {
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.isSecure,
    requireTLS: !server.isSecure && !server.mayBePlain,
    ignoreTLS: server.mayBePlain,
    tls: { minVersion: 'TLSv1.2' },
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    dnsTimeout: 10_000,
    socketTimeout: 30_000,
  })
  return new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => end(Object.assign(new Error('the server took too long'), { code: 'ETIMEDOUT' })), HAND_OVER_SECONDS * 1000)
    const end = (error?: Error | null) => {
      clearTimeout(timer)
      if (error) {
        connection.close()
        body.destroy()
        reject(error)
      } else {
        connection.quit()
        resolve()
      }
    }
    connection.once('error', end)
    connection.connect((failure) => {
      if (failure) return end(failure)
      // A second error may follow a failed hand-over; the outcome is settled by the first.
      connection.on('error', () => {})
      const send = () => connection.send(envelope, body, (error) => end(error))
      if (server.user === undefined) return send()
      connection.login({ user: server.user, pass: server.password ?? '' }, (error) => (error ? end(error) : send()))
    })
  })
}

function judge(error: SmtpError, hasBegun: boolean): HandOver {
  const code = error.responseCode
  const answer = typeof error.response === 'string' ? error.response.replace(/\p{Cc}+/gu, ' ').slice(0, 500) : null
  if (hasBegun && code === undefined) return { outcome: 'in_doubt', reason: 'broken-off', answer }
  // What is wrong with our own settings is no fault of the mail: it goes once that is mended.
  if (error.code === 'EAUTH' || error.code === 'ENOAUTH') return { outcome: 'later', reason: 'login', answer }
  if (isAboutTls(error)) return { outcome: 'later', reason: 'insecure', answer }
  if (code !== undefined && code >= 500) return { outcome: 'failed', reason: permanentReason(error), answer }
  if (code !== undefined) return { outcome: 'later', reason: 'busy', answer }
  if (error.code === 'EENVELOPE') return { outcome: 'failed', reason: 'recipient', answer }
  return { outcome: 'later', reason: 'unreachable', answer }
}

function permanentReason({ command }: SmtpError): MailReason {
  return command === 'RCPT TO' ? 'recipient' : command === 'MAIL FROM' ? 'sender' : 'refused'
}

function isAboutTls({ code, originalCode }: SmtpError): boolean {
  return code === 'ETLS' || /CERT|SELF_SIGNED|SSL|TLS|UNABLE_TO/.test(originalCode ?? '')
}
