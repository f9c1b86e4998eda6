export const LANGUAGES = ['fr', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

export function isLanguage(text: unknown): text is Language {
  return text === 'fr' || text === 'en'
}

/** One room's sentences, ICU MessageFormat. A key missing in either language does not compile. */
export function defineWords<const Key extends string>(words: {
  fr: Record<Key, string>
  en: Record<NoInfer<Key>, string>
}): { fr: Record<Key, string>; en: Record<Key, string> } {
  return words
}
