import type { Db } from '../../src/db/pool.ts'
import { startTestApp } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import type { Invitation } from '../support/factories/landing.ts'
import { visit, type Headers, type Page, type Visitor } from '../support/page.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

export type LandingTest = Awaited<ReturnType<typeof startLanding>>

/** The application on a database of its own, and somebody with a phone. */
export async function startLanding() {
  const database = await createTestDatabase()
  const app = await startTestApp(database)
  return {
    ...app,
    db: database.db,
    pool: database.pool,
    visitor: plainSpaces(app.visit()),
    visitWith: (headers: Headers): Visitor => plainSpaces(visit(app.app, headers)),
    signInAs: async (user: { email: string; password: string }) => plainSpaces(await app.signIn(user)),
    async close(): Promise<void> {
      await app.close()
      await database.close()
    },
  }
}

export const at = (invitation: Pick<Invitation, 'code'>, suffix = '') => `/r/${invitation.code}${suffix}`

export const dayFromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

/** What an answer left behind. */
export async function storedFor(db: Db, { recipientId }: Invitation) {
  return {
    answer: await db.selectFrom('answer').selectAll().where('recipient_id', '=', recipientId).executeTakeFirst(),
    versions: (await db.selectFrom('answer_version').select('id').where('recipient_id', '=', recipientId).execute()).length,
    notes: (await db.selectFrom('follow_up_note').select('id').where('recipient_id', '=', recipientId).execute()).length,
  }
}

/** Opens the link, fills the form in, sends it. */
export async function answerWith(visitor: Visitor, invitation: Invitation, values: Record<string, string>): Promise<Page> {
  return visitor.submit(await visitor.get(at(invitation)), values, { form: '/answer' })
}
