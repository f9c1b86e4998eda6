import { formatPhone, type CountryCode } from '../sms/phone.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { ago, longMoment } from '../words/format.ts'
import { translator } from '../words/index.ts'
import { deviceName } from './devices.ts'
import type { OpenSession } from './sessions.queries.ts'
import type { PersonFault } from './users.input.ts'
import type { Person, PersonChange } from './users.queries.ts'
import { conflict, languageChoice } from './users.views.ts'

type Problem = { field: string; text: string }
type Field = { name: string; label: string; type?: string; value: string; hint?: string; error?: string; isOptional?: boolean; isDisabled?: boolean; width?: string; inputmode?: string; autocomplete: string; maxlength?: number }
type Secret = { name: string; label: string; hint?: string; error?: string; autocomplete: string }

export type AccountModel = {
  errors: Problem[]
  conflict: ReturnType<typeof conflict> | undefined
  details: { action: string; version: number; fields: Field[]; language: ReturnType<typeof languageChoice> }
  /** Undefined for whoever comes in through a provider. */
  password: { action: string; secrets: Secret[]; changed: string } | undefined
  factor: { isOn: boolean; text: string; setupUrl: string; codesUrl: string; removalUrl: string; isRequired: boolean; isWarning: boolean } | undefined
  sessions: { id: number; device: string; where: string; seen: string; isThis: boolean; endUrl: string }[]
  endOthersUrl: string
  /** What one is told, and how. */
  newsUrl: string
}

declare module '../web/render.ts' {
  interface ViewModels {
    'account/show': AccountModel
  }
}

export type AccountGiven = {
  person: Person
  factor: { codesLeft: number | null; createdAt: Date } | undefined
  isFactorRequired: boolean
  sessions: readonly OpenSession[]
  sessionId: number
  now: Date
  typed?: { name: string; language: string; mobile: string }
  faults?: readonly PersonFault[]
  passwordProblems?: readonly Problem[]
  changes?: readonly PersonChange[]
  isMovedOn?: boolean
  passwordChangedAt: Date | null
}

export function accountModel(viewer: Viewer, given: AccountGiven): AccountModel {
  const t = translator(viewer.language)
  const { person, faults = [], passwordProblems = [] } = given
  const typed = given.typed ?? { name: person.name, language: person.language, mobile: person.mobile ? formatPhone(person.mobile, viewer.company.country as CountryCode) : '' }
  const errors = [...faults.map(({ field, fault }) => ({ field, text: t(`users.fault.${field}.${fault}` as 'users.fault.name.missing') })), ...passwordProblems]
  const error = (field: string) => { const found = errors.find((one) => one.field === field); return found ? { error: found.text } : {} }
  return {
    errors, conflict: given.isMovedOn ? conflict(t, given.changes ?? []) : undefined,
    details: {
      action: paths.account, version: person.version, language: languageChoice(t, typed.language),
      fields: [
        { name: 'name', label: t('users.field.name'), value: typed.name, autocomplete: 'name', maxlength: 120, ...error('name') },
        { name: 'email', label: t('users.field.email'), type: 'email', value: person.email, autocomplete: 'email', isDisabled: true, hint: t('auth.account.emailHint') },
        { name: 'mobile', label: t('users.field.mobile'), type: 'tel', value: typed.mobile, hint: t('users.hint.mobile'), isOptional: true, width: 'medium', autocomplete: 'tel', inputmode: 'tel', maxlength: 40, ...error('mobile') },
      ],
    },
    password: person.hasPassword ? {
      action: paths.accountPassword, changed: given.passwordChangedAt ? t('auth.account.passwordChanged', { moment: longMoment(viewer.language, given.passwordChangedAt, viewer.company.timeZone) }) : '',
      secrets: [
        { name: 'old', label: t('auth.account.oldPassword'), autocomplete: 'current-password', ...error('old') },
        { name: 'password', label: t('auth.newPassword'), hint: t('auth.passwordRules'), autocomplete: 'new-password', ...error('password') },
      ],
    } : undefined,
    factor: person.hasPassword ? factorModel(viewer, given) : undefined,
    sessions: given.sessions.map((session) => sessionModel(viewer, session, given)), endOthersUrl: given.sessions.length > 1 ? paths.otherSessions : '', newsUrl: paths.notificationSettings,
  }
}

function factorModel({ language, company }: Viewer, { factor, isFactorRequired }: AccountGiven): NonNullable<AccountModel['factor']> {
  const t = translator(language)
  const codes = factor?.codesLeft ?? 0
  return {
    isOn: factor !== undefined, isRequired: isFactorRequired, isWarning: factor !== undefined && codes < 3,
    text: factor ? t('auth.factor.since', { moment: longMoment(language, factor.createdAt, company.timeZone), codes }) : t('auth.factor.off'),
    setupUrl: paths.secondFactor, codesUrl: paths.secondFactorStep('codes'), removalUrl: paths.secondFactorStep('removal'),
  }
}

function sessionModel({ language, company }: Viewer, session: OpenSession, { sessionId, now }: AccountGiven): AccountModel['sessions'][number] {
  const t = translator(language)
  const isThis = session.id === sessionId
  return {
    id: session.id, device: deviceName(language, session.agent), isThis, endUrl: paths.accountSession(session.id),
    where: t('auth.session.where', { address: session.address, moment: longMoment(language, session.startedAt, company.timeZone) }),
    seen: isThis ? t('auth.session.now') : t('auth.session.seen', { ago: ago(language, session.lastSeenAt, now) }),
  }
}
