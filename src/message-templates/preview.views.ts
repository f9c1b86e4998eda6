import type { Reader } from '../candidates/views.ts'
import { toGsm7 } from '../sms/segments.ts'
import { paths } from '../web/paths.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import type { TemplateBodies, TemplateKind } from './domain.ts'
import { wordDiff, type DiffPart } from './diff.ts'
import { EXAMPLES, type Example } from './example.ts'
import type { Sending } from './ground.ts'
import { exampleParts, type InspectedText, type TemplateInspection } from './inspection.ts'
import type { RenderedPart } from './merge.ts'

type BubblePart = { text: string; isField?: boolean; isCostly?: boolean }

export type PhoneModel = { phone: { sender: string; bubbles: { parts: BubblePart[]; note: string }[] }; emptyText: string }

type Choice = { name: string; legend: string; layout: 'inline'; options: { value: string; label: string; isChecked: boolean }[] }

export type TextsCostModel = {
  lines: { heading: string; texts: string[] }[]
  costly: { heading: string; sources: string[]; replaced: { before: string; after: string; saves: string; parts: DiffPart[] } | undefined }[]
  /** Something in the texts can be replaced by one click. */
  canReplace: boolean
  previewUrl: string
  /** Undefined before anything is written. */
  lint: { level: 'error' | 'warning' | 'info'; text: string }[] | undefined
}

/** What is tried: the texts as they stand in the form, and for whom. */
export type Tried = { kind: TemplateKind; texts: TemplateBodies; example: Example; shown: Language }

export function phoneModel({ t }: Reader, tried: Tried, ground: Sending): PhoneModel {
  const shown = exampleParts(tried, tried.shown, tried.example, ground)
  const bubbles = shown ? [{ parts: shown.parts.flatMap((part) => costlyParts(part, shown.measure.costly)), note: t('templates.preview.cost', { characters: shown.measure.units, segments: shown.measure.segments }) }] : []
  return {
    phone: { sender: ground.sender?.address ?? ground.agency, bubbles },
    emptyText: tried.shown === ground.mainLanguage ? t('templates.preview.noText') : t('templates.preview.otherText', { language: ground.mainLanguage }),
  }
}

/** Radio buttons that choose whom and what the phone shows. */
export function previewChoices({ t }: Reader, { example, shown }: Pick<Tried, 'example' | 'shown'>): Choice[] {
  return [
    { name: 'example', legend: t('templates.preview.for'), layout: 'inline', options: EXAMPLES.map((one) => ({ value: one, label: t(`templates.example.${one}`), isChecked: one === example })) },
    { name: 'shown', legend: t('templates.preview.language'), layout: 'inline', options: LANGUAGES.map((one) => ({ value: one, label: t(`templates.language.${one}`), isChecked: one === shown })) },
  ]
}

export function textsCostModel(reader: Reader, tried: Tried, inspection: TemplateInspection, ground: Sending): TextsCostModel {
  const { t } = reader
  const isBilingual = inspection.texts.length > 1 || inspection.findings.some(({ language }) => language !== ground.mainLanguage)
  const inLanguage = (language: Language, text: string) => (isBilingual ? t('templates.inLanguage', { language: t(`templates.language.${language}`), text }) : text)
  const order = { error: 0, warning: 1, info: 2 }
  return {
    lines: inspection.texts.map(({ language, measure }) => ({
      heading: inLanguage(language, t('templates.cost.line', { characters: measure.units, segments: measure.segments })),
      texts: [t(measure.encoding === 'gsm7' ? 'templates.cost.gsm7' : 'templates.cost.ucs2', { perSegment: measure.perSegment })],
    })),
    costly: inspection.texts.filter(({ costly }) => costly.own.length + costly.given.length > 0).map((text) => costlyModel(reader, tried, text, inLanguage)),
    canReplace: inspection.texts.some(({ costly, plain }) => costly.own.length > 0 && plain !== undefined),
    previewUrl: paths.templatePreview,
    lint: inspection.texts.length === 0 ? undefined : inspection.findings
      .map(({ rule, level, detail, language }) => ({ level, text: inLanguage(language, rule === 'empty' ? t('templates.fault.text.empty') : t(`templates.lint.${rule}`, { detail })) }))
      .sort((a, b) => order[a.level] - order[b.level]),
  }
}

function costlyModel({ t }: Reader, tried: Tried, { language, measure, costly, plain }: InspectedText, inLanguage: (language: Language, text: string) => string): TextsCostModel['costly'][number] {
  return {
    heading: inLanguage(language, t('templates.cost.costlyHeading', { segments: measure.segments })),
    sources: [
      ...(costly.own.length > 0 ? [t('templates.cost.costlyOwn', { characters: costly.own.join(' ') })] : []),
      ...(costly.given.length > 0 ? [t('templates.cost.costlyGiven', { characters: costly.given.join(' ') })] : []),
    ],
    replaced: plain && costly.own.length > 0
      ? {
          before: costly.own.join(' '), after: costly.own.map(toGsm7).filter(Boolean).join(' ') || t('templates.cost.nothing'),
          saves: t('templates.cost.saves', { before: measure.segments, after: plain.measure.segments }), parts: wordDiff(tried.texts[language] ?? '', plain.body),
        }
      : undefined,
  }
}

/** Splits what is shown where a character makes the message dearer. */
function costlyParts({ text, field }: RenderedPart, costly: readonly string[]): BubblePart[] {
  const isField = field !== undefined
  if (costly.length === 0) return [{ text, isField }]
  const found = [...costly].sort((a, b) => b.length - a.length).map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  return text.split(new RegExp(`(${found})`, 'u')).filter(Boolean).map((piece) => (costly.includes(piece) ? { text: piece, isField, isCostly: true } : { text: piece, isField }))
}
