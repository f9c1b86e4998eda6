import type { TemplateKind } from '../message-templates/domain.ts'
import type { Language } from '../words/define.ts'

/** Texts that a new agency may send as they are, so that nobody begins with an empty page. GSM-7 letters only. */
export const STARTER_TEMPLATES: readonly { name: Record<Language, string>; kind: TemplateKind; texts: Record<Language, string> }[] = [
  {
    name: { fr: 'Demande de disponibilité', en: 'Asking for availability' }, kind: 'availability',
    texts: {
      fr: 'Bonjour {prenom|}, {agence} souhaite connaitre vos disponibilités. Libre ou non, indiquez vos dates ici :\n{lien}\n{stop}',
      en: 'Hello {first_name|}, {agency} would like to know when you can work. Free or not, give your dates here:\n{link}\n{stop}',
    },
  },
  {
    name: { fr: 'Question simple', en: 'Simple question' }, kind: 'simple',
    texts: {
      fr: 'Bonjour {prenom|}, {agence} a une question pour vous. Répondez par OUI ou NON ici :\n{lien}\n{stop}',
      en: 'Hello {first_name|}, {agency} has a question for you. Answer YES or NO here:\n{link}\n{stop}',
    },
  },
]
