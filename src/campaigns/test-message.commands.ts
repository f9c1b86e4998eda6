import { recordInJournal } from '../auth/queries.ts'
import { destinationsAt } from '../companies/destinations.ts'
import { findPhone } from '../consent/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { linkFor, mintCodes } from '../links/codes.ts'
import { insertLinks } from '../links/queries.ts'
import { queueMessages } from '../messaging/queries.ts'
import { parsePhone, type CountryCode } from '../sms/phone.ts'
import { measureSms } from '../sms/segments.ts'
import { countHit } from '../web/rate-limit.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { targetsOf } from './codes.domain.ts'
import { holdDraftForTest } from './codes.queries.ts'
import { inspectDraft } from './inspection.ts'
import { textFor, usedFields } from './message.domain.ts'
import { makeTargets } from './targets.commands.ts'
import { findCampaign, insertTestLink, markTested, recordEvent } from './queries.ts'

export type TestRefusal = 'codes' | 'bad' | 'landline' | 'country' | 'no_sender' | 'opted_out' | 'text' | 'nobody' | 'sms_off' | 'launched' | 'too_many'

/**
 * Sends the recruiter what the best-ranked recipient would get, marked TEST. Its link opens the page in preview mode, where nothing is
 * recorded. Counted per user and hour; written into the journal.
 */
export async function sendTest(
  deps: Pick<Deps, 'db' | 'config'>,
  viewer: Viewer,
  test: { campaignId: number; mobile: string },
): Promise<Outcome<{ e164: string }, TestRefusal, { minutes: number; limit: number } | undefined>> {
  const { scope } = viewer
  const campaign = await findCampaign(deps.db, scope, test.campaignId)
  if (!campaign) throw notFound('campaign')
  if (campaign.status !== 'draft' || campaign.is_launching) return refused('launched')
  const inspection = await inspectDraft(deps.db, deps.config, scope, campaign, { places: [1] })
  if (inspection.blockers.includes('sms_off')) return refused('sms_off')

  const phone = parsePhone(test.mobile, viewer.company.country as CountryCode)
  if (!phone.ok) return refused('bad')
  if (!phone.isTextable) return refused('landline')
  if (phone.country === null || !destinationsAt(inspection.settings, inspection.context).reachable.includes(phone.country)) return refused('country')
  const voice = inspection.voices.get(inspection.spec.senders.get(phone.country)?.[0] ?? 0)
  if (!voice) return refused('no_sender')
  if ((await findPhone(deps.db, scope, phone.e164))?.opted_out_at) return refused('opted_out')

  const [person] = inspection.members
  if (!person) return refused('nobody')
  const [code] = mintCodes(1) as [string]
  const link = linkFor(deps.config, code)
  if (inspection.missing.length > 0) return refused('codes')
  const rendered = textFor(voice.compiled, person, { ...voice.shared, link })
  if (!rendered || inspection.blockers.includes('text') || rendered.missing.length > 0) return refused('text')

  const limit = inspection.settings['sms.tests_per_hour']
  const { hits, secondsLeft } = await countHit(deps.db, `test sms ${viewer.userId}`, 3600)
  if (hits > limit) return refused('too_many', { minutes: Math.max(1, Math.ceil(secondsLeft / 60)), limit })

  const hasTargets = targetsOf(usedFields(voice.compiled), inspection.chosen).length > 0
  const isQueued = await deps.db.transaction().execute(async (trx) => {
    if (hasTargets && !(await holdDraftForTest(trx, scope, campaign.id))) return false
    const until = new Date(Date.now() + inspection.settings['link.test_days'] * 86_400_000)
    await insertLinks(trx, scope, [code], until)
    const targets = await makeTargets(trx, deps.config, scope, campaign.id, inspection, until)
    const body = `TEST ${textFor(voice.compiled, person, { ...voice.shared, ...targets, link })!.text}`
    await insertTestLink(trx, scope, { code, campaignId: campaign.id, userId: viewer.userId })
    await queueMessages(trx, scope, [{
      purpose: 'test', campaignId: campaign.id, batchId: null, recipientId: null, candidateId: null, requestedBy: viewer.userId, step: 1, e164: phone.e164,
      sender: voice.sender.address, body, ...sizeOf(body),
    }])
    await markTested(trx, scope, campaign.id)
    await recordEvent(trx, scope, { campaignId: campaign.id, userId: viewer.userId, kind: 'tested' })
    await recordInJournal(trx, { companyId: scope.companyId, userId: viewer.userId, action: 'campaign.test_sent', subjectKind: 'campaign', subjectId: campaign.id })
    return true
  })
  if (!isQueued) return refused('launched')
  return done({ e164: phone.e164 })
}

function sizeOf(body: string) {
  const { encoding, segments } = measureSms(body)
  return { encoding, segments }
}
