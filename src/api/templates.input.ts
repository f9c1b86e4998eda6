import { z } from 'zod'
import { TEMPLATE_KINDS, TEMPLATE_NAME_LENGTH, TEMPLATE_TEXT_LENGTH } from '../message-templates/domain.ts'
import { id, line, lines, moment, pageOf, pageQuery } from './fields.ts'

const STATES = ['draft', 'published', 'changed', 'archived'] as const
const SHELVES = ['active', 'published', 'draft', 'archived'] as const

const EXAMPLE = 'Bonjour {prenom|}, {agence} souhaite connaitre vos disponibilités : {lien}'
const name = line(TEMPLATE_NAME_LENGTH).min(1).regex(/\S/u).meta({ examples: ['Disponibilités décembre'] })
const kind = z.enum(TEMPLATE_KINDS).meta({ words: 'api.template.kind', examples: ['availability'] })
const body = lines(TEMPLATE_TEXT_LENGTH)
const careerSite = id().nullable().meta({ words: 'api.template.career_site_id', examples: [null] })
const publish = z.boolean().meta({ words: 'api.template.publish', examples: [false] })

const listed = z.object({
  id: id(),
  name: z.string().meta({ examples: ['Disponibilités décembre'] }),
  kind,
  state: z.enum(STATES).meta({ words: 'api.template.state' }),
  version: z.int().min(1).meta({ words: 'api.template.version', examples: [1] }),
  published_version: z.int().min(1).nullable().meta({ words: 'api.template.published_version', examples: [null] }),
  last_used_at: moment().nullable(),
}).meta({ id: 'ListedTemplate' })

export const template = listed.extend({
  career_site_id: careerSite,
  texts: z.object({ fr: z.string().nullable().meta({ examples: [EXAMPLE] }), en: z.string().nullable().meta({ examples: [null] }) }).meta({ words: 'api.template.texts' }),
}).meta({ id: 'Template' })
export const templatePage = pageOf(listed).meta({ id: 'TemplatePage' })

export const templatesQuery = z.strictObject({
  ...pageQuery,
  name: line(TEMPLATE_NAME_LENGTH).optional().meta({ words: 'api.template.startsWith' }),
  kind: kind.optional(),
  shelf: z.enum(SHELVES).default('active').meta({ words: 'api.template.shelf' }),
})

export const newTemplate = z.strictObject({
  name, kind,
  texts: z.strictObject({ fr: body.optional().meta({ examples: [EXAMPLE] }), en: body.optional().meta({ examples: [''] }) }).meta({ words: 'api.template.newTexts', examples: [{ fr: EXAMPLE }] }),
  career_site_id: careerSite.default(null), publish: publish.default(false),
}).meta({ id: 'NewTemplate' })

export const templateChange = z.strictObject({
  name: name.optional(), kind: kind.optional(),
  texts: z.strictObject({ fr: body.nullable().optional(), en: body.nullable().optional() }).optional().meta({ words: 'api.template.changedTexts', examples: [{ fr: EXAMPLE }] }),
  career_site_id: careerSite.optional(), publish: publish.optional(),
}).meta({ id: 'TemplateChange' })
