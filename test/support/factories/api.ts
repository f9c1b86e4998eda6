import { randomUUID } from 'node:crypto'
import { findViewer } from '../../../src/auth/queries.ts'
import { API_SCOPES, type ApiScope, type KeyKind } from '../../../src/api/domain.ts'
import { makeKey } from '../../../src/api/keys.commands.ts'
import type { Db } from '../../../src/db/pool.ts'
import type { Privilege } from '../../../src/web/privileges.ts'
import { makeCompany, makeUser } from './accounts.ts'

/** A key as its person would show it. */
export async function makeApiKey(db: Db, userId: number, given: { kind?: KeyKind; scopes?: readonly ApiScope[]; days?: number | null; name?: string } = {}): Promise<{ id: number; key: string }> {
  const viewer = await findViewer(db, userId)
  const made = await makeKey({ db }, viewer!, { name: given.name ?? 'Notre ATS', kind: given.kind ?? 'live', scopes: given.scopes ?? API_SCOPES, userId, days: given.days ?? null, formId: randomUUID() })
  if (!made.ok) throw new Error(made.reason)
  return made.value
}

/** An agency whose administrator has a key for everything. */
export async function makeApiScene(db: Db, given: { kind?: KeyKind; privileges?: readonly Privilege[]; company?: Parameters<typeof makeCompany>[1] } = {}) {
  const company = await makeCompany(db, given.company)
  const user = await makeUser(db, company.scope, { role: 'administrator', ...(given.privileges ? { privileges: given.privileges } : {}) })
  return { ...company, user, ...(await makeApiKey(db, user.id, given)), keyOf: (more: Parameters<typeof makeApiKey>[2]) => makeApiKey(db, user.id, more) }
}
