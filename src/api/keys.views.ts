import { randomUUID } from 'node:crypto'
import { encodeCursor } from '../core/paging.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { ago, longMoment } from '../words/format.ts'
import { translator, type Translate } from '../words/index.ts'
import { API_RESOURCES, API_SCOPES, KEY_DAYS, KEY_KINDS, KEY_NAME_LENGTH, keyState, type ApiScope } from './domain.ts'
import type { KeyFault, TypedKey } from './keys.input.ts'
import type { ListedKey } from './keys.queries.ts'

export const KEYS_PER_PAGE = 50

type Pill = { text: string; tone: string; icon: string }
type Moment = { text: string; exact: string; datetime: string }
type Field = { name: string; label: string; type?: string; value?: string; hint?: string; error?: string; options?: { value: string; label: string }[]; maxlength?: number; autocomplete?: string; width?: 'short' | 'medium' }
type Choice = { name: string; legend: string; type?: 'checkbox'; hint?: string; error?: string; options: { value: string; label: string; hint?: string; isChecked: boolean }[] }

export type KeysModel = {
  newUrl: string
  docsUrl: string
  rows: { url: string; name: string; hint: string; state: Pill; kind: Pill; person: string; isPersonGone: boolean; lastUsed: Moment | undefined; ends: string }[]
  nextUrl: string
  firstUrl: string
}
export type KeyFormModel = { action: string; formId: string; fields: Field[]; kinds: Choice; scopes: Choice; last: Field[]; errors: { field: string; text: string }[]; listUrl: string }
export type MadeKeyModel = { key: string; command: string; isTest: boolean; listUrl: string; docsUrl: string }
export type KeyModel = { state: Pill; kind: Pill; rows: { term: string; text: string }[]; scopes: string[]; revokeUrl: string; listUrl: string; notice: { kind: 'warning'; text: string } | undefined }
export type KeyConfirmModel = { confirm: { heading: string; text: string; points: string[]; action: string; fields: Record<string, string>; submit: { label: string; icon: string; isDanger: boolean }; cancel: { href: string } } }

declare module '../web/render.ts' {
  interface ViewModels {
    'api/keys': KeysModel
    'api/key-form': KeyFormModel
    'api/key-made': MadeKeyModel
    'api/key': KeyModel
    'api/key-confirm': KeyConfirmModel
  }
}

const STATES = { active: { tone: 'ok', icon: 'circle-check' }, expired: { tone: 'warning', icon: 'clock' }, revoked: { tone: 'neutral', icon: 'ban' } } as const
const KINDS = { live: { tone: 'accent', icon: 'key-round' }, test: { tone: 'neutral', icon: 'circle' } } as const

export function keysModel(viewer: Viewer, given: { rows: readonly ListedKey[]; isFirst: boolean; now: Date }): KeysModel {
  const t = translator(viewer.language)
  const shown = given.rows.slice(0, KEYS_PER_PAGE)
  const last = shown.at(-1)
  return {
    newUrl: paths.newApiKey, docsUrl: paths.apiDocs,
    rows: shown.map((key) => ({
      url: paths.apiKey(key.id), name: key.name, hint: hintOf(key), state: statePill(t, key, given.now), kind: kindPill(t, key), person: key.userName, isPersonGone: !key.isUserActive,
      lastUsed: key.lastUsedAt === null ? undefined : { text: ago(viewer.language, key.lastUsedAt, given.now), exact: longMoment(viewer.language, key.lastUsedAt, viewer.company.timeZone), datetime: key.lastUsedAt.toISOString() },
      ends: endText(t, viewer, key),
    })),
    nextUrl: given.rows.length > KEYS_PER_PAGE && last ? `${paths.apiKeys}?after=${encodeCursor([last.revokedAt === null ? 0 : 1, last.id])}` : '',
    firstUrl: given.isFirst ? '' : paths.apiKeys,
  }
}

export function typedKey(viewer: Viewer): TypedKey {
  return { name: '', kind: 'live', scopes: [], person: String(viewer.userId), days: '365' }
}

export function keyFormModel(viewer: Viewer, given: { typed: TypedKey; people: readonly { id: number; name: string }[]; faults?: readonly KeyFault[]; formId?: string }): KeyFormModel {
  const t = translator(viewer.language)
  const { typed, people, faults = [] } = given
  const textOf = ({ field, fault }: KeyFault) => (fault === 'long' ? t('api.key.fault.long', { max: KEY_NAME_LENGTH }) : t(field === 'name' ? 'api.key.fault.name' : field === 'scopes' ? 'api.key.fault.scopes' : 'api.key.fault.person'))
  const error = (field: KeyFault['field']) => faults.filter((fault) => fault.field === field).map((fault) => ({ error: textOf(fault) }))[0] ?? {}
  return {
    action: paths.apiKeys, formId: given.formId || randomUUID(), listUrl: paths.apiKeys,
    fields: [{ name: 'name', label: t('api.key.name'), value: typed.name, hint: t('api.key.nameHint'), maxlength: KEY_NAME_LENGTH, autocomplete: 'off', ...error('name') }],
    kinds: { name: 'kind', legend: t('api.key.kind'), options: KEY_KINDS.map((kind) => ({ value: kind, label: t(`api.key.kind.${kind}`), hint: t(`api.key.kindHint.${kind}`), isChecked: kind === typed.kind })) },
    scopes: { name: 'scopes', legend: t('api.key.scopes'), type: 'checkbox', hint: t('api.key.scopesHint'), ...error('scopes'), options: API_SCOPES.map((scope) => ({ value: scope, label: scopeText(t, scope), hint: scope, isChecked: typed.scopes.includes(scope) })) },
    last: [
      { name: 'person', label: t('api.key.person'), type: 'select', value: typed.person, hint: t('api.key.personHint'), options: people.map(({ id, name }) => ({ value: String(id), label: name })), autocomplete: 'off', width: 'medium', ...error('person') },
      { name: 'days', label: t('api.key.days'), type: 'select', value: typed.days, options: KEY_DAYS.map((days) => ({ value: days, label: days === '' ? t('api.key.forEver') : t('api.key.dayCount', { days: Number(days) }) })), autocomplete: 'off', width: 'medium' },
    ],
    errors: faults.map((fault) => ({ field: fault.field, text: textOf(fault) })),
  }
}

export function madeKeyModel(key: string, appUrl: string): MadeKeyModel {
  return { key, command: `curl '${appUrl}${paths.api}/candidates?limit=1' \\\n  -H 'Authorization: Bearer ${key}'`, isTest: key.startsWith('dispo_test_'), listUrl: paths.apiKeys, docsUrl: paths.apiDocs }
}

export function keyModel(viewer: Viewer, key: ListedKey, now: Date): KeyModel {
  const t = translator(viewer.language)
  const at = (moment: Date) => longMoment(viewer.language, moment, viewer.company.timeZone)
  const state = keyState(key, now)
  return {
    state: statePill(t, key, now), kind: kindPill(t, key), listUrl: paths.apiKeys, revokeUrl: state === 'revoked' ? '' : paths.apiKeyRevocation(key.id),
    notice: key.isUserActive || state === 'revoked' ? undefined : { kind: 'warning', text: t('api.key.personGone', { name: key.userName }) },
    rows: [
      { term: t('api.key.hint'), text: hintOf(key) },
      { term: t('api.key.person'), text: key.userName },
      { term: t('api.key.made'), text: t('api.key.madeBy', { at: at(key.createdAt), name: key.creator }) },
      { term: t('api.key.lastUsed'), text: key.lastUsedAt === null ? t('api.key.never') : at(key.lastUsedAt) },
      { term: t('api.key.days'), text: endText(t, viewer, key) },
    ],
    scopes: API_SCOPES.filter((scope) => key.scopes.includes(scope)).map((scope) => `${scopeText(t, scope)} (${scope})`),
  }
}

export function revocationModel(viewer: Viewer, key: ListedKey): KeyConfirmModel {
  const t = translator(viewer.language)
  return {
    confirm: {
      heading: t('api.key.revocation', { name: key.name }), text: t('api.key.revocationText', { hint: hintOf(key) }), points: [t('api.key.revocationPoint')], action: paths.apiKeyRevocation(key.id), fields: {},
      submit: { label: t('api.key.revoke'), icon: 'ban', isDanger: true }, cancel: { href: paths.apiKey(key.id) },
    },
  }
}

function hintOf({ kind, hint }: Pick<ListedKey, 'kind' | 'hint'>): string {
  return `dispo_${kind}_…${hint}`
}

function statePill(t: Translate, key: ListedKey, now: Date): Pill {
  const state = keyState(key, now)
  return { text: t(`api.key.state.${state}`), ...STATES[state] }
}

function kindPill(t: Translate, { kind }: Pick<ListedKey, 'kind'>): Pill {
  return { text: t(`api.key.kind.${kind}`), ...KINDS[kind] }
}

function endText(t: Translate, viewer: Viewer, { expiresAt, revokedAt }: ListedKey): string {
  const end = revokedAt ?? expiresAt
  if (end === null) return t('api.key.forEver')
  return t(revokedAt ? 'api.key.revokedAt' : 'api.key.until', { at: longMoment(viewer.language, end, viewer.company.timeZone) })
}

/** « Candidats : lire ». */
function scopeText(t: Translate, scope: ApiScope): string {
  const [resource = '', act] = scope.split(':')
  const name = API_RESOURCES.find((one) => one === resource) ?? 'candidates'
  return t('api.scope', { resource: t(`api.resource.${name}`), act: t(act === 'read' ? 'api.scope.read' : act === 'write' ? 'api.scope.write' : 'api.scope.send') })
}
