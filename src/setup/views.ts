import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { countryName } from '../words/format.ts'
import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { allCountries, allTimeZones, STEPS, type Progress, type Step } from './domain.ts'
import { SETUP_LENGTHS, type SetupField, type SetupForm, type SetupProblem } from './input.ts'

type Option = { value: string; label: string }
type Field = { name: SetupField; label: string; value?: string; type?: string; hint?: string; error?: string; autocomplete?: string; maxlength?: number; options?: Option[] }
export type SetupModel = { action: string; proof: Field[]; company: Field[]; person: Field[]; errors: { field: string; text: string }[] }

export type SetupFault = SetupProblem | { field: 'code'; word: 'wrong' } | { field: 'email'; word: 'taken' } | { field: 'password'; text: string }

/** `typed`: what the form held, but the password. */
export function setupModel(language: Language, typed: Partial<SetupForm['typed']>, faults: readonly SetupFault[]): SetupModel {
  const t = translator(language)
  const errors = faults.map((fault) => ({ field: fault.field, text: 'text' in fault ? fault.text : t(`setup.problem.${fault.field}.${fault.word}` as 'setup.problem.code.wrong') }))
  const field = (name: SetupField, more: Partial<Field> = {}): Field => {
    const error = errors.find((one) => one.field === name)?.text
    return { name, label: t(`setup.field.${name}`), value: typed[name] ?? '', ...more, ...(error === undefined ? {} : { error }) }
  }
  return {
    action: paths.setup,
    proof: [field('code', { hint: t('setup.hint.code'), autocomplete: 'off' })],
    company: [
      field('company', { autocomplete: 'organization', maxlength: SETUP_LENGTHS.company }),
      field('country', { type: 'select', options: countryOptions(language) }),
      field('zone', { type: 'select', hint: t('setup.hint.zone'), options: zoneOptions() }),
      field('language', { type: 'select', hint: t('setup.hint.language'), options: [{ value: 'fr', label: t('setup.language.fr') }, { value: 'en', label: t('setup.language.en') }] }),
    ],
    person: [
      field('name', { autocomplete: 'name', maxlength: SETUP_LENGTHS.name }),
      field('email', { type: 'email', autocomplete: 'username', maxlength: SETUP_LENGTHS.email }),
      field('password', { type: 'password', value: '', hint: t('setup.hint.password'), autocomplete: 'new-password' }),
    ],
    errors,
  }
}

export type GuideModel = { steps: { heading: string; text: string; isDone: boolean; word: string; link: { href: string; label: string } | undefined }[]; note: string; isComplete: boolean }

/** Where each step is done, and by whom. */
const LINKS: Record<Step, { href: string; privilege: Parameters<Viewer['privileges']['has']>[0] }> = {
  sender: { href: paths.senders, privilege: 'settings.edit' },
  branding: { href: paths.branding, privilege: 'branding.edit' },
  template: { href: paths.templates, privilege: 'templates.edit' },
  people: { href: paths.imports, privilege: 'candidates.import' },
  test: { href: paths.templates, privilege: 'templates.edit' },
  colleagues: { href: paths.users, privilege: 'users.manage' },
  campaign: { href: paths.candidates, privilege: 'campaigns.send' },
}

export function guideModel(viewer: Viewer, progress: Progress): GuideModel {
  const t = translator(viewer.language)
  const steps = STEPS.map((step) => {
    const { href, privilege } = LINKS[step]
    const isDone = progress[step]
    return {
      heading: t(`setup.step.${step}.heading`), text: t(`setup.step.${step}.text`), isDone, word: t(isDone ? 'setup.done' : 'setup.open'),
      link: viewer.privileges.has(privilege) ? { href, label: t(`setup.step.${step}.link`) } : undefined,
    }
  })
  const done = steps.filter(({ isDone }) => isDone).length
  return { steps, note: t('setup.progress', { done, all: steps.length }), isComplete: done === steps.length }
}

function countryOptions(language: Language): Option[] {
  const { compare } = new Intl.Collator(language)
  return allCountries().map((value) => ({ value, label: countryName(language, value) })).toSorted((a, b) => compare(a.label, b.label))
}

function zoneOptions(): Option[] {
  return allTimeZones().map((value) => ({ value, label: value.replaceAll('_', ' ') }))
}
