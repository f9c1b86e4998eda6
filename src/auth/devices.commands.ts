import type { Deps } from '../deps.ts'
import { queueMail } from '../mail/commands.ts'
import { paths } from '../web/paths.ts'
import type { Language } from '../words/define.ts'
import { newDeviceLetter } from './letters.ts'
import { findUser } from './queries.ts'
import { takeUntoldSessions } from './sessions.queries.ts'

const AT_ONCE = 50

/** Tells people of a sign-in from a browser they have never used, in the background: signing in waits for no mail. */
export async function tellNewDevices(deps: Pick<Deps, 'db' | 'queue' | 'config'>): Promise<void> {
  const taken = await deps.db.transaction().execute(async (trx) => {
    const sessions = await takeUntoldSessions(trx, AT_ONCE)
    for (const session of sessions) {
      const user = await findUser(trx, session.user_id)
      if (!user) continue
      const to = { companyId: user.company_id, companyName: user.company_name, timeZone: user.time_zone, email: user.email, name: user.name, language: user.language as Language }
      await queueMail(trx, deps, newDeviceLetter(to, { agent: session.agent, address: session.address, at: session.started_at, url: deps.config.appUrl + paths.account }))
    }
    return sessions.length
  })
  if (taken === AT_ONCE) await tellNewDevices(deps)
}
