import { z } from 'zod'
import { readPictureFields, type PictureFields } from '../companies/images.input.ts'
import { tidyText } from '../web/typed-text.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import type { CodePage } from './code-page.queries.ts'

/** Lengths the page was designed for, the same as the company's. */
export const PAGE_LIMITS = { heading: 120, body: 400, headerAlt: 160, footerAlt: 160 } as const
export const PAGE_ALTS = ['headerAlt', 'footerAlt'] as const
export type PageProblem = { language: Language; part: 'heading' | 'body'; word: 'headingMissing' | 'tooLong' } | { part: (typeof PAGE_ALTS)[number]; word: 'tooLong' }

export type CodePageForm = PictureFields & {
  /** As typed, so that a refused form shows it again. */
  values: Record<`${'heading' | 'body'}_${Language}` | (typeof PAGE_ALTS)[number], string>
  texts: CodePage['texts']
  problems: PageProblem[]
  version: number
}

export function readCodePage(body: Record<string, unknown>): CodePageForm {
  const values = Object.fromEntries([
    ...LANGUAGES.flatMap((language) => [[`heading_${language}`, tidyText(body[`heading_${language}`]).replaceAll('\n', ' ')], [`body_${language}`, tidyText(body[`body_${language}`])]]),
    ...PAGE_ALTS.map((part) => [part, tidyText(body[part]).replaceAll('\n', ' ')]),
  ]) as CodePageForm['values']
  const problems: PageProblem[] = []
  const texts: CodePage['texts'] = {}
  for (const language of LANGUAGES) {
    const [heading, text] = [values[`heading_${language}`], values[`body_${language}`]]
    if (heading.length > PAGE_LIMITS.heading) problems.push({ language, part: 'heading', word: 'tooLong' })
    if (text.length > PAGE_LIMITS.body) problems.push({ language, part: 'body', word: 'tooLong' })
    if (heading === '' && text !== '') problems.push({ language, part: 'heading', word: 'headingMissing' })
    if (heading !== '') texts[language] = { heading, body: text }
  }
  for (const part of PAGE_ALTS) if (values[part].length > PAGE_LIMITS[part]) problems.push({ part, word: 'tooLong' })
  return {
    values, texts, problems, version: z.coerce.number().int().min(0).max(2 ** 31 - 1).catch(0).parse(body['version']),
    ...readPictureFields(body),
  }
}

export const pageVersion = z.object({ version: z.coerce.number().int().min(0).max(2 ** 31 - 1).catch(0) })
