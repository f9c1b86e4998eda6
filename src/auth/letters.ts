import type { Letter } from '../mail/domain.ts'
import type { Language } from '../words/define.ts'
import { longMoment } from '../words/format.ts'
import { translator } from '../words/index.ts'
import { deviceName } from './devices.ts'
import type { SlowedWhat } from './domain.ts'

/** To whom a letter about an account goes. */
export type Addressee = { companyId: number; companyName: string; timeZone: string; email: string; name: string; language: Language }

export function invitationLetter(to: Addressee, given: { url: string; expiresAt: Date; by: string }): Letter {
  const t = translator(to.language)
  return {
    ...envelope(to, 'invitation'), subject: t('auth.letter.invitation.subject', { company: to.companyName }),
    paragraphs: [t('auth.letter.hello', { name: to.name }), t('auth.letter.invitation.text', { by: given.by, company: to.companyName })],
    action: { label: t('auth.letter.invitation.action'), url: given.url },
    closing: [t('auth.letter.until', { moment: longMoment(to.language, given.expiresAt, to.timeZone) }), t('auth.letter.unexpected')],
  }
}

export function resetLetter(to: Addressee, given: { url: string; expiresAt: Date }): Letter {
  const t = translator(to.language)
  return {
    ...envelope(to, 'reset'), subject: t('auth.letter.reset.subject'), paragraphs: [t('auth.letter.hello', { name: to.name }), t('auth.letter.reset.text')],
    action: { label: t('auth.letter.reset.action'), url: given.url },
    closing: [t('auth.letter.until', { moment: longMoment(to.language, given.expiresAt, to.timeZone) }), t('auth.letter.reset.not')],
  }
}

/** What has happened to an account, so that its owner hears of what was not them. */
export function noticeLetter(to: Addressee, kind: 'password-changed' | 'factor-removed', at: Date, url: string): Letter {
  const t = translator(to.language)
  const moment = longMoment(to.language, at, to.timeZone)
  return {
    ...envelope(to, kind), subject: t(`auth.letter.${kind}.subject`), paragraphs: [t('auth.letter.hello', { name: to.name }), t(`auth.letter.${kind}.text`, { moment })],
    action: { label: t('auth.letter.account'), url }, closing: [t('auth.letter.notYou')],
  }
}

/** Somebody tries to get in, and waits; who and from where is not ours to say. */
export function slowedLetter(to: Addressee, what: SlowedWhat, given: { until: Date; loginUrl: string }): Letter {
  const t = translator(to.language)
  return {
    ...envelope(to, 'slowed'), subject: t('auth.letter.slowed.subject'),
    paragraphs: [t('auth.letter.hello', { name: to.name }), t(`auth.letter.slowed.${what}`, { moment: longMoment(to.language, given.until, to.timeZone) }), t(`auth.letter.slowed.you.${what}`)],
    action: { label: t('auth.submit'), url: given.loginUrl }, closing: [t(`auth.letter.slowed.not.${what}`)],
  }
}

export function newDeviceLetter(to: Addressee, given: { agent: string; address: string; at: Date; url: string }): Letter {
  const t = translator(to.language)
  const device = deviceName(to.language, given.agent)
  return {
    ...envelope(to, 'new-device'), subject: t('auth.letter.device.subject'),
    paragraphs: [t('auth.letter.hello', { name: to.name }), t('auth.letter.device.text', { device, address: given.address, moment: longMoment(to.language, given.at, to.timeZone) })],
    action: { label: t('auth.letter.account'), url: given.url }, closing: [t('auth.letter.notYou')],
  }
}

function envelope(to: Addressee, kind: string) {
  return { companyId: to.companyId, to: { address: to.email, name: to.name }, language: to.language, kind }
}
