import type { Transaction } from 'kysely'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { queueMail } from '../mail/commands.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { paths } from '../web/paths.ts'
import { hashToken, tokenPair } from '../web/secrets.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Language } from '../words/define.ts'
import { INVITATION_SECONDS } from './domain.ts'
import { invitationLetter } from './letters.ts'
import { hashPassword } from './password.ts'
import { findLinkOwner, issueToken, useToken, withdrawTokens } from './tokens.queries.ts'
import { stateOf } from './users.domain.ts'
import { findPerson, setPassword, type Person } from './users.queries.ts'

type MailDeps = Pick<Deps, 'queue' | 'config'>

/** Issues the link and queues its mail; only the hash of the link is kept with us, and the mail forgets it once it has left. */
export async function sendInvitation(trx: Transaction<DB>, deps: MailDeps, viewer: Viewer, person: { id: number; email: string; name: string; language: Language }): Promise<void> {
  const { token, hash } = tokenPair()
  const expiresAt = await issueToken(trx, viewer.scope, { userId: person.id, kind: 'invitation', hash, createdBy: viewer.userId, seconds: INVITATION_SECONDS })
  const to = { companyId: viewer.scope.companyId, companyName: viewer.company.name, timeZone: viewer.company.timeZone, email: person.email, name: person.name, language: person.language }
  await queueMail(trx, deps, invitationLetter(to, { url: deps.config.appUrl + paths.invitation(token), expiresAt, by: viewer.name }))
}

/** Another link for somebody who has not joined; the one before works no more. */
export async function inviteAgain(deps: Pick<Deps, 'db' | 'queue' | 'config'>, viewer: Viewer, id: number): Promise<Outcome<Person, 'gone' | 'not_pending'>> {
  return deps.db.transaction().execute(async (trx) => {
    const person = await findPerson(trx, viewer.scope, id)
    if (!person) return refused('gone')
    if (stateOf(person) !== 'pending') return refused('not_pending')
    await sendInvitation(trx, deps, viewer, person)
    await recordInJournal(trx, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'user.invited_again', subjectKind: 'user', subjectId: id, detail: { name: person.name } })
    return done(person)
  })
}

export async function withdrawInvitation(deps: Pick<Deps, 'db'>, viewer: Viewer, id: number): Promise<Outcome<Person, 'gone' | 'not_pending'>> {
  return deps.db.transaction().execute(async (trx) => {
    const person = await findPerson(trx, viewer.scope, id)
    if (!person) return refused('gone')
    if (!(await withdrawTokens(trx, viewer.scope, id, 'invitation'))) return refused('not_pending')
    await recordInJournal(trx, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'user.invitation_withdrawn', subjectKind: 'user', subjectId: id, detail: { name: person.name } })
    return done(person)
  })
}

/** The first password. The link is used up in the same moment: of two who press at once, one is told that it works no more. */
export async function acceptInvitation(deps: Pick<Deps, 'db'>, token: string, password: string): Promise<{ userId: number } | undefined> {
  const hash = hashToken(token)
  const passwordHash = await hashPassword(password)
  return deps.db.transaction().execute(async (trx) => {
    const owner = await findLinkOwner(trx, 'invitation', hash)
    if (!owner || !(await useToken(trx, 'invitation', hash))) return undefined
    await setPassword(trx, owner.scope, owner.userId, passwordHash)
    await recordInJournal(trx, { companyId: owner.scope.companyId, userId: owner.userId, action: 'user.joined', subjectKind: 'user', subjectId: owner.userId, detail: { name: owner.name } })
    return { userId: owner.userId }
  })
}
