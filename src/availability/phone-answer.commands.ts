import type { CompanyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { tell } from '../notifications/commands.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { writeAnswer, type AnswerOutcome } from './commands.ts'
import type { Answer } from './domain.ts'

/** What somebody said on the telephone, written down by a recruiter: as if given on the page, with the recruiter's name. */
export async function answerByPhone(
  deps: Pick<Deps, 'db'>, { scope, userId, name }: { scope: CompanyScope; userId: number; name: string }, recipientId: number, given: Answer & { formId: string; baseVersion: number },
): Promise<AnswerOutcome> {
  return deps.db.transaction().execute((trx) =>
    writeAnswer(trx, scope, recipientId, { ...given, source: 'recruiter', by: { id: userId, name } }, async ({ candidateId, campaignId }) => {
      await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'candidate.answered', ...(candidateId === null ? { subjectKind: 'campaign', subjectId: campaignId } : { subjectKind: 'candidate', subjectId: candidateId }) })
      await tell(trx, [`campaign:${campaignId}`, ...(candidateId === null ? [] : [`candidate:${candidateId}` as const])])
    }))
}
