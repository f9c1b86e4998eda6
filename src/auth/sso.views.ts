import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { ROLE_PRIVILEGES } from './domain.ts'
import type { SsoProblem, SsoTyped } from './sso.input.ts'
import type { StoredSso } from './sso.queries.ts'
import type { SsoFault } from './sso-settings.commands.ts'

export type SsoSettingsFault = SsoProblem | SsoFault | { field: 'label'; word: 'conflict' }

type Field = { name: string; label: string; value: string; type?: string; hint?: string; error?: string; isOptional?: boolean; rows?: number; autocomplete: string }
export type SsoSettingsModel = {
  action: string
  removal: { action: string } | undefined
  version: number
  returnUrl: string
  fields: { provider: Field[]; people: Field[] }
  enforced: { isOn: boolean; error: string | undefined }
  errors: { field: string; text: string }[]
}

export function typedOf(sso: StoredSso | undefined, viewer: Viewer): SsoTyped {
  const roles = Object.entries(sso?.roles ?? {}).map(([group, role]) => `${group} = ${role}`).join('\n')
  return {
    version: sso?.version ?? 0, label: sso?.label ?? viewer.company.name.slice(0, 60), issuer: sso?.issuer ?? '', client_id: sso?.clientId ?? '', secret: '',
    domains: (sso?.domains ?? []).join('\n'), enforced: sso?.isEnforced ? 'on' : '', group_claim: sso?.groupClaim ?? 'groups', roles,
  }
}

export function ssoSettingsModel(language: Language, typed: SsoTyped, faults: readonly SsoSettingsFault[], returnUrl: string): SsoSettingsModel {
  const t = translator(language)
  const errors = faults.map((fault) => ({ field: fault.field, text: t(`sso.fault.${fault.field}.${fault.word}` as 'sso.fault.issuer.missing', { detail: 'detail' in fault ? (fault.detail ?? '') : '' }) }))
  const errorOf = (name: string) => errors.find(({ field }) => field === name)?.text
  const field = (name: Exclude<keyof SsoTyped, 'version' | 'enforced'>, more: Partial<Field> = {}): Field => {
    const error = errorOf(name)
    return { name, label: t(`sso.field.${name}`), value: typed[name], autocomplete: 'off', ...more, ...(error === undefined ? {} : { error }) }
  }
  const isStored = typed.version > 0
  return {
    action: paths.ssoSettings,
    removal: isStored ? { action: paths.ssoRemoval } : undefined,
    version: typed.version,
    returnUrl,
    fields: {
      provider: [
        field('label', { hint: t('sso.hint.label') }), field('issuer', { type: 'url', hint: t('sso.hint.issuer') }), field('client_id'),
        field('secret', { type: 'password', value: '', hint: t(isStored ? 'sso.hint.secretKept' : 'sso.hint.secret'), autocomplete: 'new-password', isOptional: isStored }),
      ],
      people: [
        field('domains', { type: 'textarea', rows: 3, hint: t('sso.hint.domains') }), field('group_claim', { hint: t('sso.hint.group_claim') }),
        field('roles', { type: 'textarea', rows: 5, isOptional: true, hint: t('sso.hint.roles', { roles: Object.keys(ROLE_PRIVILEGES).join(', ') }) }),
      ],
    },
    enforced: { isOn: typed.enforced === 'on', error: errorOf('enforced') },
    errors,
  }
}
