import type { Transaction } from 'kysely'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { sealContent } from './content.ts'
import type { Letter } from './domain.ts'
import { readLetter } from './input.ts'
import { findMail, findSenderName, insertMail, queueAgain } from './queries.ts'

type QueueDeps = Pick<Deps, 'queue' | 'config'>

/**
 * Stores a mail in the transaction that creates the need for it; a worker hands it over once that is committed. Without a mail
 * server it stays where an administrator can read it. Throws for an address that is none.
 */
export async function queueMail(trx: Transaction<DB>, { queue, config }: QueueDeps, letter: Letter): Promise<number> {
  const { companyId, to, language, kind, subject, paragraphs, action = null, closing = [], parts = [] } = readLetter(letter)
  const senderName = (await findSenderName(trx, companyId)) ?? translator(language)('shared.productName')
  const isToGo = config.mail !== undefined
  const sealed = sealContent(config.secretKey, { paragraphs, action, closing, parts })
  const id = await insertMail(trx, { companyId, kind, language, address: to.address, name: to.name, senderName, subject, sealed, isToGo })
  if (isToGo) await queue.enqueue(trx, 'mail.deliver', { mailId: id })
  return id
}

/** An administrator hands a mail over again: one that was kept or failed, or one in doubt, which may then arrive twice. */
export async function resendMail(deps: Pick<Deps, 'db' | 'queue' | 'config'>, { scope, userId }: Viewer, id: number): Promise<Outcome<void, 'moved-on' | 'no-server' | 'gone'>> {
  if (!deps.config.mail) return refused('no-server')
  return deps.db.transaction().execute(async (trx) => {
    if (!(await findMail(trx, scope, id))) return refused('gone')
    if (!(await queueAgain(trx, scope, id))) return refused('moved-on')
    await deps.queue.enqueue(trx, 'mail.deliver', { mailId: id })
    await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'mail.resent', subjectKind: 'mail', subjectId: id })
    return done(undefined)
  })
}

/** A mail to oneself, to see whether the mail server takes it. */
export async function queueTestMail(deps: Pick<Deps, 'db' | 'queue' | 'config'>, { scope, userId, email, name, language }: Viewer): Promise<number> {
  const t = translator(language)
  return deps.db.transaction().execute(async (trx) => {
    const id = await queueMail(trx, deps, {
      companyId: scope.companyId, to: { address: email, name }, language, kind: 'test', subject: t('mail.test.subject'), paragraphs: [t('mail.test.hello', { name }), t('mail.test.text')],
      action: { label: t('mail.test.action'), url: deps.config.appUrl },
    })
    await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'mail.tested', subjectKind: 'mail', subjectId: id })
    return id
  })
}
