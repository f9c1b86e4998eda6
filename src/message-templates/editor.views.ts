import { readerOf, type Pill, type Reader } from '../candidates/views.ts'
import { formatPhone, type CountryCode } from '../sms/phone.ts'
import { paths } from '../web/paths.ts'
import type { Flash } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import { FOLDER_LENGTH, isAllowedField, TEMPLATE_KINDS, TEMPLATE_NAME_LENGTH, TEMPLATE_TEXT_LENGTH, type TemplateKind } from './domain.ts'
import type { TemplateFault } from './editing.commands.ts'
import type { Sending } from './ground.ts'
import type { TemplateInspection } from './inspection.ts'
import type { TemplateFormResult } from './input.ts'
import type { Template } from './library.queries.ts'
import { statePill, usesText } from './list.views.ts'
import { FIELD_NAMES, isRareField, MERGE_FIELDS, PERSONAL_FIELDS, type MergeField } from './merge.ts'
import { phoneModel, previewChoices, textsCostModel, type PhoneModel, type TextsCostModel } from './preview.views.ts'

type Insert = { label: string; text: string; isOnlyForSendings: boolean; isRare: boolean }

export type TextsModel = {
  texts: { name: string; language: Language; label: string; hint: string; value: string; error: string; isMain: boolean; isOpen: boolean; inserts: Insert[] }[]
  length: number
}

type MenuItem = { label: string; icon: string; href: string } | { label: string; icon: string; post: string; fields: Record<string, string>; isDanger?: boolean }

export type EditorModel = {
  heading: string
  state: Pill | undefined
  facts: string
  menu: { label: string; look: 'plain'; items: MenuItem[] } | undefined
  action: string
  previewUrl: string
  revision: number
  notice: { kind: Flash['kind'] | 'info'; text: string; link?: { href: string; label: string } } | undefined
  name: { value: string; error: string; length: number }
  folder: { value: string; length: number; known: readonly string[] }
  kind: { fixed: string; value: TemplateKind; error: string; options: { value: string; label: string; hint: string; isChecked: boolean }[] }
  site: { value: string; error: string; options: { value: string; label: string }[] } | undefined
  texts: TextsModel
  cost: TextsCostModel
  phone: PhoneModel
  choices: ReturnType<typeof previewChoices>
  test: { mobile: string; error: string }
  errors: { field: string; text: string }[]
}

/** What typing changes; the texts too when letters in them were replaced. */
export type EditorPieces = { phone: PhoneModel; cost: TextsCostModel; texts: TextsModel | undefined }

declare module '../web/render.ts' {
  interface ViewModels {
    'templates/edit': EditorModel
    'templates/_pieces': { pieces: EditorPieces }
  }
}

export type EditorGiven = {
  /** Undefined for one that is not saved yet. */
  template: Template | undefined
  form: TemplateFormResult
  ground: Sending
  inspection: TemplateInspection
  sites: readonly { id: number; name: string }[]
  folders: readonly string[]
  faults?: readonly TemplateFault[]
  notice?: EditorModel['notice'] | undefined
  testError?: string
}

export function editorModel(viewer: Viewer, given: EditorGiven): EditorModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const { template, form, ground, inspection, faults = [], testError = '' } = given
  const errorOf = (field: string) => faults.filter((fault) => fault.field === field).map((fault) => faultText(reader, fault))[0] ?? ''
  return {
    heading: template ? template.name : t('templates.new.title'),
    state: template && statePill(reader, template),
    facts: template ? usesText(reader, template) : '',
    menu: template && { label: t('templates.edit.more'), look: 'plain', items: menuOf(reader, template) },
    action: template ? paths.template(template.id) : paths.templates,
    previewUrl: paths.templatePreview,
    revision: template?.revision ?? 0,
    notice: given.notice,
    name: { value: form.name, error: errorOf('name'), length: TEMPLATE_NAME_LENGTH },
    folder: { value: form.folder ?? '', length: FOLDER_LENGTH, known: given.folders },
    kind: {
      fixed: template && template.published_version !== null ? t('templates.edit.kindFixed', { kind: t(`templates.kind.${template.kind}`) }) : '',
      value: form.kind, error: errorOf('kind'),
      options: TEMPLATE_KINDS.map((kind) => ({ value: kind, label: t(`templates.kind.${kind}`), hint: t(`templates.kindHint.${kind}`), isChecked: kind === form.kind })),
    },
    site: given.sites.length > 0 ? { value: String(form.careerSiteId ?? ''), error: errorOf('career_site'), options: given.sites.map(({ id, name }) => ({ value: String(id), label: name })) } : undefined,
    texts: textsModel(reader, form, ground, errorOf),
    cost: textsCostModel(reader, form, inspection, ground),
    phone: phoneModel(reader, form, ground),
    choices: previewChoices(reader, form),
    test: { mobile: form.mobile || mobileOf(viewer), error: testError },
    errors: [...faults.map((fault) => ({ field: fault.field, text: faultText(reader, fault) })), ...(testError ? [{ field: 'mobile', text: testError }] : [])],
  }
}

export function piecesModel(viewer: Viewer, { form, ground, inspection, textsReplaced }: Pick<EditorGiven, 'form' | 'ground' | 'inspection'> & { textsReplaced: boolean }): EditorPieces {
  const reader = readerOf(viewer)
  return { phone: phoneModel(reader, form, ground), cost: textsCostModel(reader, form, inspection, ground), texts: textsReplaced ? textsModel(reader, form, ground, () => '') : undefined }
}

function textsModel(reader: Reader, form: Pick<TemplateFormResult, 'texts'>, { mainLanguage }: Pick<Sending, 'mainLanguage'>, errorOf: (field: string) => string): TextsModel {
  const { t } = reader
  return {
    texts: [mainLanguage, ...LANGUAGES.filter((language) => language !== mainLanguage)].map((language) => {
      const name = `text_${language}`
      const [value, error, isMain] = [form.texts[language] ?? '', errorOf(name), language === mainLanguage]
      return {
        name, language, value, error, isMain, isOpen: isMain || value !== '' || error !== '', inserts: insertsFor(reader, language),
        label: t(`templates.text.${language}`), hint: isMain ? t('templates.text.mainHint') : t('templates.text.otherHint', { language: mainLanguage }),
      }
    }),
    length: TEMPLATE_TEXT_LENGTH,
  }
}

/** Buttons that write a field; those of a person come with a bar, behind which the words for an empty value go. */
function insertsFor({ t }: Reader, language: Language): Insert[] {
  return MERGE_FIELDS.filter((field) => field !== 'last_name').map((field) => ({
    label: t(`templates.field.${field}`), isOnlyForSendings: !isAllowedField('auto_response', field), isRare: isRareField(field),
    text: `{${FIELD_NAMES[language][field]}${(PERSONAL_FIELDS as readonly MergeField[]).includes(field) ? '|' : ''}}`,
  }))
}

export function menuOf({ t }: Reader, template: Template): MenuItem[] {
  const fields = { revision: String(template.revision) }
  const step = (name: 'withdrawal' | 'archiving' | 'unarchiving' | 'copy') => ({ post: paths.templateStep(template.id, name), fields })
  const versions = { label: t('templates.menu.versions'), icon: 'history', href: paths.templateStep(template.id, 'versions') }
  const copy = { label: t('templates.menu.copy'), icon: 'copy', ...step('copy') }
  if (template.archived_at) return [versions, copy, { label: t('templates.menu.unarchive'), icon: 'rotate-ccw', ...step('unarchiving') }]
  return [
    versions, copy,
    ...(template.published_version === null ? [] : [{ label: t('templates.menu.withdraw'), icon: 'circle-pause', ...step('withdrawal') }]),
    { label: t('templates.menu.archive'), icon: 'archive', ...step('archiving') },
  ]
}

/** What is wrong with a field, in words. */
export function faultText({ t }: Pick<Reader, 't'>, fault: TemplateFault): string {
  switch (fault.field) {
    case 'name': return t(`templates.fault.name.${fault.reason}`)
    case 'kind': return t('templates.fault.kind')
    case 'career_site': return t('templates.fault.site')
    default: return t(`templates.fault.text.${fault.reason}`, { detail: fault.detail })
  }
}

function mobileOf(viewer: Viewer): string {
  return viewer.mobile ? formatPhone(viewer.mobile, viewer.company.country as CountryCode).replaceAll('\u00a0', ' ') : ''
}
