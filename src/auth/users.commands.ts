import type { Transaction } from 'kysely'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { isUniqueViolation } from '../db/errors.ts'
import type { DB } from '../db/schema.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { queueMail } from '../mail/commands.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { paths } from '../web/paths.ts'
import type { Privilege } from '../web/privileges.ts'
import type { Viewer } from '../web/viewer.ts'
import { deleteFactor } from './factors.queries.ts'
import { sendInvitation } from './invitations.commands.ts'
import { noticeLetter } from './letters.ts'
import { insertUser } from './queries.ts'
import { endSessions } from './sessions.queries.ts'
import { withdrawTokens } from './tokens.queries.ts'
import { judgeLoss, type Doubt } from './users.domain.ts'
import type { PersonDetails } from './users.input.ts'
import { countAdministrators, findPerson, lockPeople, replacePrivileges, setDisabled, updatePerson, type Person } from './users.queries.ts'

type UserDeps = Pick<Deps, 'db' | 'queue' | 'config'>
export type ChangeRefusal = 'gone' | 'moved_on' | 'taken' | 'last' | 'unsure'

/** Somebody new, who gets a link to come in by. */
export async function invitePerson(deps: UserDeps, viewer: Viewer, details: PersonDetails): Promise<Outcome<{ id: number }, 'taken'>> {
  try {
    return await deps.db.transaction().execute(async (trx) => {
      await lockPeople(trx, viewer.scope)
      const id = await insertUser(trx, viewer.scope, { ...details, passwordHash: null })
      await recordInJournal(trx, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'user.invited', subjectKind: 'user', subjectId: id, detail: { name: details.name, privileges: details.privileges } })
      await sendInvitation(trx, deps, viewer, { id, ...details })
      return done({ id })
    })
  } catch (error) {
    if (isUniqueViolation(error, 'app_user_email')) return refused('taken')
    throw error
  }
}

/** Name, language, number and rights of somebody. Taking « Manage users » may need to be said twice, and never leaves nobody. */
export async function changePerson(
  deps: UserDeps, viewer: Viewer, id: number, given: { version: number; details: PersonDetails; isSure: boolean },
): Promise<Outcome<{ person: Person; fields: string[] }, ChangeRefusal, Doubt[]>> {
  const { version, details, isSure } = given
  try {
    return await deps.db.transaction().execute(async (trx) => {
      await lockPeople(trx, viewer.scope)
      const person = await findPerson(trx, viewer.scope, id)
      if (!person) return refused('gone', [])
      if (person.version !== version) return refused('moved_on', [])
      if (losesKeys(person, details.privileges)) {
        const judged = await judge(trx, viewer, id)
        if (judged.isRefused) return refused('last', [])
        if (judged.doubts.length > 0 && !isSure) return refused('unsure', judged.doubts)
      }
      const email = person.joinedAt || details.email === person.email ? undefined : details.email
      const fields = changedFields(person, details, email)
      if (fields.length === 0) return done({ person, fields })
      const saved = await updatePerson(trx, viewer.scope, id, version, { name: details.name, language: details.language, mobile: details.mobile, ...(email === undefined ? {} : { email }) })
      if (saved === undefined) return refused('moved_on', [])
      await replacePrivileges(trx, viewer.scope, id, details.privileges)
      if (email !== undefined) await withdrawTokens(trx, viewer.scope, id, 'invitation')
      await recordChange(trx, viewer, person, details, { version: saved, fields })
      return done({ person, fields })
    })
  } catch (error) {
    if (isUniqueViolation(error, 'app_user_email')) return refused('taken', [])
    throw error
  }
}

async function recordChange(trx: Transaction<DB>, viewer: Viewer, person: Person, details: PersonDetails, change: { version: number; fields: string[] }): Promise<void> {
  const given = details.privileges.filter((privilege) => !person.privileges.includes(privilege))
  const taken = person.privileges.filter((privilege) => !details.privileges.includes(privilege))
  await recordInJournal(trx, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'user.changed', subjectKind: 'user', subjectId: person.id, detail: { name: details.name, ...change, given, taken } })
}

/** Deactivated is not deleted: what they did keeps their name, and they can come back. Their sessions and links end at once. */
export async function deactivate(deps: UserDeps, viewer: Viewer, id: number, isSure: boolean): Promise<Outcome<Person, 'gone' | 'last' | 'unsure', Doubt[]>> {
  return deps.db.transaction().execute(async (trx) => {
    await lockPeople(trx, viewer.scope)
    const person = await findPerson(trx, viewer.scope, id)
    if (!person) return refused('gone', [])
    if (losesKeys(person, []) || id === viewer.userId) {
      const judged = await judge(trx, viewer, id)
      if (judged.isRefused) return refused('last', [])
      if (judged.doubts.length > 0 && !isSure) return refused('unsure', judged.doubts)
    }
    const version = await setDisabled(trx, viewer.scope, id, true)
    if (version === undefined) return done(person)
    await endSessions(trx, id)
    await withdrawTokens(trx, viewer.scope, id)
    await recordInJournal(trx, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'user.deactivated', subjectKind: 'user', subjectId: id, detail: { name: person.name, version } })
    return done(person)
  })
}

export async function reactivate(deps: UserDeps, viewer: Viewer, id: number): Promise<Person | undefined> {
  return deps.db.transaction().execute(async (trx) => {
    await lockPeople(trx, viewer.scope)
    const person = await findPerson(trx, viewer.scope, id)
    const version = person && (await setDisabled(trx, viewer.scope, id, false))
    if (person && version !== undefined) {
      await recordInJournal(trx, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'user.reactivated', subjectKind: 'user', subjectId: id, detail: { name: person.name, version } })
    }
    return person
  })
}

/** Signs somebody out everywhere; says of how many places. */
export async function endPersonSessions(deps: UserDeps, viewer: Viewer, id: number): Promise<number | undefined> {
  return deps.db.transaction().execute(async (trx) => {
    const person = await findPerson(trx, viewer.scope, id)
    if (!person) return undefined
    const count = await endSessions(trx, id)
    await recordInJournal(trx, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'user.sessions_ended', subjectKind: 'user', subjectId: id, detail: { name: person.name, count } })
    return count
  })
}

/** For a telephone that is lost: the password alone lets in again, and its owner hears of it. */
export async function resetFactor(deps: UserDeps, viewer: Viewer, id: number): Promise<boolean | undefined> {
  return deps.db.transaction().execute(async (trx) => {
    const person = await findPerson(trx, viewer.scope, id)
    if (!person) return undefined
    if (!(await deleteFactor(trx, viewer.scope, id))) return false
    await endSessions(trx, id)
    await recordInJournal(trx, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'user.factor_reset', subjectKind: 'user', subjectId: id, detail: { name: person.name } })
    const to = { companyId: viewer.scope.companyId, companyName: viewer.company.name, timeZone: viewer.company.timeZone, email: person.email, name: person.name, language: person.language }
    await queueMail(trx, deps, noticeLetter(to, 'factor-removed', await getNow(trx), deps.config.appUrl + paths.account))
    return true
  })
}

/** Whether somebody who can let others in could no longer. */
function losesKeys(person: Person, privileges: readonly Privilege[]): boolean {
  return !person.disabledAt && person.joinedAt !== null && person.privileges.includes('users.manage') && !privileges.includes('users.manage')
}

async function judge(trx: Transaction<DB>, viewer: Viewer, id: number) {
  return judgeLoss({ isOwn: id === viewer.userId, others: await countAdministrators(trx, viewer.scope, id) })
}

function changedFields(person: Person, details: PersonDetails, email: string | undefined): string[] {
  const sameRights = person.privileges.length === details.privileges.length && person.privileges.every((privilege) => details.privileges.includes(privilege))
  return [
    ...(person.name === details.name ? [] : ['name']), ...(email === undefined ? [] : ['email']), ...(person.language === details.language ? [] : ['language']),
    ...(person.mobile === details.mobile ? [] : ['mobile']), ...(sameRights ? [] : ['privileges']),
  ]
}
