import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { qrPath, setupAddress } from './totp.ts'

export type SetupModel = {
  action: string
  setup: string
  /** The secret in groups of four, for typing. */
  secret: string
  /** Opens the app where the page is looked at on the telephone itself. */
  address: string
  qr: { size: number; box: string; path: string }
  note: string
  problems: { field: string; text: string }[]
  cancelUrl: string
}

export type CodesModel = { codes: string[]; file: string; fileName: string; doneUrl: string }

export function setupModel({ language, email, company }: Viewer, given: { secret: string; setup: string; isRequired: boolean; problem: string | undefined }): SetupModel {
  const t = translator(language)
  const address = setupAddress(given.secret, email, t('shared.productName'))
  const { size, path } = qrPath(address)
  return {
    action: paths.secondFactor, setup: given.setup, secret: given.secret.replace(/(.{4})(?=.)/g, '$1 '), address, qr: { size: Math.max(size * 5, 200), box: `0 0 ${size} ${size}`, path },
    note: given.isRequired ? t('auth.factor.required', { company: company.name }) : t('auth.factor.intro'),
    problems: given.problem ? [{ field: 'code', text: given.problem }] : [], cancelUrl: given.isRequired ? '' : paths.account,
  }
}

export function codesModel({ language, email, company }: Viewer, codes: readonly string[]): CodesModel {
  const t = translator(language)
  const text = [t('auth.codes.file', { email, company: company.name }), '', ...codes, ''].join('\r\n')
  return { codes: [...codes], file: `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`, fileName: t('auth.codes.fileName'), doneUrl: paths.account }
}
