import { encodeCursor } from '../core/paging.ts'
import { formatPhone, type CountryCode } from '../sms/phone.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import { PRIVILEGES, type Privilege } from '../web/privileges.ts'
import type { Viewer } from '../web/viewer.ts'
import { ago, longMoment } from '../words/format.ts'
import { translator, type Translate } from '../words/index.ts'
import { roleOf, ROLES, stateOf, USER_STATES, type Doubt } from './users.domain.ts'
import type { PersonFault, TypedUser, UserListQuery } from './users.input.ts'
import type { Person, PersonChange } from './users.queries.ts'

type Pill = { text: string; tone: 'ok' | 'warning' | 'neutral' | 'info'; icon: string }
type Option = { value: string; label: string; isChecked: boolean }
type Field = { name: string; label: string; type?: string; value: string; hint?: string; error?: string; isOptional?: boolean; isDisabled?: boolean; width?: string; inputmode?: string; autocomplete: string; maxlength?: number }
export type MenuItem = { label: string; icon: string; href: string; isDanger?: boolean } | { label: string; icon: string; post: string } | { note: string } | { isLine: true }

export type UsersModel = {
  intro: string
  newUrl: string
  export: ExportMenu
  /** Somebody else should be able to let people in. */
  warning: { kind: 'warning'; text: string; detail: string } | undefined
  tabs: { label: string; look: 'segments'; items: { label: string; href: string; isCurrent: boolean }[] }
  search: { action: string; label: string; value: string; fields: Record<string, string> }
  states: { action: string; fields: Record<string, string>; field: { name: string; label: string; type: 'select'; value: string; options: { value: string; label: string }[]; autocomplete: string } }
  rows: { name: string; email: string; url: string; role: string; state: Pill; note: string; factor: Pill; lastSignIn: { text: string; exact: string }; ticks: { label: string; isOn: boolean }[] }[]
  /** The matrix: a column for each right. */
  columns: string[] | undefined
  nextUrl: string
  empty: { text: string } | undefined
}

export type UserModel = {
  crumbs: { label: string; href: string }[]
  action: string
  version: number
  isNew: boolean
  note: string
  state: Pill | undefined
  fields: Field[]
  language: { name: string; legend: string; layout: 'inline'; options: Option[] }
  privileges: { name: string; legend: string; type: 'checkbox'; hint: string; error?: string; options: Option[] }
  presets: { value: string; label: string; hint: string }[]
  submit: { label: string; icon: string }
  cancelUrl: string
  facts: { rows: { term: string; text: string }[]; isTight: true } | undefined
  menu: { label: string; look: 'plain'; items: MenuItem[] } | undefined
  errors: { field: string; text: string }[]
  conflict: { kind: 'warning'; text: string; detail: string } | undefined
}

export type ConfirmModel = { confirm: { heading: string; text: string; points: string[]; action: string; fields: Record<string, string>; submit: { label: string; icon: string; isDanger: boolean }; cancel: { href: string } } }

declare module '../web/render.ts' {
  interface ViewModels {
    'admin/users': UsersModel
    'admin/user': UserModel
    'admin/user-confirm': ConfirmModel
  }
}

export const PAGE_SIZE = 50

export function usersModel(viewer: Viewer, query: UserListQuery, given: { people: readonly Person[]; administrators: number; now: Date }): UsersModel {
  const t = translator(viewer.language)
  const shown = given.people.slice(0, PAGE_SIZE)
  const last = shown.at(-1)
  const kept: Record<string, string> = { ...(query.q ? { q: query.q } : {}), ...(query.state ? { state: query.state } : {}), ...(query.view === 'rights' ? { view: 'rights' } : {}) }
  const at = (more: Record<string, string>) => { const text = new URLSearchParams(more).toString(); return text ? `${paths.users}?${text}` : paths.users }
  const without = (name: string) => Object.fromEntries(Object.entries(kept).filter(([key]) => key !== name))
  return {
    intro: t('users.intro'), newUrl: paths.newUser, export: exportMenu(viewer.language, at(without('view')).replace(paths.users, paths.exportOf(paths.users))),
    warning: given.administrators > 1 ? undefined : { kind: 'warning', text: t('users.oneAdministrator'), detail: t('users.oneAdministrator.detail') },
    tabs: { label: t('users.views'), look: 'segments', items: (['people', 'rights'] as const).map((view) => ({ label: t(`users.view.${view}`), href: at(view === 'people' ? without('view') : { ...kept, view }), isCurrent: query.view === view })) },
    search: { action: paths.users, label: t('users.search'), value: query.q, fields: without('q') },
    states: { action: paths.users, fields: without('state'), field: { name: 'state', label: t('users.state'), type: 'select', value: query.state, autocomplete: 'off', options: [{ value: '', label: t('users.state.all') }, ...USER_STATES.map((state) => ({ value: state, label: t(`users.state.${state}`) }))] } },
    rows: shown.map((person) => rowModel(t, viewer, person, given.now)),
    columns: query.view === 'rights' ? PRIVILEGES.map((privilege) => t(`privileges.${privilege}`)) : undefined,
    nextUrl: given.people.length > PAGE_SIZE && last ? at({ ...kept, after: encodeCursor([last.sortName, last.id]) }) : '',
    empty: shown.length > 0 ? undefined : { text: t('users.empty') },
  }
}

function rowModel(t: Translate, viewer: Viewer, person: Person, now: Date): UsersModel['rows'][number] {
  const { language, company } = viewer
  return {
    name: person.name, email: person.email, url: paths.user(person.id), role: roleName(t, person.privileges), state: statePill(t, person), note: invitationNote(t, viewer, person),
    factor: person.hasFactor ? { text: t('users.factor.on'), tone: 'ok', icon: 'shield' } : { text: t('users.factor.off'), tone: 'neutral', icon: 'circle' },
    lastSignIn: person.lastSignInAt ? { text: ago(language, person.lastSignInAt, now), exact: longMoment(language, person.lastSignInAt, company.timeZone) } : { text: t('users.never'), exact: '' },
    ticks: PRIVILEGES.map((privilege) => ({ label: t(`privileges.${privilege}`), isOn: person.privileges.includes(privilege) })),
  }
}

export function statePill(t: Translate, person: Person): Pill {
  const state = stateOf(person)
  if (state === 'active') return { text: t('users.state.active'), tone: 'ok', icon: 'circle-check' }
  if (state === 'deactivated') return { text: t('users.state.deactivated'), tone: 'neutral', icon: 'ban' }
  return { text: t('users.state.pending'), tone: 'info', icon: 'mail' }
}

function invitationNote(t: Translate, { language, company }: Viewer, { disabledAt, invitation }: Person): string {
  if (disabledAt || !invitation || invitation.state === 'used') return ''
  return invitation.until ? t('users.invitation.open', { moment: longMoment(language, invitation.until, company.timeZone) }) : t(`users.invitation.${invitation.state === 'withdrawn' ? 'withdrawn' : 'expired'}`)
}

export function roleName(t: Translate, privileges: readonly Privilege[]): string {
  const role = roleOf(privileges)
  return role ? t(`users.role.${role}`) : t('users.role.own', { count: privileges.length })
}

export const NEW_USER = (language: TypedUser['language'], privileges: Privilege[]): TypedUser => ({ name: '', email: '', language, mobile: '', privileges })

export function typedOf(viewer: Viewer, person: Person): TypedUser {
  return { name: person.name, email: person.email, language: person.language, mobile: person.mobile ? formatPhone(person.mobile, viewer.company.country as CountryCode) : '', privileges: person.privileges }
}

export type UserPageGiven = { person: Person | undefined; typed: TypedUser; version: number; faults?: readonly PersonFault[]; changes?: readonly PersonChange[]; isMovedOn?: boolean; now: Date }

export function userModel(viewer: Viewer, given: UserPageGiven): UserModel {
  const t = translator(viewer.language)
  const { person, typed, version, faults = [] } = given
  const errors = faults.map(({ field, fault }) => ({ field, text: t(`users.fault.${field}.${fault}` as 'users.fault.name.missing') }))
  const error = (field: string) => { const found = errors.find((one) => one.field === field); return found ? { error: found.text } : {} }
  return {
    crumbs: [{ label: t('nav.users'), href: paths.users }], action: person ? paths.user(person.id) : paths.newUser, version, isNew: !person,
    note: person ? invitationNote(t, viewer, person) : t('users.new.note'), state: person && statePill(t, person),
    fields: [
      { name: 'name', label: t('users.field.name'), value: typed.name, autocomplete: 'off', maxlength: 120, ...error('name') },
      { name: 'email', label: t('users.field.email'), type: 'email', value: typed.email, autocomplete: 'off', maxlength: 254, inputmode: 'email', ...(person?.joinedAt ? { isDisabled: true, hint: t('users.hint.email') } : {}), ...error('email') },
      { name: 'mobile', label: t('users.field.mobile'), type: 'tel', value: typed.mobile, hint: t('users.hint.mobile'), isOptional: true, width: 'medium', autocomplete: 'off', inputmode: 'tel', maxlength: 40, ...error('mobile') },
    ],
    language: languageChoice(t, typed.language),
    privileges: {
      name: 'privileges', legend: t('users.field.privileges'), type: 'checkbox', hint: t('users.hint.privileges'), ...error('privileges'),
      options: PRIVILEGES.map((privilege) => ({ value: privilege, label: t(`privileges.${privilege}`), isChecked: typed.privileges.includes(privilege) })),
    },
    presets: ROLES.map((role) => ({ value: role, label: t(`users.role.${role}`), hint: t(`users.preset.${role}`) })),
    submit: person ? { label: t('shared.save'), icon: 'save' } : { label: t('users.invite'), icon: 'send' }, cancelUrl: paths.users,
    facts: person && { isTight: true, rows: facts(t, viewer, person, given.now) },
    menu: person && { label: t('shared.actions'), look: 'plain', items: menuItems(t, viewer, person) },
    errors, conflict: given.isMovedOn ? conflict(t, given.changes ?? []) : undefined,
  }
}

export function languageChoice(t: Translate, chosen: string) {
  return { name: 'language', legend: t('users.field.language'), layout: 'inline' as const, options: (['fr', 'en'] as const).map((value) => ({ value, label: t(`users.language.${value}`), isChecked: chosen === value })) }
}

function facts(t: Translate, { language, company }: Viewer, person: Person, now: Date): { term: string; text: string }[] {
  return [
    { term: t('users.fact.role'), text: roleName(t, person.privileges) },
    { term: t('users.fact.factor'), text: t(person.hasFactor ? 'users.factor.on' : 'users.factor.off') },
    { term: t('users.fact.lastSignIn'), text: person.lastSignInAt ? `${longMoment(language, person.lastSignInAt, company.timeZone)} (${ago(language, person.lastSignInAt, now)})` : t('users.never') },
  ]
}

function menuItems(t: Translate, viewer: Viewer, person: Person): MenuItem[] {
  const state = stateOf(person)
  const trace = viewer.privileges.has('journal.view') ? [{ label: t('users.inJournal'), icon: 'history', href: `${paths.journal}?person=${person.id}` }] : []
  if (state === 'deactivated') return [{ label: t('users.reactivate'), icon: 'undo-2', post: paths.userStep(person.id, 'reactivation') }, ...trace]
  return [
    ...(state === 'pending' ? [{ label: t('users.inviteAgain'), icon: 'send', post: paths.userStep(person.id, 'invitation') }] : []),
    ...(person.invitation?.state === 'open' ? [{ label: t('users.withdraw'), icon: 'x', post: paths.userStep(person.id, 'withdrawal') }] : []),
    ...(state === 'active' ? [{ label: t('users.endSessions'), icon: 'log-out', post: paths.userStep(person.id, 'sessions') }] : []),
    ...(person.hasFactor ? [{ label: t('users.resetFactor'), icon: 'smartphone', href: paths.userStep(person.id, 'second-factor') }] : []),
    ...trace,
    { isLine: true },
    { label: t(person.id === viewer.userId ? 'users.deactivateSelf' : 'users.deactivate'), icon: 'ban', href: paths.userStep(person.id, 'deactivation'), isDanger: true },
  ]
}

/** What others did since the form was opened; what was typed stays and can be saved over it. */
export function conflict(t: Translate, changes: readonly PersonChange[]) {
  const sentences = changes.map(({ by, action, fields }) => {
    const who = by ?? t('users.somebody')
    if (action === 'user.deactivated') return t('users.conflict.deactivated', { by: who })
    if (action === 'user.reactivated') return t('users.conflict.reactivated', { by: who })
    return t('users.conflict.changed', { by: who, fields: fields.map((field) => t(`users.changed.${field}` as 'users.changed.name')).join(', ') })
  })
  return { kind: 'warning' as const, text: t('users.conflict'), detail: [...sentences, t('users.conflict.now')].join(' ') }
}

/** The same form once more, for a change that wants to be said twice. */
export function sureModel(viewer: Viewer, person: Person, doubts: readonly Doubt[], typed: TypedUser, version: number): ConfirmModel {
  const t = translator(viewer.language)
  return {
    confirm: {
      heading: t('users.sure.heading'), text: t('users.sure.text', { name: person.name }), points: doubts.map((doubt) => t(`users.doubt.${doubt}`)), action: paths.user(person.id),
      fields: { name: typed.name, email: typed.email, language: typed.language, mobile: typed.mobile, privileges: typed.privileges.join(' '), version: String(version), confirmed: '1' },
      submit: { label: t('users.sure.submit'), icon: 'check', isDanger: true }, cancel: { href: paths.user(person.id) },
    },
  }
}

export function deactivationModel(viewer: Viewer, person: Person, doubts: readonly Doubt[]): ConfirmModel {
  const t = translator(viewer.language)
  const isOwn = person.id === viewer.userId
  return {
    confirm: {
      heading: t(isOwn ? 'users.deactivation.own' : 'users.deactivation.heading', { name: person.name }), text: t('users.deactivation.text'),
      points: [t('users.deactivation.sessions'), t('users.deactivation.history'), ...doubts.map((doubt) => t(`users.doubt.${doubt}`))],
      action: paths.userStep(person.id, 'deactivation'), fields: { confirmed: '1' }, submit: { label: t('users.deactivate'), icon: 'ban', isDanger: true }, cancel: { href: paths.user(person.id) },
    },
  }
}

export function factorResetModel(viewer: Viewer, person: Person): ConfirmModel {
  const t = translator(viewer.language)
  return {
    confirm: {
      heading: t('users.factorReset.heading', { name: person.name }), text: t('users.factorReset.text'), points: [t('users.factorReset.sessions'), t('users.factorReset.told')],
      action: paths.userStep(person.id, 'second-factor'), fields: {}, submit: { label: t('users.factorReset.submit'), icon: 'smartphone', isDanger: true }, cancel: { href: paths.user(person.id) },
    },
  }
}
