import { destinationsAt } from '../companies/destinations.ts'
import { getSettings } from '../companies/queries.ts'
import { findPhone } from '../consent/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { linkFor, mintCodes } from '../links/codes.ts'
import { insertLinks } from '../links/queries.ts'
import { queueMessages } from '../messaging/queries.ts'
import { parsePhone, type CountryCode } from '../sms/phone.ts'
import { measureSms } from '../sms/segments.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { countHit } from '../web/rate-limit.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Language } from '../words/define.ts'
import type { TemplateBodies, TemplateKind } from './domain.ts'
import { findGround } from './ground.ts'
import { exampleText, inspectTemplate } from './inspection.ts'
import { insertTestLink } from './library.queries.ts'

export type TestRefusal = 'bad' | 'landline' | 'country' | 'no_sender' | 'opted_out' | 'text' | 'sms_off' | 'too_many'

export type TemplateTest = { id: number; kind: TemplateKind; texts: TemplateBodies; language: Language; mobile: string }

/**
 * Sends what the usual example would get, marked TEST, from the company's usual sender. Its link opens an example of the page, where
 * nothing is recorded. Counted with the tests of campaigns, per user and hour.
 */
export async function sendTemplateTest(deps: Pick<Deps, 'db' | 'config'>, viewer: Viewer, test: TemplateTest): Promise<Outcome<{ e164: string }, TestRefusal, { minutes: number; limit: number } | undefined>> {
  const { scope, userId } = viewer
  if (!viewer.company.canSendSms) return refused('sms_off')
  const settings = await getSettings(deps.db, scope)
  const phone = parsePhone(test.mobile, viewer.company.country as CountryCode)
  if (!phone.ok) return refused('bad')
  if (!phone.isTextable) return refused('landline')
  const { reachable } = destinationsAt(settings, { time_zone: viewer.company.timeZone, now: await getNow(deps.db) })
  if (phone.country === null || !reachable.includes(phone.country)) return refused('country')
  const { sender, ...ground } = await findGround(deps, viewer, phone.country)
  if (!sender) return refused('no_sender')
  if ((await findPhone(deps.db, scope, phone.e164))?.opted_out_at) return refused('opted_out')

  const [code] = mintCodes(1) as [string]
  const isWrong = inspectTemplate(test, ground).findings.some(({ level, language }) => level === 'error' && language === test.language)
  const text = exampleText(test, test.language, 'usual', { ...ground, link: linkFor(deps.config, code) })
  if (isWrong || text === '') return refused('text')

  const limit = settings['sms.tests_per_hour']
  const { hits, secondsLeft } = await countHit(deps.db, `test sms ${userId}`, 3600)
  if (hits > limit) return refused('too_many', { minutes: Math.max(1, Math.ceil(secondsLeft / 60)), limit })

  const body = `TEST ${text}`
  const { encoding, segments } = measureSms(body)
  await deps.db.transaction().execute(async (trx) => {
    await insertLinks(trx, scope, [code], new Date(Date.now() + settings['link.test_days'] * 86_400_000))
    await insertTestLink(trx, scope, { code, kind: test.kind === 'simple' ? 'simple' : 'availability', userId })
    await queueMessages(trx, scope, [{
      purpose: 'test', campaignId: null, batchId: null, recipientId: null, candidateId: null, requestedBy: userId, step: 1, e164: phone.e164, sender: sender.address, body, encoding, segments,
    }])
    await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'template.test_sent', subjectKind: 'template', subjectId: test.id })
  })
  return done({ e164: phone.e164 })
}
