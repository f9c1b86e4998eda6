import { nameOf, type Reader } from '../candidates/views.ts'
import { FIELD_NAMES, renderParts, type MergeField } from '../message-templates/merge.ts'
import { measureSms, toGsm7 } from '../sms/segments.ts'
import { paths } from '../web/paths.ts'
import { wholeNumber } from '../words/format.ts'
import type { Translate } from '../words/index.ts'
import type { AudienceMember } from './audience.queries.ts'
import { amountText } from './cost.views.ts'
import type { Inspection } from './inspection.ts'
import { usedFields, valuesFor } from './message.domain.ts'

export type PhoneModel = { sender: string; bubbles: { parts: { text: string; isField?: boolean }[]; note: string }[] }

export type PreviewModel = {
  view: 'sms' | 'page'
  tabs: { label: string; href: string; isCurrent: boolean }[]
  /** The place of the person shown; the form sends it along, so that saving keeps the person. */
  at: number
  phone: PhoneModel
  who: string
  links: { label: string; href: string; rel: string }[]
  emptyText: string
  pageUrl: string
}

export type CostModel = {
  lines: string[]
  costly: { sources: string[]; replace: { before: string; after: string; saves: string } | undefined } | undefined
  incomplete: { text: string; href: string }[]
}

export type LintModel = { level: 'error' | 'warning' | 'info'; text: string }[]

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/_preview': { preview: PreviewModel }
  }
}

export function previewUrl(campaignId: number, at: number, view: 'sms' | 'page' = 'sms'): string {
  return `${paths.campaignStep(campaignId, 'preview')}?${new URLSearchParams({ at: String(at), ...(view === 'page' ? { view } : {}) })}`
}

export function previewModel(
  reader: Reader,
  campaign: { id: number; sender_address: string },
  inspection: Inspection,
  person: AudienceMember | undefined,
  view: 'sms' | 'page',
): PreviewModel {
  const { t, language } = reader
  const total = inspection.counts.recipients
  const at = person?.position ?? 1
  const link = (label: string, position: number | null | undefined, rel: string) => (position && position !== at ? [{ label, href: previewUrl(campaign.id, position), rel }] : [])
  const { longest } = inspection.measured
  return {
    view,
    tabs: [
      { label: t('compose.preview.sms'), href: previewUrl(campaign.id, at), isCurrent: view === 'sms' },
      { label: t('compose.preview.page'), href: previewUrl(campaign.id, at, 'page'), isCurrent: view === 'page' },
    ],
    at,
    phone: { sender: senderFor(inspection, person) ?? campaign.sender_address, bubbles: person ? bubbles(reader, inspection, person) : [] },
    who: person ? t('compose.preview.who', { position: wholeNumber(language, at), total: wholeNumber(language, total), name: nameOf(t, person) }) : '',
    links: person
      ? [
          ...link(t('compose.preview.first'), 1, 'first'),
          ...link(t('compose.preview.previous'), at - 1, 'prev'),
          ...link(t('compose.preview.next'), at < total ? at + 1 : undefined, 'next'),
          ...link(t('compose.preview.longest'), longest?.position, 'longest'),
          ...link(t('compose.preview.nameless'), inspection.namelessPosition, 'nameless'),
        ]
      : [],
    emptyText: total === 0 ? t('compose.preview.empty') : t('compose.preview.noText'),
    pageUrl: `${paths.campaignStep(campaign.id, 'page')}?lang=${person?.language ?? inspection.context.language}`,
  }
}

/** The sender this person's text leaves from. */
export function senderFor({ voices }: Pick<Inspection, 'voices'>, person: Pick<AudienceMember, 'sender_id'> | undefined): string | undefined {
  return person && voices.get(person.sender_id)?.sender.address
}

/** What this person's phone shows, the merged values marked. */
export function bubbles(reader: Reader, inspection: Inspection, person: AudienceMember): PhoneModel['bubbles'] {
  const voice = inspection.voices.get(person.sender_id)
  const completed = voice?.compiled.get(person.language)
  if (!completed) return []
  const { parts } = renderParts(completed.template, valuesFor(person, voice!.shared))
  const { units, segments } = measureSms(parts.map((part) => part.text).join(''))
  return [{ parts: parts.map(({ text, field }) => ({ text, isField: field !== undefined })), note: reader.t('compose.preview.cost', { characters: units, segments }) }]
}

export function costModel(reader: Reader, campaignId: number, inspection: Inspection): CostModel {
  const { t, language } = reader
  const { measured, counts } = inspection
  const { longest } = measured
  if (!longest) return { lines: [], costly: undefined, incomplete: [] }
  const { encoding, units, segments, perSegment } = longest.measure
  return {
    lines: [
      t('compose.cost.line', { characters: units, segments }),
      t('compose.cost.totalLine', { total: wholeNumber(language, measured.totalSegments), people: counts.recipients }),
      ...[amountText(reader, inspection)].filter(Boolean),
      t(encoding === 'gsm7' ? 'compose.cost.gsm7' : 'compose.cost.ucs2', { perSegment }),
    ],
    costly: costlyModel(t, inspection),
    incomplete: incompleteLines(reader, campaignId, inspection),
  }
}

/** Which fields are empty for whom; each line opens the preview on the first of them. */
export function incompleteLines(reader: Reader, campaignId: number, inspection: Inspection): { text: string; href: string }[] {
  const list = new Intl.ListFormat(reader.language, { type: 'conjunction' })
  return inspection.measured.incomplete.map((line) => ({
    text: reader.t('compose.cost.incomplete', {
      people: line.people, fields: list.format(line.fields.map((field) => reader.t(`templates.field.${field}`))), example: `{${fieldName(reader, line.fields[0]!)}|…}`,
    }),
    href: `${paths.campaign(campaignId)}?at=${line.firstPosition}`,
  }))
}

/** Letters in the text can be replaced with one click, before and after in view; a person's name is never altered silently. */
function costlyModel(t: Translate, inspection: Inspection): CostModel['costly'] {
  if (inspection.measured.costly.length === 0) return undefined
  const fixed = [...inspection.compiled.values()].flatMap(({ template }) => template.parts.map((part) => ('text' in part ? part.text : (part.fallback ?? '')))).join('')
  const own = measureSms(fixed).costly
  const { agency, recruiter } = inspection.shared
  const fields = usedFields(inspection.compiled)
  const given = measureSms(`${fields.has('agency') ? agency : ''}${fields.has('recruiter') ? recruiter : ''}`).costly.filter((character) => !own.includes(character))
  const names = inspection.measured.costly.filter((character) => !own.includes(character) && !given.includes(character))
  const longest = inspection.measured.longest!
  const replaced = toGsm7(longest.text)
  return {
    sources: [
      ...(own.length > 0 ? [t('compose.cost.costly', { count: own.length, characters: own.join(' ') })] : []),
      ...(given.length > 0 ? [t('compose.cost.costlyAgency', { name: fields.has('agency') ? agency : recruiter, characters: given.join(' ') })] : []),
      ...(names.length > 0 ? [t('compose.cost.costlyNames', { characters: names.join(' ') })] : []),
    ],
    replace: own.length > 0
      ? { before: own.join(' '), after: own.map(toGsm7).join(' '), saves: t('compose.cost.replaceSaves', { before: longest.measure.segments, after: measureSms(replaced).segments }) }
      : undefined,
  }
}

export function lintModel(t: Translate, inspection: Inspection): LintModel {
  const isBilingual = new Set(inspection.findings.map((finding) => finding.language)).size > 1 || inspection.compiled.size > 1
  const order = { error: 0, warning: 1, info: 2 }
  const promises = inspection.replyWords.map((words) => ({ level: 'warning' as const, text: t('compose.lint.reply', { words }) }))
  const told = inspection.findings
    .map(({ rule, level, detail, language }) => {
      const text = t(`templates.lint.${rule}`, { detail })
      return { level, text: isBilingual && rule !== 'too_long' ? t('compose.lint.inLanguage', { language, text }) : text }
    })
  return [...told, ...promises].sort((a, b) => order[a.level] - order[b.level])
}

export function fieldName(reader: Reader, field: MergeField): string {
  return FIELD_NAMES[reader.language][field]
}
