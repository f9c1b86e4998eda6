import { z } from 'zod'
import { BRANDING_KINDS, completeTexts, neutralContent, QUICK_DATES, type BrandingContent, type BrandingText, type CompanyFacts } from './branding.domain.ts'
import { LANGUAGES } from '../words/define.ts'

const text = z.object({ kind: z.enum(BRANDING_KINDS), language: z.enum(LANGUAGES), heading: z.string(), body: z.string(), question: z.string(), yesLabel: z.string(), noLabel: z.string(), commentHint: z.string() })

const stored = z.object({
  displayName: z.string(), brandColor: z.string(), headerAlt: z.string(), footerAlt: z.string(), phone: z.string(), openingHours: z.string(), footerText: z.string(),
  privacyTexts: z.object({ fr: z.string().catch(''), en: z.string().catch('') }),
  quickDates: z.array(z.enum(QUICK_DATES)),
  texts: z.array(text),
})

/** What a version or a draft holds; what was not yet asked for when it was written is as if nothing had been chosen. */
export function contentFrom(json: unknown, company: CompanyFacts): BrandingContent {
  const known = stored.partial().parse(json)
  const given = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) as Partial<BrandingContent>
  return { ...neutralContent(company), ...given, texts: completeTexts((given.texts ?? []) as BrandingText[]) }
}
