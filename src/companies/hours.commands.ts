import { isDeepStrictEqual } from 'node:util'
import type { Transaction } from 'kysely'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import type { WindowOverrides } from '../sms/windows.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { findEarlierValues } from './changes.queries.ts'
import { lockCompany } from './countries.queries.ts'
import type { WindowKey } from './hours.domain.ts'
import type { HoursForm } from './hours.input.ts'
import { getSettings, saveSetting } from './queries.ts'
import type { Settings } from './settings.ts'

type HoursDeps = Pick<Deps, 'db'>
type Actor = Pick<Viewer, 'scope' | 'userId'>
type HourSetting = 'sms.windows' | 'sms.window_zone'

/** The hours of one country; the form must hold no fault. Refused when somebody else changed that country's meanwhile. */
export async function saveHours({ db }: HoursDeps, actor: Actor, key: WindowKey, { window, mark }: HoursForm): Promise<Outcome<{ isNew: boolean }, 'conflict'>> {
  return db.transaction().execute(async (trx) => {
    await lockCompany(trx, actor.scope)
    const { 'sms.windows': windows } = await getSettings(trx, actor.scope)
    if (isDeepStrictEqual(windows[key], window)) return done({ isNew: false })
    const earlier = await findEarlierValues(trx, actor.scope, mark)
    const then = earlier.has('sms.windows') ? (earlier.get('sms.windows') as WindowOverrides) : windows
    if (!isDeepStrictEqual(then[key], windows[key])) return refused('conflict')
    await save(trx, actor, 'sms.windows', windows, { ...windows, [key]: window })
    return done({ isNew: true })
  })
}

/** Back to the default hours; doing it again changes nothing. */
export async function removeHours({ db }: HoursDeps, actor: Actor, key: WindowKey): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockCompany(trx, actor.scope)
    const { 'sms.windows': windows } = await getSettings(trx, actor.scope)
    if (!(key in windows)) return
    const { [key]: _removed, ...others } = windows
    await save(trx, actor, 'sms.windows', windows, others)
  })
}

/** Whose clock the hours are read from; the newest word holds. */
export async function saveWindowZone({ db }: HoursDeps, actor: Actor, zone: Settings['sms.window_zone']): Promise<{ isNew: boolean }> {
  return db.transaction().execute(async (trx) => {
    await lockCompany(trx, actor.scope)
    const { 'sms.window_zone': before } = await getSettings(trx, actor.scope)
    if (before !== zone) await save(trx, actor, 'sms.window_zone', before, zone)
    return { isNew: before !== zone }
  })
}

async function save<Name extends HourSetting>(trx: Transaction<DB>, { scope, userId }: Actor, name: Name, before: Settings[Name], after: Settings[Name]): Promise<void> {
  await saveSetting(trx, scope, name, after, userId)
  await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'settings.changed', subjectKind: 'setting', subjectId: name, detail: { before, after } })
}
