import type { Transaction } from 'kysely'
import { INVITATION_SECONDS } from '../auth/domain.ts'
import { invitationLetter, newDeviceLetter, type Addressee } from '../auth/letters.ts'
import { issueToken } from '../auth/tokens.queries.ts'
import type { Config } from '../config.ts'
import type { DB } from '../db/schema.ts'
import { sealContent } from '../mail/content.ts'
import type { Letter } from '../mail/domain.ts'
import { insertMail } from '../mail/queries.ts'
import { paths } from '../web/paths.ts'
import { tokenPair } from '../web/secrets.ts'
import type { DemoAgency } from './agencies.ts'
import type { Opened } from './setup.queries.ts'

type Given = { config: Pick<Config, 'appUrl' | 'secretKey'>; now: Date }

/** Mails that an administrator can read: kept, whether there is a mail server or not, because nobody has these addresses. The invitation's link works. */
export async function insertMails(trx: Transaction<DB>, { scope, userIds, invited }: Opened, agency: DemoAgency, { config, now }: Given): Promise<void> {
  const [recruiter] = agency.users
  const administrator = agency.users.findIndex(({ role }) => role === 'administrator')
  const to = ({ email, name }: { email: string; name: string }): Addressee => ({ companyId: scope.companyId, companyName: agency.name, timeZone: 'Europe/Paris', email, name, language: 'fr' })
  const keep = async ({ to: { address, name }, language, kind, subject, paragraphs, action, closing = [] }: Letter) => {
    const sealed = sealContent(config.secretKey, { paragraphs: [...paragraphs], action: action ?? null, closing: [...closing] })
    await insertMail(trx, { companyId: scope.companyId, kind, language, address, name, senderName: agency.name, subject, sealed, isToGo: false })
  }
  await keep(newDeviceLetter(to(recruiter), { agent: 'Mozilla/5.0 (Linux; Android 14) Firefox/140.0', address: '192.0.2.17', at: now, url: config.appUrl + paths.account }))
  for (const { id, email, name } of invited) {
    const { token, hash } = tokenPair()
    const expiresAt = await issueToken(trx, scope, { userId: id, kind: 'invitation', hash, createdBy: userIds[administrator] ?? null, seconds: INVITATION_SECONDS })
    await keep(invitationLetter(to({ email, name }), { url: config.appUrl + paths.invitation(token), expiresAt, by: agency.users[administrator]?.name ?? agency.name }))
  }
}
