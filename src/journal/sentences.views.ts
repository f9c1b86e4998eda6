import { labelOf, valueText } from '../companies/changes.views.ts'
import { EDITED_ELSEWHERE } from '../companies/limits.domain.ts'
import type { Kind } from '../candidates/domain.ts'
import { paths } from '../web/paths.ts'
import type { Privilege } from '../web/privileges.ts'
import type { Viewer } from '../web/viewer.ts'
import { catalogues, translator, type Translate, type WordKey } from '../words/index.ts'
import { isSubjectKind, SUBJECTS, type SubjectKind } from './domain.ts'
import type { JournalRow, SubjectName } from './queries.ts'

/** A sentence in pieces, so that its object can be a link. */
export type Sentence = { parts: { text: string; href?: string }[]; text: string; what: string }

export type Line = Pick<JournalRow, 'user_id' | 'user_name' | 'action' | 'subject_kind' | 'subject_id' | 'detail'>

/** Stands around the object while the sentence is made; no name may hold it. */
const MARK = '\uE000'

/** Whose language, rights and country a sentence is made for. */
export type SentenceReader = Pick<Viewer, 'language' | 'privileges'> & { company: Pick<Viewer['company'], 'country'> }

/** What a line says, in the viewer's language and with the names they may read. */
export function sentenceOf(viewer: SentenceReader, line: Line, names: ReadonlyMap<string, SubjectName>): Sentence {
  const t = translator(viewer.language)
  const key = `journal.action.${line.action}`
  const { text: what, href } = objectOf(viewer, t, line, names)
  const args = { ...detailArgs(viewer, t, line), who: whoOf(t, line), what: MARK + what + MARK }
  // An action of a version that is gone: its name says more than nothing.
  const sentence = key in catalogues[viewer.language] ? t(key as WordKey, args) : `${args.who} · ${line.action} ${args.what}`
  const [before = '', object, after = ''] = sentence.split(MARK)
  const parts = object === undefined ? [{ text: before }] : [{ text: before }, { text: object, ...(href ? { href } : {}) }, { text: after }]
  return { parts: parts.filter(({ text }) => text !== ''), text: sentence.replaceAll(MARK, ''), what }
}

export function whoOf(t: Translate, { user_id, user_name }: Pick<Line, 'user_id' | 'user_name'>): string {
  return user_name === null ? t(user_id === null ? 'journal.system' : 'journal.gone') : clean(user_name)
}

/** What a company has one of: the action alone says what it is about, and which page shows it. */
const ONLY_ONES: Partial<Record<string, { kind: SubjectKind; what: WordKey; href: string }>> = {
  'sso.saved': { kind: 'sso', what: 'journal.what.sso', href: paths.ssoSettings },
  'sso.removed': { kind: 'sso', what: 'journal.what.sso', href: paths.ssoSettings },
  'branding.published': { kind: 'branding', what: 'journal.what.branding', href: paths.brandingVersions },
  'branding.restored': { kind: 'branding', what: 'journal.what.branding', href: paths.branding },
}

function objectOf(viewer: SentenceReader, t: Translate, line: Line, names: ReadonlyMap<string, SubjectName>): { text: string; href?: string } {
  const { subject_kind: kind, subject_id: id } = line
  const may = (one: SubjectKind) => SUBJECTS[one].some((privilege: Privilege) => viewer.privileges.has(privilege))
  const only = ONLY_ONES[line.action]
  if (only) return { text: t(only.what, { version: Number(line.detail['version']) || 0 }), ...(may(only.kind) ? { href: only.href } : {}) }
  const mayOpen = isSubjectKind(kind) && may(kind)
  if (kind === 'setting' && id !== null) return { text: t('journal.named', { name: labelOf(viewer.language, id) }), ...(mayOpen ? { href: settingUrl(id) } : {}) }
  if (kind === 'retention' && id !== null) return { text: t('journal.named', { name: wordOr(t, `data.kind.${id}`, id) }), ...(mayOpen ? { href: paths.data } : {}) }
  const known = mayOpen ? names.get(`${kind} ${id}`) : undefined
  if (isSubjectKind(kind) && known && (!known.isConfidential || viewer.privileges.has('jobs.confidential'))) {
    const href = urlOf(kind, Number(id), known)
    return { text: known.name === '' ? t('journal.number', { id: id ?? '' }) : t('journal.named', { name: clean(known.name) }), ...(href ? { href } : {}) }
  }
  // Gone, or not for these eyes. What a line itself remembers of the name is shown to whoever might have opened it.
  const remembered = line.detail['name']
  if (typeof remembered === 'string' && remembered !== '' && (mayOpen || kind === 'user' || kind === 'company')) return { text: t('journal.named', { name: clean(remembered) }) }
  return { text: id === null ? '' : t('journal.number', { id: clean(id) }) }
}

function settingUrl(name: string): string {
  return paths[(EDITED_ELSEWHERE as Partial<Record<string, 'countries' | 'hours'>>)[name] ?? 'limits']
}

function urlOf(kind: SubjectKind, id: number, { variant }: SubjectName): string | undefined {
  switch (kind) {
    case 'candidate': return paths.person(variant as Kind, id)
    case 'campaign': return paths.campaign(id)
    case 'template': return paths.template(id)
    case 'list': return paths.list(id)
    case 'user': return paths.user(id)
    case 'mail': return paths.mail(id)
    case 'webhook': return paths.webhook(id)
    case 'api_key': return paths.apiKey(id)
    case 'branch': return paths.branch(id)
    case 'sms_sender': return `${paths.senders}/${id}`
    case 'sender_pool': return paths.senders
    case 'codes': case 'networks': case 'sites': case 'pages': case 'jobs': return paths.reference(kind, id)
    default: return undefined
  }
}

/** Everything a sentence may name, from what lines hold; each sentence takes what it knows. */
function detailArgs(viewer: SentenceReader, t: Translate, { subject_kind, subject_id, detail }: Line): Record<string, string | number> {
  const number = (...fields: string[]) => fields.map((field) => Number(detail[field])).find(Number.isFinite) ?? 0
  const text = (field: string) => (typeof detail[field] === 'string' && detail[field] !== '' ? clean(detail[field]) : 'none')
  const list = (values: unknown, label: (value: string) => string) =>
    Array.isArray(values) && values.length > 0 ? new Intl.ListFormat(viewer.language).format(values.map((value) => clean(label(String(value))))) : 'none'
  const value = (of: unknown) => (of === undefined ? '?' : clean(valueText(viewer.language, subject_id ?? '', of, viewer.company.country)))
  const privilege = (name: string) => wordOr(t, `privileges.${name}`, t('journal.noPrivilege'))
  return {
    kind: subject_kind ?? 'none',
    count: number('recipients', 'messages', 'removed', 'count'),
    created: number('created'), updated: number('updated'), batches: number('batches'), version: number('version'), minutes: number('minutes'),
    reason: text('reason'), how: text('how'), list: text('list'), format: text('format'),
    privilege: privilege(String(detail['privilege'] ?? '')),
    fields: list(detail['fields'], (field) => wordOr(t, `people.field.${field}`, field)),
    given: list(detail['given'], privilege), taken: list(detail['taken'], privilege),
    before: value(detail['before']), after: value(detail['after']),
  }
}

function wordOr(t: Translate, key: string, otherwise: string): string {
  return key in catalogues.fr ? t(key as WordKey) : otherwise
}

function clean(text: string): string {
  return text.replaceAll(MARK, '').replace(/\p{Cc}+/gu, ' ')
}
