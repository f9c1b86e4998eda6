import { ROLE_PRIVILEGES } from '../../../src/auth/domain.ts'
import type { Role } from '../../../src/auth/domain.ts'
import { hashPassword } from '../../../src/auth/password.ts'
import { insertUser } from '../../../src/auth/queries.ts'
import { saveSetting } from '../../../src/companies/queries.ts'
import { companyScope } from '../../../src/core/scope.ts'
import type { CompanyScope } from '../../../src/core/scope.ts'
import type { Db } from '../../../src/db/pool.ts'
import { OPEN_ALWAYS, type WindowOverrides } from '../../../src/sms/windows.ts'
import type { Privilege } from '../../../src/web/privileges.ts'
import type { Language } from '../../../src/words/define.ts'

export const PASSWORD = 'correct horse battery staple'
// Made once: the hash is slow on purpose.
let passwordHash: Promise<string> | undefined
let made = 0

/** An agency with one sending number, where what is launched leaves at once: no time to undo it, at any hour, unless told. */
export async function makeCompany(
  db: Db,
  given: { name?: string; language?: Language; timeZone?: string; canSendSms?: boolean; undoSeconds?: number; windows?: WindowOverrides } = {},
): Promise<{ id: number; scope: CompanyScope; senderId: number }> {
  made += 1
  const { id } = await db
    .insertInto('company')
    .values({ name: given.name ?? `Agence ${made}`, language: given.language ?? 'fr', time_zone: given.timeZone ?? 'Europe/Paris', can_send_sms: given.canSendSms ?? true })
    .returning('id')
    .executeTakeFirstOrThrow()
  const pool = await db.insertInto('sender_pool').values({ company_id: id, name: 'Numéro court', is_default: true }).returning('id').executeTakeFirstOrThrow()
  const sender = await db
    .insertInto('sms_sender')
    .values({ company_id: id, pool_id: pool.id, label: 'Numéro court', address: '38047', can_receive: true, stop_text: 'STOP 38047' })
    .returning('id')
    .executeTakeFirstOrThrow()
  const scope = companyScope(id)
  await saveSetting(db, scope, 'campaign.undo_seconds', given.undoSeconds ?? 0)
  await saveSetting(db, scope, 'sms.windows', given.windows ?? OPEN_ALWAYS)
  return { id, scope, senderId: sender.id }
}

/** A person who can sign in with `PASSWORD`. `privileges` replaces what the role gives. */
export async function makeUser(
  db: Db,
  scope: CompanyScope,
  given: { role?: Role; privileges?: readonly Privilege[]; name?: string; email?: string; language?: Language; mobile?: string | null } = {},
): Promise<{ id: number; name: string; email: string; password: string }> {
  made += 1
  passwordHash ??= hashPassword(PASSWORD)
  const name = given.name ?? `Recruteuse ${made}`
  const email = given.email ?? `recruteuse${made}@agence.test`
  const id = await insertUser(db, scope, {
    email, name, passwordHash: await passwordHash, language: given.language ?? 'fr', mobile: given.mobile ?? null,
    privileges: given.privileges ?? ROLE_PRIVILEGES[given.role ?? 'recruiter'],
  })
  return { id, name, email, password: PASSWORD }
}
