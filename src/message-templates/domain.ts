import { LANGUAGES, type Language } from '../words/define.ts'
import { JOB_AND_SITE_FIELDS, parseTemplate, type MergeField } from './merge.ts'

/** *simple* asks yes or no; *availability* also asks for dates (S57). */
export const CAMPAIGN_KINDS = ['simple', 'availability'] as const
export type CampaignKind = (typeof CAMPAIGN_KINDS)[number]

export const TEMPLATE_KINDS = [...CAMPAIGN_KINDS, 'auto_response'] as const
export type TemplateKind = (typeof TEMPLATE_KINDS)[number]

export const TEMPLATE_NAME_LENGTH = 120
export const FOLDER_LENGTH = 60
export const TEMPLATE_TEXT_LENGTH = 1600

export type TemplateBodies = Partial<Record<Language, string>>

/** A text that is missing is as good as an empty one. */
export function sameTexts(a: TemplateBodies, b: TemplateBodies): boolean {
  return LANGUAGES.every((language) => (a[language] ?? '') === (b[language] ?? ''))
}

/** Where a template stands; `changed`: published, with a newer version that is not. */
export type TemplateState = 'draft' | 'published' | 'changed' | 'archived'

export function stateOf(template: { version: number; published_version: number | null; archived_at: Date | null }): TemplateState {
  if (template.archived_at) return 'archived'
  if (template.published_version === null) return 'draft'
  return template.published_version === template.version ? 'published' : 'changed'
}

/** S35: an automatic answer goes to people whatever they were asked, so that it can name no vacancy and no page of a career site. */
export function isAllowedField(kind: TemplateKind, field: MergeField): boolean {
  return kind !== 'auto_response' || !(JOB_AND_SITE_FIELDS as readonly MergeField[]).includes(field)
}

/** Fields that a text of this kind may not hold. */
export function refusedFields(kind: TemplateKind, body: string): MergeField[] {
  return [...parseTemplate(body).fields].filter((field) => !isAllowedField(kind, field))
}
