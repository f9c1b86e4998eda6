/** Rows of the check page about who sends, who is texted over a refusal, and who was reached already. */
import { moment, type Reader } from '../candidates/views.ts'
import type { Viewer } from '../web/viewer.ts'
import { paths } from '../web/paths.ts'
import { wholeNumber } from '../words/format.ts'
import { mayOverride } from './audience.domain.ts'
import type { Overlap } from './audience.queries.ts'
import type { CheckName, CheckState } from './check.domain.ts'
import type { Inspection } from './inspection.ts'
import type { Campaign } from './queries.ts'
import { addresses, repliesOf } from './sender.views.ts'

export type Row = { name: CheckName; term: string; lines: string[]; state: CheckState; link?: { href: string; label?: string; hint?: string } }

/** Nothing but where a test key made it. */
export function testRows({ t }: Reader, { is_test }: Pick<Campaign, 'is_test'>): Row[] {
  return is_test ? [{ name: 'test', term: t('check.test'), state: 'error', lines: [t('check.testKey')] }] : []
}

/** The pool with its addresses, whether people can answer it, and for whom it has no sender. */
export function senderRow(reader: Reader, campaign: Pick<Campaign, 'id' | 'pool_name'>, { senders, blockers, counts }: Inspection): Row {
  const { t, language } = reader
  const isOff = blockers.includes('sms_off')
  const isGone = senders.length === 0
  return {
    name: 'sender', term: t('check.sender'), state: isOff || isGone ? 'error' : counts.no_sender > 0 ? 'warning' : 'ok', link: { href: `${paths.campaign(campaign.id)}#sender-heading` },
    lines: [
      ...(isGone ? [t('compose.sender.gone')] : [t('compose.sender.pool', { name: campaign.pool_name, addresses: addresses(reader, senders) }), t(`compose.sender.note.${repliesOf(senders)}`)]),
      ...(isOff ? [t('check.smsOff')] : []),
      ...(counts.no_sender > 0 ? [t('compose.sender.missing', { count: counts.no_sender, number: wholeNumber(language, counts.no_sender) })] : []),
    ],
  }
}

/** The words with which each sender's texts end, in the order of the senders. */
export function stopRow({ t }: Reader, campaign: Pick<Campaign, 'id'>, { voices }: Inspection): Row {
  const lines = [...voices.values()].map(({ sender, compiled }) => {
    const isAdded = [...compiled.values()].some(({ added }) => added.stop)
    return sender.stop_text === '' ? t(sender.can_receive ? 'check.stopUnsaid' : 'check.stopNone') : t(isAdded ? 'check.stopAdded' : 'check.stopIn', { words: sender.stop_text })
  })
  const isUnsaid = [...voices.values()].some(({ sender }) => sender.can_receive && sender.stop_text === '')
  return { name: 'stop', term: t('check.stop'), state: isUnsaid ? 'warning' : 'ok', lines: lines.length > 0 ? [...new Set(lines)] : ['–'], link: { href: `${paths.campaign(campaign.id)}#message-heading` } }
}

/** Nothing where nobody is texted over a refusal; a fault for who may not decide that (S100, S103). */
export function overrideRows(viewer: Viewer, { t }: Reader, campaign: Pick<Campaign, 'id' | 'audience' | 'override_reason'>, { overridden }: Inspection): Row[] {
  if (campaign.override_reason === null) return []
  const isAllowed = mayOverride(viewer.privileges, campaign.audience)
  return [{
    name: 'override', term: t('compose.override.title'), state: isAllowed ? 'warning' : 'error', link: { href: `${paths.campaign(campaign.id)}#recipients-heading` },
    lines: [t('compose.override.by', { count: overridden, reason: campaign.override_reason }), ...(isAllowed ? [] : [t('compose.override.forbidden')])],
  }]
}

/** Campaigns that reached mostly the same people, each with the way to it. */
export function overlapRows(reader: Reader, overlaps: readonly Overlap[], recipients: number, editUrl: string): Row[] {
  const { t, language } = reader
  if (overlaps.length === 0) return [{ name: 'overlap', term: t('compose.overlap'), state: 'ok', lines: [t('compose.overlap.none')], link: { href: editUrl } }]
  return overlaps.map(({ id, name, launched_at, shared }) => ({
    name: 'overlap', term: t('compose.overlap'), state: 'warning', link: { href: paths.campaign(id), label: t('compose.overlap.show'), hint: name },
    lines: [t('compose.overlap.found', { name, date: moment(reader, launched_at).text, shared: wholeNumber(language, shared), total: wholeNumber(language, recipients) })],
  }))
}
