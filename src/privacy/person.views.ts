import { nameOf } from '../candidates/views.ts'
import type { Kind } from '../candidates/domain.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { wholeNumber } from '../words/format.ts'
import { LANGUAGES } from '../words/define.ts'
import { translator } from '../words/index.ts'
import type { Belongings } from './erasure.queries.ts'

const HELD = ['texts', 'replies', 'answers', 'notes', 'lists'] as const

type Crumb = { label: string; href: string }
export type PersonDataModel = {
  crumbs: Crumb[]
  held: { term: string; text: string }[]
  copyAction: string
  languageChoice: { name: string; legend: string; type: 'radio'; layout: 'inline'; options: { value: string; label: string; isChecked: boolean }[] }
  eraseUrl: string
}
export type ErasureModel = {
  crumbs: Crumb[]
  notice: { kind: 'warning'; text: string } | undefined
  confirm: { heading: string; text: string; points: string[]; action: string; submit: { label: string; icon: string; isDanger: boolean }; cancel: { href: string } }
  stays: string[]
}

declare module '../web/render.ts' {
  interface ViewModels {
    'privacy/person': PersonDataModel
    'privacy/erasure': ErasureModel
  }
}

export type Subject = { id: number; kind: Kind; first_name: string; last_name: string; language: string | null }

export function personDataModel(viewer: Viewer, person: Subject, held: Belongings): PersonDataModel {
  const { language } = viewer
  const t = translator(language)
  const chosen = person.language ?? viewer.company.language
  return {
    crumbs: crumbs(viewer, person),
    held: HELD.map((name) => ({ term: t(`data.held.${name}`), text: wholeNumber(language, held[name]) })),
    copyAction: paths.personStep(person.kind, person.id, 'copy'),
    languageChoice: { name: 'language', legend: t('data.person.language'), type: 'radio', layout: 'inline', options: LANGUAGES.map((one) => ({ value: one, label: t(`candidates.record.${one}`), isChecked: one === chosen })) },
    eraseUrl: paths.personStep(person.kind, person.id, 'erasure'),
  }
}

/** Says what goes, what is still on its way, and what stays and why. `isBusy`: a try that had to give way to something else. */
export function erasureModel(viewer: Viewer, person: Subject, held: Belongings, isBusy: boolean): ErasureModel {
  const t = translator(viewer.language)
  const name = nameOf(t, person)
  return {
    crumbs: [...crumbs(viewer, person), { label: t('data.person.short'), href: paths.personStep(person.kind, person.id, 'data') }],
    notice: isBusy ? { kind: 'warning', text: t('data.erase.busy') } : undefined,
    confirm: {
      heading: t('data.erase.title', { name }), text: t('data.erase.text'),
      points: [
        t('data.erase.record'), ...HELD.filter((one) => held[one] > 0).map((one) => t(`data.erase.held.${one}`, { count: held[one] })), t('data.erase.links'),
        ...(held.unsent > 0 ? [t('data.erase.unsent', { count: held.unsent })] : []),
        ...(held.underway > 0 ? [t('data.erase.underway', { count: held.underway })] : []),
      ],
      action: paths.personStep(person.kind, person.id, 'erasure'), submit: { label: t('data.erase.submit'), icon: 'trash-2', isDanger: true }, cancel: { href: paths.person(person.kind, person.id) },
    },
    stays: [
      t('data.erase.history'), t(held.optedOut ? 'data.erase.optOut' : 'data.erase.hash'),
      ...(held.shared > 0 ? [t('data.erase.shared', { count: held.shared })] : []),
      t('data.erase.provider'), t('data.erase.backups'),
    ],
  }
}

function crumbs({ language }: Viewer, person: Subject): Crumb[] {
  const t = translator(language)
  const isContact = person.kind === 'contact'
  return [{ label: t(isContact ? 'nav.contacts' : 'nav.candidates'), href: isContact ? paths.contacts : paths.candidates }, { label: nameOf(t, person), href: paths.person(person.kind, person.id) }]
}
