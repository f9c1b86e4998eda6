/** Everything a person should know of a template's texts before recruiters may pick it. Pure. */
import { measureSms, toGsm7, type SmsMeasure } from '../sms/segments.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import { completeText, type Completed } from './complete.ts'
import { refusedFields, type TemplateBodies, type TemplateKind } from './domain.ts'
import { exampleValues, type Example } from './example.ts'
import { asWritten, lintText, MOST_SEGMENTS, withoutFallback, type LintFinding } from './lint.ts'
import { FIELD_NAMES, renderParts, renderText, type MergeValues, type RenderedPart } from './merge.ts'

/** What the texts will meet: the agency, its sender and who writes. */
export type Ground = {
  mainLanguage: Language
  /** Name of the company, and the name it shows candidates. */
  company: string
  agency: string
  recruiter: string
  link: string
  stopText: string
}

export type InspectedText = {
  language: Language
  /** Of the longest example. */
  measure: SmsMeasure
  /** Characters outside GSM-7: in the text itself, and those that come with the agency's or the recruiter's name. */
  costly: { own: string[]; given: string[] }
  /** The text within GSM-7, and what the longest example then costs; undefined when nothing in it can be replaced. */
  plain: { body: string; measure: SmsMeasure } | undefined
}

export type TemplateInspection = { texts: InspectedText[]; findings: (LintFinding & { language: Language })[]; hasErrors: boolean }

export function inspectTemplate(template: { kind: TemplateKind; texts: TemplateBodies }, ground: Ground): TemplateInspection {
  const written = LANGUAGES.filter((language) => (template.texts[language] ?? '').trim() !== '')
  const texts = written.map((language) => inspectText(template, language, ground))
  const findings = LANGUAGES.filter((language) => language === ground.mainLanguage || written.includes(language)).flatMap((language) =>
    lintTemplate(template, language, ground, texts.find((text) => text.language === language)).map((finding) => ({ ...finding, language })))
  return { texts, findings, hasErrors: findings.some(({ level }) => level === 'error') }
}

/** What this example's phone would show; undefined without a text in that language. */
export function exampleParts(template: { kind: TemplateKind; texts: TemplateBodies }, language: Language, example: Example, ground: Ground): { parts: RenderedPart[]; measure: SmsMeasure } | undefined {
  const { template: text } = complete(template, language, ground)
  if (text.parts.length === 0) return undefined
  const { parts } = renderParts(text, exampleValues(example, language, sharedOf(ground)))
  return { parts, measure: measureSms(parts.map((part) => part.text).join('')) }
}

/** The text of one example as it would be sent. */
export function exampleText(template: { kind: TemplateKind; texts: TemplateBodies }, language: Language, example: Example, ground: Ground): string {
  return renderText(complete(template, language, ground).template, exampleValues(example, language, sharedOf(ground))).text
}

function inspectText(template: { kind: TemplateKind; texts: TemplateBodies }, language: Language, ground: Ground): InspectedText {
  const body = template.texts[language] ?? ''
  const longest = (texts: TemplateBodies) => measureSms(exampleText({ ...template, texts }, language, 'longest', ground))
  const measure = longest(template.texts)
  const own = measureSms(fixedText(complete(template, language, ground))).costly
  const given = measure.costly.filter((character) => !own.includes(character))
  const plain = toGsm7(body)
  return { language, measure, costly: { own, given }, plain: plain === body ? undefined : { body: plain, measure: longest({ ...template.texts, [language]: plain }) } }
}

function lintTemplate(template: { kind: TemplateKind; texts: TemplateBodies }, language: Language, ground: Ground, text: InspectedText | undefined): LintFinding[] {
  const body = template.texts[language] ?? ''
  const isReply = template.kind === 'auto_response'
  const found = lintText(body, { stopText: ground.stopText, agencyNames: [ground.company, ground.agency], isMass: !isReply, isReply })
  if (!text) return found
  const { segments } = text.measure
  if (segments > MOST_SEGMENTS) found.push({ rule: 'too_long', level: 'error', detail: String(segments) })
  for (const field of refusedFields(template.kind, body)) found.push({ rule: 'job_field', level: 'error', detail: `{${FIELD_NAMES[language][field]}}` })
  for (const detail of withoutFallback(body, language)) found.push({ rule: 'no_fallback', level: 'warning', detail })
  return found
}

function complete(template: { kind: TemplateKind; texts: TemplateBodies }, language: Language, { stopText }: Ground): Completed {
  const body = template.texts[language] ?? ''
  return template.kind === 'auto_response' ? asWritten(body) : completeText(body, { stopText })
}

/** What is the same for everybody because it stands in the text: words and fallbacks. */
function fixedText({ template }: Completed): string {
  return template.parts.map((part) => ('text' in part ? part.text : (part.fallback ?? ''))).join('')
}

function sharedOf({ agency, recruiter, link, stopText }: Ground): Pick<MergeValues, 'agency' | 'recruiter' | 'link' | 'stop'> {
  return { agency, recruiter, link, stop: stopText }
}
