import type { Language } from '../words/define.ts'
import { LANGUAGES } from '../words/define.ts'
import { timeOfDay } from '../words/format.ts'
import { translator, type Translate } from '../words/index.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { previewModel, type PreviewModel } from './branding-preview.views.ts'
import { BRANDING_VARIANTS, contrastWithWhite, LEAST_CONTRAST, GENERAL_LIMITS, GENERAL_PARTS, PRIVACY_LIMIT, QUICK_DATES, TEXT_LIMITS, TEXT_PARTS, textField, type BrandingContent, type GeneralPart } from './branding.domain.ts'
import { privacyField, quickField, type BrandingValues, type FieldProblem, type PreviewLook } from './branding.input.ts'
import type { BrandingDraft } from './branding.queries.ts'
import { IMAGE_ROLES } from './images.ts'
import { imageProblemText, pictureModel, type PictureModel, type PictureState } from './images.views.ts'

type Field = { name: string; label: string; value: string; hint?: string; error?: string; type?: string; rows?: number; maxlength?: number; isOptional?: boolean; width?: 'short' | 'medium'; autocomplete?: string; attrs?: Record<string, string> }
type Line = { kind: 'ok' | 'warning'; text: string }

/** What a save answers beside the form: how the draft stands, and what is wrong. */
export type SavedModel = { revision: number; lines: Line[]; problems: string[]; reloadUrl: string }
export type ColorModel = { color: string; contrast: string }
export type PictureFieldModel = { place: PictureModel; alt: Field }

export type BrandingModel = {
  intro: string
  action: string
  /** Off for what was refused: it waits for a decision or a correction, not for a pause in typing. */
  isLive: boolean
  state: { text: string; tone: 'ok' | 'warning' | 'neutral'; icon: string }
  versionsUrl: string
  errors: { field: string; text: string }[]
  /** Somebody else saved meanwhile. */
  conflict: { kind: 'warning'; text: string; detail: string } | undefined
  identity: Field[]
  color: ColorModel
  pictures: PictureFieldModel[]
  variants: { id: string; title: string; isOpen: boolean; fields: Field[] }[]
  quickDates: { note: string; settingsUrl: string; options: { name: string; label: string; isChecked: boolean }[] }
  /** What stands under the form of the candidate's page. */
  closing: Field[]
  saved: SavedModel
  preview: PreviewModel
}

/** What a save that went on beside the typing changes on the page. */
export type PiecesModel = { saved: SavedModel; color: ColorModel; pictures: PictureModel[]; state: BrandingModel['state'] | undefined; preview: PreviewModel | undefined }

declare module '../web/render.ts' {
  interface ViewModels {
    'admin/branding': BrandingModel
    'admin/_branding-pieces': { pieces: PiecesModel }
  }
}

export type BrandingState = PictureState & {
  draft: BrandingDraft
  /** Of the draft that the form was made from: a refused one keeps its own, so that nobody saves over a colleague unseen. */
  revision: number
  publishedVersion: number
  /** What was typed, when the form comes back; else what is saved. */
  values: BrandingValues
  problems: readonly FieldProblem[]
  isConflict: boolean
  look: PreviewLook
  weight: { bytes: number; footerBytes: number; seconds: number }
  tomorrowFromHour: number
}

export function brandingModel(viewer: Viewer, state: BrandingState): BrandingModel {
  const t = translator(viewer.language)
  const { draft, values } = state
  const field = makeField(t, state)
  const pictures = picturesOf(t, state)
  const errors = [
    ...state.problems.map((problem) => ({ field: problem.field, text: problemLine(t, problem) })),
    ...pictures.flatMap(({ file }) => (file.error ? [{ field: file.name, text: t('companies.problem.line', { label: file.label, text: file.error }) }] : [])),
  ]
  const variants = BRANDING_VARIANTS.map((variant) => {
    const title = t(`companies.kind.${variant.kind}`)
    const fields = TEXT_PARTS.map((part) => field(textField(variant, part), t(`companies.text.${part}`), {
      maxlength: TEXT_LIMITS[part].most, isOptional: TEXT_LIMITS[part].least === 0, attrs: { lang: variant.language },
      ...(part === 'body' ? { type: 'textarea', rows: 3, hint: t('companies.text.body.hint') } : part === 'commentHint' ? { hint: t('companies.text.commentHint.hint') } : {}),
    }))
    return { id: `${variant.kind}_${variant.language}`, title: `${title} – ${t(`companies.language.${variant.language}`)}`, isOpen: (variant.kind === 'simple' && variant.language === viewer.language) || fields.some(({ error }) => error), fields }
  })
  return {
    intro: t('companies.branding.intro'), action: paths.branding, isLive: !state.isConflict && errors.length === 0, state: statePill(t, state), versionsUrl: paths.brandingVersions,
    errors,
    conflict: state.isConflict ? { kind: 'warning', text: t('companies.branding.conflict'), detail: t('companies.branding.conflict.detail') } : undefined,
    identity: [
      field('displayName', t('companies.displayName'), { hint: t('companies.displayName.hint'), width: 'medium', autocomplete: 'organization' }),
      field('phone', t('companies.phone'), { type: 'tel', hint: t('companies.phone.hint'), width: 'medium', isOptional: true }),
      field('openingHours', t('companies.openingHours'), { hint: t('companies.openingHours.hint'), isOptional: true }),
      field('brandColor', t('companies.brandColor'), { type: 'color', hint: t('companies.brandColor.hint'), width: 'short' }),
    ],
    color: colorModel(t, state),
    pictures: pictures.map((place) => ({ place, alt: field(`${place.role}Alt`, t(`companies.${place.role}Alt`), { hint: t(`companies.${place.role}Alt.hint`), isOptional: place.role === 'footer' }) })),
    variants,
    quickDates: {
      note: t('companies.quickDates.note', { hour: state.tomorrowFromHour }), settingsUrl: viewer.privileges.has('settings.edit') ? paths.limits : '',
      options: QUICK_DATES.map((rule) => ({ name: quickField(rule), label: t(`companies.quickDates.${rule}`), isChecked: values[quickField(rule)] === 'on' })),
    },
    closing: [
      field('footerText', t('companies.footerText'), { type: 'textarea', rows: 3, isOptional: true, hint: t('companies.footerText.hint') }),
      ...LANGUAGES.map((language) => field(privacyField(language), t('companies.privacyText', { language: t(`companies.language.${language}`) }), {
        type: 'textarea', rows: 5, maxlength: PRIVACY_LIMIT, isOptional: true, hint: t('companies.privacyText.hint'), attrs: { lang: language },
      })),
    ],
    saved: savedModel(viewer, state),
    preview: previewModel(viewer, { look: state.look, stamp: draft.revision, version: null, weight: state.weight }),
  }
}

/** `replaced`: roles whose picture changed or was refused; `hasMoved`: the draft is another than before. */
export function piecesModel(viewer: Viewer, state: BrandingState, { replaced, hasMoved, more }: { replaced: readonly PictureModel['role'][]; hasMoved: boolean; more: Line[] }): PiecesModel {
  const t = translator(viewer.language)
  return {
    saved: savedModel(viewer, state, more), color: colorModel(t, state), pictures: picturesOf(t, state).filter(({ role }) => replaced.includes(role)),
    state: hasMoved ? statePill(t, state) : undefined,
    preview: hasMoved ? previewModel(viewer, { look: state.look, stamp: state.draft.revision, version: null, weight: state.weight }) : undefined,
  }
}

/** The draft as the form's fields. */
export function storedValues(content: BrandingContent): BrandingValues {
  return Object.fromEntries([
    ...GENERAL_PARTS.map((part) => [part, content[part]]),
    ['brandColor', content.brandColor],
    ...LANGUAGES.map((language) => [privacyField(language), content.privacyTexts[language]]),
    ...QUICK_DATES.map((rule) => [quickField(rule), content.quickDates.includes(rule) ? 'on' : '']),
    ...content.texts.flatMap((text) => TEXT_PARTS.map((part) => [textField(text, part), text[part]])),
  ])
}

function picturesOf(t: Translate, state: BrandingState): PictureModel[] {
  return IMAGE_ROLES.map((role) => pictureModel(t, role, state, {
    url: paths.brandingImage(role), name: state.values['displayName'] ?? '', emptyText: t(`companies.image.none.${role}`), removeLabel: t('companies.image.remove'), brandColor: colorModel(t, state).color,
  }))
}

function colorModel(t: Translate, { values, draft }: BrandingState): ColorModel {
  const typed = (values['brandColor'] ?? '').toLowerCase()
  const color = /^#[0-9a-f]{6}$/.test(typed) ? typed : draft.brandColor
  const ratio = Math.floor(contrastWithWhite(color) * 10) / 10
  return { color, contrast: t(contrastWithWhite(color) < LEAST_CONTRAST ? 'companies.contrast.low' : 'companies.contrast', { ratio }) }
}

function statePill(t: Translate, { draft, publishedVersion }: BrandingState): BrandingModel['state'] {
  if (draft.publishedVersion) return { text: t('companies.branding.state.published', { version: draft.publishedVersion }), tone: 'ok', icon: 'circle-check' }
  if (publishedVersion > 0) return { text: t('companies.branding.state.draft', { version: publishedVersion }), tone: 'warning', icon: 'pencil' }
  return { text: t('companies.branding.state.never'), tone: 'neutral', icon: 'pencil' }
}

function savedModel(viewer: Viewer, { draft, revision, problems, pictures, isConflict }: BrandingState, more: Line[] = []): SavedModel {
  const t = translator(viewer.language)
  const wrong = [...problems.map((problem) => problemLine(t, problem)), ...IMAGE_ROLES.flatMap((role) => { const refusal = pictures.imageProblems[role]; return refusal ? [imageProblemText(t, refusal)] : [] })]
  const lines: Line[] = [...more]
  if (isConflict) lines.push({ kind: 'warning', text: t('companies.branding.conflict') })
  else if (wrong.length > 0) lines.push({ kind: 'warning', text: t('companies.branding.notSaved', { count: wrong.length }) })
  else if (draft.savedAt) lines.push({ kind: 'ok', text: t('companies.branding.savedAt', { time: timeOfDay(viewer.language, draft.savedAt, viewer.company.timeZone), name: draft.savedBy ?? 'none' }) })
  return { revision, lines, problems: wrong, reloadUrl: isConflict ? paths.branding : '' }
}

function makeField(t: Translate, { values, problems }: BrandingState) {
  return (name: string, label: string, more: Partial<Field> = {}): Field => {
    const problem = problems.find((one) => one.field === name)
    const limit = name in GENERAL_LIMITS ? { maxlength: GENERAL_LIMITS[name as GeneralPart].most } : {}
    return { name, label, value: values[name] ?? '', autocomplete: 'off', ...limit, ...more, ...(problem ? { error: problemText(t, problem) } : {}) }
  }
}

function problemLine(t: Translate, problem: FieldProblem): string {
  return t('companies.problem.line', { label: labelOf(t, problem.field), text: problemText(t, problem) })
}

function labelOf(t: Translate, field: string): string {
  if (field === 'brandColor' || field in GENERAL_LIMITS) return t(`companies.${field as GeneralPart | 'brandColor'}`)
  const [kind, language, part] = field.split('_') as ['simple' | 'availability' | 'privacy', Language, (typeof TEXT_PARTS)[number]]
  if (kind === 'privacy') return t('companies.privacyText', { language: t(`companies.language.${language}`) })
  return `${t(`companies.text.${part}`)} (${t(`companies.kind.${kind}`)}, ${t(`companies.language.${language}`)})`
}

function problemText(t: Translate, { word, limit }: FieldProblem): string {
  return t(`companies.problem.${word}`, { limit })
}
