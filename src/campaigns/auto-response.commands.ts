import { companyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { linkFor } from '../links/codes.ts'
import { parseTemplate, renderText, type MergeValues } from '../message-templates/merge.ts'
import { findPublishedTemplate } from '../message-templates/queries.ts'
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
    let answered = 0
    for (const reply of await listRepliesToAnswer(trx, AT_ONCE)) {
      const scope = companyScope(reply.companyId)
      const template = await findPublishedTemplate(trx, scope, 'auto_response', reply.templateId)
      const body = template && (template.texts[reply.language] ?? template.texts[reply.companyLanguage])
      const text = body && renderText(parseTemplate(body), valuesOf(deps.config, reply))
      // Withdrawn since, or with a word missing for this person: silence is better than half a sentence.
      if (!text || text.text === '' || text.missing.length > 0) continue
      answered += await queueMessages(trx, scope, [{
        purpose: 'auto_response', campaignId: reply.campaignId, batchId: null, recipientId: null, candidateId: reply.candidateId, requestedBy: null, step: 1,
        e164: reply.e164, country: reply.country, sender: reply.sender, body: text.text, ...measureSms(text.text),
      }])
    }
    return answered
  })
}

function valuesOf(config: Pick<Deps['config'], 'linkUrl'>, reply: ReplyToAnswer): MergeValues {
  const { first_name, last_name, trade, town, branch, agency, recruiter, code } = reply
  return {
    first_name, last_name, trade, town, branch, agency, recruiter, link: code === null ? '' : linkFor(config, code), stop: '',
    campaign_page: '', join_network: '', career_page: '', job_title: '', job_reference: '', job_url: '',
  }
}
