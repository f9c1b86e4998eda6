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

type Words = Record<Language, Record<string, string>>
type KeyOf<Part> = Part extends { fr: infer Texts } ? keyof Texts & string : never

/** The sentences of a room that fill several files, each about a noun of its own. */
export function joinWords<Parts extends readonly Words[]>(...parts: Parts): Record<Language, Record<KeyOf<Parts[number]>, string>> {
  const joined: Words = { fr: {}, en: {} }
  for (const language of LANGUAGES) {
    for (const [key, text] of parts.flatMap((part) => Object.entries(part[language]))) {
      if (key in joined[language]) throw new Error(`two files have words for ${key}`)
      joined[language][key] = text
    }
  }
  return joined
}
