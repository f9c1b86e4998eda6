import type { Language } from '../words/define.ts'
import { LANGUAGES } from '../words/define.ts'
import { translator, type Translate } from '../words/index.ts'
import { paths } from '../web/paths.ts'
import { BRANDING_KINDS, BRANDING_VARIANTS, contrastWithWhite, TEXT_LIMITS, TEXT_PARTS, textField, type Branding } from './branding.domain.ts'
import type { BrandingValues, FieldProblem } from './branding.input.ts'
import { IMAGE_ROLES } from './images.ts'
import { pictureModel, type PictureModel, type PictureState } from './images.views.ts'

/** What the landing page can be shown as; the words are those of the person looking. */
const PREVIEW_STATES = ['form', 'answered', 'closed', 'stop'] as const

type Field = { name: string; label: string; value: string; hint?: string; error?: string; type?: string; rows?: number; maxlength?: number; isOptional?: boolean; width?: 'short' | 'medium'; autocomplete?: string }
type Option = { value: string; label: string; isSelected: boolean }

export type BrandingModel = {
  intro: string
  action: string
  version: number
  errors: { field: string; text: string }[]
  /** Somebody else saved meanwhile. */
  conflict: { kind: 'warning'; text: string; detail: string } | undefined
  identity: Field[]
  /** What stands under the form of the candidate's page. */
  closing: Field[]
  brandColor: string
  contrast: string
  images: PictureModel[]
  variants: { id: string; title: string; isOpen: boolean; fields: Field[] }[]
  preview: { url: string; frameUrl: string; kinds: Option[]; languages: Option[]; states: Option[] }
}

declare module '../web/render.ts' {
  interface ViewModels {
    'admin/branding': BrandingModel
  }
}

export type BrandingState = PictureState & {
  branding: Branding
  /** What the form was made from: a refused one keeps its own, so that nobody saves over a colleague unseen. */
  version: number
  /** What was typed, when the form comes back; else what is saved. */
  values: BrandingValues
  problems: readonly FieldProblem[]
  isConflict: boolean
}

export function brandingModel(language: Language, state: BrandingState): BrandingModel {
  const t = translator(language)
  const { branding, values } = state
  const field = makeField(t, state)
  const sample = /^#[0-9a-f]{6}$/.test(values['brandColor'] ?? '') ? (values['brandColor'] as string) : branding.brandColor
  const variants = BRANDING_VARIANTS.map((variant) => {
    const title = t(`companies.kind.${variant.kind}`)
    const fields = TEXT_PARTS.map((part) => field(textField(variant, part), t(`companies.text.${part}`), {
      maxlength: TEXT_LIMITS[part].most, isOptional: TEXT_LIMITS[part].least === 0,
      ...(part === 'body' ? { type: 'textarea', rows: 3, hint: t('companies.text.body.hint') } : part === 'commentHint' ? { hint: t('companies.text.commentHint.hint') } : {}),
    }))
    return { id: `${variant.kind}_${variant.language}`, title: `${title} – ${t(`companies.language.${variant.language}`)}`, isOpen: variant.kind === 'simple' && variant.language === language, fields }
  })
  for (const variant of variants) variant.isOpen ||= variant.fields.some(({ error }) => error)
  const images = IMAGE_ROLES.map((role) => pictureModel(t, role, state, { url: paths.brandingImage(role), name: values['displayName'] ?? '', emptyText: t('companies.image.none'), removeLabel: t('companies.image.remove'), brandColor: sample }))
  return {
    intro: t('companies.branding.intro'),
    action: paths.branding,
    version: state.version,
    errors: [
      ...state.problems.map((problem) => ({ field: problem.field, text: t('companies.problem.line', { label: labelOf(t, problem.field), text: problemText(t, problem) }) })),
      ...images.flatMap(({ file }) => (file.error ? [{ field: file.name, text: t('companies.problem.line', { label: file.label, text: file.error }) }] : [])),
    ],
    conflict: state.isConflict ? { kind: 'warning', text: t('companies.branding.conflict'), detail: t('companies.branding.conflict.detail') } : undefined,
    identity: [
      field('displayName', t('companies.displayName'), { hint: t('companies.displayName.hint'), maxlength: 80, width: 'medium', autocomplete: 'organization' }),
      field('brandColor', t('companies.brandColor'), { type: 'color', hint: t('companies.brandColor.hint'), width: 'short' }),
    ],
    closing: [
      field('footerText', t('companies.footerText'), { type: 'textarea', rows: 3, maxlength: 400, isOptional: true, hint: t('companies.footerText.hint') }),
      field('privacyText', t('companies.privacyText'), { type: 'textarea', rows: 5, maxlength: 2_000, isOptional: true, hint: t('companies.privacyText.hint') }),
    ],
    brandColor: sample,
    contrast: t('companies.contrast', { ratio: Math.floor(contrastWithWhite(sample) * 10) / 10 }),
    images,
    variants,
    preview: {
      url: paths.brandingPreview,
      frameUrl: `${paths.brandingPreview}?kind=availability&lang=${language}`,
      kinds: BRANDING_KINDS.map((kind) => ({ value: kind, label: t(`companies.branding.preview.kind.${kind}`), isSelected: kind === 'availability' })),
      languages: LANGUAGES.map((one) => ({ value: one, label: t(`companies.language.${one}`), isSelected: one === language })),
      states: PREVIEW_STATES.map((state) => ({ value: state, label: t(`companies.branding.preview.state.${state}`), isSelected: state === 'form' })),
    },
  }
}

/** The saved branding as the form's fields. */
export function savedValues(branding: Branding): BrandingValues {
  const texts = branding.texts.flatMap((text) => TEXT_PARTS.map((part) => [textField(text, part), text[part]]))
  return { displayName: branding.displayName, brandColor: branding.brandColor, footerText: branding.footerText, privacyText: branding.privacyText, ...Object.fromEntries(texts) }
}

function makeField(t: Translate, { values, problems }: BrandingState) {
  return (name: string, label: string, more: Partial<Field> = {}): Field => {
    const problem = problems.find((one) => one.field === name)
    return { name, label, value: values[name] ?? '', autocomplete: 'off', ...more, ...(problem ? { error: problemText(t, problem) } : {}) }
  }
}

function labelOf(t: Translate, field: string): string {
  if (field === 'displayName' || field === 'brandColor' || field === 'footerText' || field === 'privacyText') return t(`companies.${field}`)
  const [kind, language, part] = field.split('_') as ['simple' | 'availability', Language, (typeof TEXT_PARTS)[number]]
  return `${t(`companies.text.${part}`)} (${t(`companies.kind.${kind}`)}, ${t(`companies.language.${language}`)})`
}

function problemText(t: Translate, { word, limit }: FieldProblem): string {
  return t(`companies.problem.${word}`, { limit })
}
