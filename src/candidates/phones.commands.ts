import type { Transaction } from 'kysely'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { writeChangedPeople, type Actor } from './people.commands.ts'
import { lockPerson } from './people.queries.ts'
import { arrangePhones, MOST_PHONES, readPhone, textedPhone } from './phones.domain.ts'
import type { CountryCode } from '../sms/phone.ts'

/** From now on SMS go to this number of the record. */
export async function chooseMainPhone(deps: Pick<Deps, 'db' | 'config'>, actor: Actor, candidateId: number, e164: string): Promise<Outcome<{ isNew: boolean }, 'not_found'>> {
  return deps.db.transaction().execute(async (trx) => {
    const found = await lockPerson(trx, actor.scope, candidateId)
    const chosen = found?.person.phones.find((phone) => phone.e164 === e164 && phone.isTextable)
    if (!found || !chosen) return refused('not_found')
    if (textedPhone(found.person.phones)?.e164 === e164) return done({ isNew: false })
    const phones = arrangePhones(found.person.phones.map((phone) => ({ kind: phone.kind, raw: phone.e164 ?? phone.raw, isMain: phone === chosen })), actor.country as CountryCode)
    // As they were written: only their places change.
    const written = phones.map((phone) => ({ ...phone, raw: found.person.phones.find((one) => one.e164 !== null && one.e164 === phone.e164)?.raw ?? phone.raw }))
    await writeChangedPeople(trx, deps, actor, [{ id: candidateId, person: { ...found.person, phones: written }, changed: ['phones'] }])
    return done({ isNew: true })
  })
}

/**
 * One more number on a record, in the caller's transaction. SMS go where they went before; a number that wants none, or wanted
 * none before its person was erased, stays closed. Sent again, nothing changes.
 */
export async function addNumber(trx: Transaction<DB>, deps: Pick<Deps, 'config'>, actor: Actor, candidateId: number, e164: string): Promise<Outcome<{ isNew: boolean }, 'not_found' | 'full'>> {
  const found = await lockPerson(trx, actor.scope, candidateId)
  if (!found) return refused('not_found')
  const { person } = found
  if (person.phones.some((phone) => phone.e164 === e164)) return done({ isNew: false })
  if (person.phones.length >= MOST_PHONES) return refused('full')
  const texted = textedPhone(person.phones)
  const country = actor.country as CountryCode
  const phones = arrangePhones([
    ...person.phones.map((phone) => ({ kind: phone.kind, raw: phone.e164 ?? phone.raw, isMain: phone === texted })),
    { kind: readPhone(e164, country).isTextable ? 'mobile' : 'home', raw: e164, isMain: false },
  ], country).map((phone) => ({ ...phone, raw: person.phones.find((one) => one.e164 !== null && one.e164 === phone.e164)?.raw ?? phone.raw }))
  await writeChangedPeople(trx, deps, actor, [{ id: candidateId, person: { ...person, phones }, changed: ['phones'] }])
  return done({ isNew: true })
}
