import { companyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { linkFor } from '../links/codes.ts'
import { parseTemplate, renderText, type MergeValues } from '../message-templates/merge.ts'
import { queueMessages } from '../messaging/queries.ts'
import { measureSms } from '../sms/segments.ts'
import { listRepliesToAnswer, lockAnswering, type ReplyToAnswer } from './auto-response.queries.ts'

const AT_ONCE = 100

/**
 * Answers those who wrote back to a campaign with the template chosen for it (S35, S110): once per person and campaign, from the
 * number they wrote to. The gate still refuses whoever sent STOP meanwhile. Returns how many were answered.
 */
export async function answerReplies(deps: Pick<Deps, 'db' | 'config' | 'log'>): Promise<number> {
  return deps.db.transaction().execute(async (trx) => {
    if (!(await lockAnswering(trx))) return 0
    const replies = await listRepliesToAnswer(trx, AT_ONCE)
    const messages = replies.flatMap((reply) => {
      const body = textOf(deps.config, reply)
      return body === undefined ? [] : [{ reply, body }]
    })
    for (const [companyId, own] of Map.groupBy(messages, ({ reply }) => reply.companyId)) {
      await queueMessages(trx, companyScope(companyId), own.map(({ reply: { campaignId, candidateId, e164, country, sender }, body }) => ({
        purpose: 'auto_response', campaignId, batchId: null, recipientId: null, candidateId, requestedBy: null, step: 1, e164, country, sender, body, ...measureSms(body),
      })))
    }
    return messages.length
  })
}

/** Undefined where the template was withdrawn since, or a word is missing for this person: silence is better than half a sentence. */
function textOf(config: Pick<Deps['config'], 'linkUrl'>, reply: ReplyToAnswer): string | undefined {
  const body = reply.texts?.[reply.language] ?? reply.texts?.[reply.companyLanguage]
  const { text, missing } = renderText(parseTemplate(body ?? ''), valuesOf(config, reply))
  return text === '' || missing.length > 0 ? undefined : text
}

function valuesOf(config: Pick<Deps['config'], 'linkUrl'>, reply: ReplyToAnswer): MergeValues {
  const { first_name, last_name, trade, town, branch, agency, recruiter, code } = reply
  return {
    first_name, last_name, trade, town, branch, agency, recruiter, link: code === null ? '' : linkFor(config, code), stop: '',
    campaign_page: '', join_network: '', career_page: '', job_title: '', job_reference: '', job_url: '',
  }
}
