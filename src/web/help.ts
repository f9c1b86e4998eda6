import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { paths } from './paths.ts'

/** Pages where a person may hesitate, and the section of a guide that explains each. */
export const HELP_TOPICS = {
  compose: { guide: 'recruiter', fr: 'je-veux-écrire-à-des-candidats', en: 'i-want-to-text-candidates' },
  check: { guide: 'recruiter', fr: 'je-veux-vérifier-avant-denvoyer', en: 'i-want-to-check-before-sending' },
  campaign: { guide: 'recruiter', fr: 'je-veux-suivre-les-réponses', en: 'i-want-to-follow-the-answers' },
  import: { guide: 'recruiter', fr: 'je-veux-importer-des-candidats', en: 'i-want-to-import-candidates' },
  branding: { guide: 'admin', fr: 'je-veux-mettre-la-page-du-candidat-à-nos-couleurs', en: 'i-want-the-candidates-page-in-our-colours' },
} as const satisfies Record<string, { guide: string } & Record<Language, string>>

export type HelpTopic = keyof typeof HELP_TOPICS
type HelpLinks = Record<HelpTopic, { href: string; label: string }>

/** What « Aide » leads to on a page about one of these. */
export const helpLinks: Record<Language, HelpLinks> = { fr: linksIn('fr'), en: linksIn('en') }

function linksIn(language: Language): HelpLinks {
  const t = translator(language)
  const entries = Object.entries(HELP_TOPICS).map(([topic, { guide, [language]: anchor }]) => [topic, { href: `${paths.helpText(guide)}#${encodeURIComponent(anchor)}`, label: t(`help.topic.${topic as HelpTopic}`) }])
  return Object.fromEntries(entries) as HelpLinks
}
