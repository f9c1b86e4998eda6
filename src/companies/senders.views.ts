import { countryName } from '../words/format.ts'
import { translator, type Translate } from '../words/index.ts'
import type { Language } from '../words/define.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import { isName, NO_NAMES_IN, type Sender } from './senders.domain.ts'
import { SENDER_LENGTHS, type SenderFault, type SenderForm } from './senders.input.ts'
import type { Pool } from './senders.queries.ts'

type Item = { label: string; icon: string; href: string } | { label: string; icon: string; post: string; fields?: Record<string, string> }
export type SenderRow = { id: number; address: string; label: string; replies: { text: string; tone: string }; countries: string; stop: string; rate: string; menu: { label: string; isSmall: true; items: Item[] }; isArchived: boolean }
export type PoolModel = {
  id: number
  name: string
  isDefault: boolean
  isArchived: boolean
  /** Senders in use and not. */
  senders: SenderRow[]
  note: string
  addUrl: string
  rename: { action: string; id: string; value: string; error: string }
  menu: { label: string; items: Item[] } | undefined
}

export type SendersModel = { intro: string; export: ExportMenu | undefined; pools: PoolModel[]; archived: PoolModel[]; newPool: { action: string; value: string; error: string } | undefined; first: { heading: string; text: string; icon: string; action: { href: string; label: string; icon: string } } | undefined; errors: { field: string; text: string }[] }

type Field = { name: string; label: string; value: string; hint?: string; error?: string; width?: string; inputmode?: string; autocomplete: string; maxlength?: number; isDisabled?: boolean; suffix?: string }
export type SenderPageModel = {
  crumbs: { label: string; href: string }[]
  action: string
  pool: { id: number; name: string } | undefined
  fields: { before: Field[]; after: Field[] }
  receives: { isOn: boolean; error: string }
  countries: { value: string; label: string; isChecked: boolean }[]
  countriesHint: string
  errors: { field: string; text: string }[]
}

declare module '../web/render.ts' {
  interface ViewModels {
    'admin/senders': SendersModel
    'admin/sender': SenderPageModel
  }
}

/** `refused`: a name that could not be kept, for a new pool or one that is there. */
export function sendersModel(language: Language, pools: readonly Pool[], refused?: { poolId: number | undefined; name: string; error: string }): SendersModel {
  const t = translator(language)
  const models = pools.map((pool) => poolModel(language, t, pool, refused?.poolId === pool.id ? refused : undefined))
  const isNew = refused && refused.poolId === undefined
  return {
    intro: t('senders.intro'), export: pools.length === 0 ? undefined : exportMenu(language, paths.exportOf(paths.senders)),
    pools: models.filter(({ isArchived }) => !isArchived),
    archived: models.filter(({ isArchived }) => isArchived),
    newPool: pools.length === 0 ? undefined : { action: `${paths.senders}/pools`, value: isNew ? refused.name : '', error: isNew ? refused.error : '' },
    first: pools.length > 0 ? undefined : { heading: t('senders.first.heading'), text: t('senders.first.text'), icon: 'message-square', action: { href: paths.newSender, label: t('senders.add'), icon: 'plus' } },
    errors: refused ? [{ field: isNew ? 'name' : `pool-${refused.poolId}`, text: refused.error }] : [],
  }
}

function poolModel(language: Language, t: Translate, pool: Pool, refused: { name: string; error: string } | undefined): PoolModel {
  const url = `${paths.senders}/pools/${pool.id}`
  const isArchived = pool.archived_at !== null
  return {
    id: pool.id, name: pool.name, isDefault: pool.is_default, isArchived, addUrl: `${paths.newSender}?pool=${pool.id}`,
    senders: pool.senders.map((sender) => senderRow(language, t, sender)).sort((a, b) => Number(a.isArchived) - Number(b.isArchived)),
    note: pool.senders.some(({ archived_at }) => archived_at === null) ? '' : t('senders.pool.empty'),
    rename: { action: url, id: `pool-${pool.id}`, value: refused?.name ?? pool.name, error: refused?.error ?? '' },
    // The default pool stays as it is: another one becomes the default first.
    menu: pool.is_default ? undefined : { label: t('senders.pool.actions', { name: pool.name }), items: [
      ...(isArchived ? [] : [{ label: t('senders.pool.makeDefault'), icon: 'star', post: `${url}/default` }]), archiveItem(t, `${url}/archive`, isArchived),
    ] },
  }
}

function senderRow(language: Language, t: Translate, sender: Sender & { archived_at: Date | null }): SenderRow {
  const url = `${paths.senders}/${sender.id}`
  const isArchived = sender.archived_at !== null
  return {
    id: sender.id, address: sender.address, label: sender.label, isArchived,
    replies: { text: repliesText(t, sender), tone: sender.can_receive ? 'ok' : 'neutral' },
    countries: countriesText(language, sender),
    stop: sender.stop_text || t('senders.stopNone'),
    rate: sender.per_second === null ? t('senders.rateNone') : t('senders.rate', { count: sender.per_second }),
    menu: { label: t('senders.actions', { address: sender.address }), isSmall: true, items: [{ label: t('senders.edit'), icon: 'pencil', href: url }, archiveItem(t, `${url}/archive`, isArchived)] },
  }
}

export function repliesText(t: Translate, { can_receive }: Pick<Sender, 'can_receive'>): string {
  return t(can_receive ? 'senders.receives' : 'senders.mute')
}

/** Where a sender may text. */
export function countriesText(language: Language, { address, countries }: Pick<Sender, 'address' | 'countries'>): string {
  if (countries.length > 0) return countries.map((code) => countryName(language, code)).join(', ')
  return translator(language)(isName(address) ? 'senders.everywhereBut' : 'senders.everywhere')
}

function archiveItem(t: Translate, post: string, isArchived: boolean): Item {
  return { post, label: t(isArchived ? 'senders.restore' : 'senders.archive'), icon: isArchived ? 'undo-2' : 'archive', fields: { archived: isArchived ? '0' : '1' } }
}

/** What the form shows: what was typed, or what is stored. */
export type SenderValues = { label: string; address: string; can_receive: boolean; stop_text: string; per_second: string; countries: readonly string[] }

export function typedValues({ sender, typed }: SenderForm): SenderValues {
  return { ...sender, ...typed }
}

export function storedValues(sender: Sender): SenderValues {
  return { ...sender, per_second: sender.per_second === null ? '' : String(sender.per_second) }
}

export const NEW_SENDER: SenderValues = { label: '', address: '', can_receive: true, stop_text: '', per_second: '', countries: [] }

export function senderPageModel(language: Language, given: { id: number | undefined; pool: { id: number; name: string } | undefined; values: SenderValues; allowed: readonly string[]; faults: readonly SenderFault[] }): SenderPageModel {
  const t = translator(language)
  const { id, pool, values, allowed, faults } = given
  const text = (one: SenderFault) => t(`senders.fault.${one.fault}`, { field: t(`senders.field.${one.field}`) })
  const error = (field: SenderFault['field']) => {
    const fault = faults.find((one) => one.field === field)
    return fault ? { error: text(fault) } : {}
  }
  const offered = [...new Set([...allowed, ...values.countries])].map((code) => ({ value: code, label: countryName(language, code), isChecked: values.countries.includes(code) }))
  return {
    crumbs: [{ label: t('nav.senders'), href: paths.senders }],
    action: id === undefined ? paths.senders : `${paths.senders}/${id}`, pool,
    fields: {
      before: [
        // What was sent from it, and who answers it, is found by the address: it never changes.
        id === undefined
          ? { name: 'address', label: t('senders.field.address'), hint: t('senders.hint.address'), value: values.address, width: 'medium', autocomplete: 'off', maxlength: 24, ...error('address') }
          : { name: 'address', label: t('senders.field.address'), hint: t('senders.hint.addressFixed'), value: values.address, width: 'medium', autocomplete: 'off', isDisabled: true },
        { name: 'label', label: t('senders.field.label'), hint: t('senders.hint.label'), value: values.label, autocomplete: 'off', maxlength: SENDER_LENGTHS.label, ...error('label') },
      ],
      after: [
        { name: 'stop_text', label: t('senders.field.stop_text'), hint: t('senders.hint.stop_text'), value: values.stop_text, width: 'medium', autocomplete: 'off', maxlength: SENDER_LENGTHS.stop_text, ...error('stop_text') },
        { name: 'per_second', label: t('senders.field.per_second'), hint: t('senders.hint.per_second'), value: values.per_second, width: 'short', inputmode: 'numeric', autocomplete: 'off', ...error('per_second') },
      ],
    },
    receives: { isOn: values.can_receive, error: error('can_receive').error ?? '' },
    countries: offered.sort((a, b) => a.label.localeCompare(b.label, language)),
    countriesHint: t('senders.hint.countries', { list: new Intl.ListFormat(language).format(NO_NAMES_IN.slice(0, 2).map((code) => countryName(language, code))) }),
    errors: faults.map((one) => ({ field: one.field, text: text(one) })),
  }
}
