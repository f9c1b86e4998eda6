import { z } from 'zod'
import { BRANDING_KINDS, completeTexts, neutralContent, QUICK_DATES, type BrandingContent, type CompanyFacts, type QuickDate } from './branding.domain.ts'
import { LANGUAGES } from '../words/define.ts'

const text = z.object({ kind: z.enum(BRANDING_KINDS), language: z.enum(LANGUAGES), heading: z.string(), body: z.string(), question: z.string(), yesLabel: z.string(), noLabel: z.string(), commentHint: z.string() })

/** Candidates must see a page whatever was written years ago: what cannot be read any more is as if it had never been chosen. */
const kept = <Value extends z.ZodType>(schema: Value) => schema.optional().catch(undefined)
const words = kept(z.string())

const stored = z.object({
  displayName: words, brandColor: words, headerAlt: words, footerAlt: words, phone: words, openingHours: words, footerText: words,
  privacyTexts: kept(z.object({ fr: z.string().catch(''), en: z.string().catch('') })),
  quickDates: kept(z.array(z.string()).transform((rules) => rules.filter((rule): rule is QuickDate => (QUICK_DATES as readonly string[]).includes(rule)))),
  texts: kept(z.array(text)),
})

/** What a version or a draft holds; what was not yet asked for when it was written is as if nothing had been chosen. */
export function contentFrom(json: unknown, company: CompanyFacts): BrandingContent {
  const known = stored.parse(json)
  const given = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) as Partial<BrandingContent>
  return { ...neutralContent(company), ...given, texts: completeTexts(given.texts ?? []) }
}
