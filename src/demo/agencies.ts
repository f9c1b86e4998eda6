/** The two agencies of the demonstration: who works there, what their page looks like, what they write. */
import { ROLE_PRIVILEGES, type Role } from '../auth/domain.ts'
import type { BrandingText } from '../companies/branding.domain.ts'
import type { Settings } from '../companies/settings.ts'
import type { TemplateKind } from '../message-templates/domain.ts'
import { OPEN_ALWAYS } from '../sms/windows.ts'
import type { Language } from '../words/define.ts'
import { plainFooter, plainHeader, siteFooter, siteHeader } from './drawings.ts'

export type DemoUser = { email: string; name: string; role: Role; mobile: string }
/** `draft`: a second version that is not published yet. */
export type DemoTemplate = { name: string; kind: TemplateKind; isPublished: boolean; texts: Record<Language, string>; draft?: Record<Language, string> }
export type DemoAgency = {
  name: string
  town: string
  phone: string
  openingHours: string
  candidates: number
  prefix: string
  firstNumber: number
  withCases: boolean
  users: readonly [DemoUser, ...DemoUser[]]
  /** Who does nothing in the demonstration: invited and not come yet, or gone. */
  others: readonly { email: string; name: string; role: Role; isGone: boolean }[]
  senders: { label: string; address: string; can_receive: boolean; stop_text: string; is_default: boolean; countries?: string[] }[]
  brandColor: string
  header: () => { svg: string }
  footer: () => { svg: string }
  footerText: string
  privacyText: string
  texts: BrandingText[]
  templates: DemoTemplate[]
  settings: Partial<Settings>
}

export const privilegesOf = (role: Role) => ROLE_PRIVILEGES[role]

export const RECRUITER_EMAIL = 'recruteur@demo.example'
export const ADMIN_EMAIL = 'admin@demo.example'

const AVAILABILITY_TEMPLATES: DemoTemplate[] = [
  {
    name: 'Demande de disponibilité', kind: 'availability', isPublished: true,
    texts: {
      fr: 'Bonjour {prenom|},\n{agence} souhaite connaitre vos disponibilités. Indiquez-les ici :\n{lien}\n{stop}',
      en: 'Hello {first_name|},\n{agency} would like to know when you are free to work. Please tell us here:\n{link}\n{stop}',
    },
  },
  {
    name: 'Relance de disponibilité', kind: 'availability', isPublished: true,
    texts: {
      fr: 'Bonjour {prenom|}, libre en ce moment ou plus tard ? Vos dates pour {agence} :\n{lien}\n{stop}',
      en: 'Hello {first_name|}, free now or later on? Your dates for {agency}:\n{link}\n{stop}',
    },
    draft: {
      fr: 'Bonjour {prenom|}, libre cette semaine ou plus tard ? Donnez vos dates à {agence} :\n{lien}\n{stop}',
      en: 'Hello {first_name|}, free this week or later on? Give your dates to {agency}:\n{link}\n{stop}',
    },
  },
]

const SITE_TEMPLATES: DemoTemplate[] = [
  ...AVAILABILITY_TEMPLATES,
  {
    name: 'SMS bien arrivé', kind: 'auto_response', isPublished: true,
    texts: { fr: 'Bonjour {prenom|}, votre SMS est bien arrivé chez {agence} : on vous rappelle vite.', en: 'Hello {first_name|}, {agency} has your text and will call you back soon.' },
  },
  {
    name: 'Chaussures de sécurité', kind: 'simple', isPublished: true,
    texts: {
      fr: 'Bonjour {prenom|}, avez-vous vos chaussures de sécurité ? Répondez à {agence} ici :\n{lien}\n{stop}',
      en: 'Hello {first_name|}, do you have your safety shoes? Please answer {agency} here:\n{link}\n{stop}',
    },
  },
  {
    name: 'Carte BTP à jour', kind: 'simple', isPublished: true,
    texts: {
      fr: 'Bonjour {prenom|}, votre carte BTP est-elle à jour ? Répondez à {agence} ici :\n{lien}\n{stop}',
      en: 'Hello {first_name|}, is your carte BTP still valid? Please answer {agency} here:\n{link}\n{stop}',
    },
  },
  {
    name: 'Voeux de fin d\'année', kind: 'simple', isPublished: false,
    texts: {
      fr: 'Bonjour {prenom|}, toute l\'équipe {agence} vous souhaite de belles fêtes. On compte sur vous en janvier ?\n{lien}\n{stop}',
      en: 'Hello {first_name|}, season\'s greetings from all at {agency}. Will you be with us in January?\n{link}\n{stop}',
    },
  },
]

const SITE_TEXTS: BrandingText[] = [
  {
    kind: 'simple', language: 'fr', heading: 'Une question avant votre mission', yesLabel: 'OUI', noLabel: 'NON',
    body: 'Votre réponse arrive directement chez la personne qui prépare votre mission. Cela prend moins d’une minute.',
    question: 'Avez-vous ce qu’il faut pour commencer ?', commentHint: 'Par exemple votre pointure : 42',
  },
  {
    kind: 'simple', language: 'en', heading: 'A question before your assignment', yesLabel: 'YES', noLabel: 'NO',
    body: 'Your answer goes straight to the person who prepares your assignment. It takes less than a minute.',
    question: 'Do you have what you need to start?', commentHint: 'For example your shoe size: 42',
  },
  {
    kind: 'availability', language: 'fr', heading: 'Vos disponibilités', yesLabel: 'OUI, je suis disponible', noLabel: 'NON, pas en ce moment',
    body: 'Donnez-nous vos dates\u00a0: nous vous appelons quand une mission tombe au bon moment.',
    question: 'Êtes-vous disponible pour une mission\u00a0?', commentHint: 'Horaires, secteur, moyen de transport…',
  },
  {
    kind: 'availability', language: 'en', heading: 'Your availability', yesLabel: 'YES, I am available', noLabel: 'NO, not at the moment',
    body: 'Give us your dates: we call you when work comes at the right moment.',
    question: 'Are you available for work?', commentHint: 'Hours, area, how you travel…',
  },
]

function privacy(agency: string): string {
  return `${agency} utilise votre réponse pour vous proposer des missions et la garde dans votre dossier de candidat. Elle n’est transmise à personne d’autre. Vous pouvez demander à la lire, la corriger ou l’effacer en nous appelant.`
}

/**
 * A visitor who sends at night or on a Sunday wants to see the texts arrive, and nobody real is woken: no hours. Batches small enough
 * that the whole list takes two days, and a small sample, so that a suspension can be seen.
 */
const DEMO_SETTINGS: Partial<Settings> = {
  'sms.windows': OPEN_ALWAYS, 'campaign.first_batch_size': 500, 'campaign.next_batch_size': 1_000, 'suspension.min_finals': 20, 'suspension.last': 100,
}

const NEAR = ['FR', 'BE', 'CH', 'LU', 'MC']

export const SITE_AGENCY: DemoAgency = {
  name: 'Interim BTP Logistique', town: 'Lyon', phone: '+33465710080', openingHours: 'Du lundi au vendredi, 7 h 30 – 18 h',
  candidates: 1_250, prefix: 'IBL', firstNumber: 100, withCases: true,
  users: [
    { email: RECRUITER_EMAIL, name: 'Claire Martin', role: 'recruiter', mobile: '+33639989901' },
    { email: ADMIN_EMAIL, name: 'Marc Delorme', role: 'administrator', mobile: '+33639989902' },
    { email: 'collegue@demo.example', name: 'Samira Haddad', role: 'recruiter', mobile: '+33639989903' },
  ],
  others: [
    { email: 'invitee@demo.example', name: 'Inès Roux', role: 'manager', isGone: false },
    { email: 'ancien@demo.example', name: 'Gilles Perrot', role: 'reader', isGone: true },
  ],
  senders: [
    { label: 'Numéro court', address: '38047', can_receive: true, stop_text: 'STOP 38047', is_default: true, countries: NEAR },
    { label: 'Nom de l’agence', address: 'INTERIMBTP', can_receive: false, stop_text: '', is_default: false },
  ],
  brandColor: '#0c4257', header: siteHeader, footer: siteFooter,
  footerText: 'Interim BTP Logistique\n12 quai des Ateliers, 69007 Lyon\nMétro B, Stade de Gerland',
  privacyText: privacy('Interim BTP Logistique'), texts: SITE_TEXTS, templates: SITE_TEMPLATES,
  // A country that the agency refuses although it allows it, and one that it allows and no number of its own reaches.
  settings: { ...DEMO_SETTINGS, 'sms.allowed_countries': [...NEAR, 'SE', 'AU'], 'sms.blocked_destinations': [{ country: 'SE', from: '2026-01-05' }] },
}

export const OTHER_AGENCY: DemoAgency = {
  name: 'Autre Agence', town: 'Grenoble', phone: '+33465710190', openingHours: 'Du lundi au vendredi, 9 h – 17 h',
  candidates: 24, prefix: 'AA', firstNumber: 9_500, withCases: false,
  users: [{ email: 'recruteur@autre.example', name: 'Paul Rey', role: 'administrator', mobile: '+33639989911' }],
  others: [],
  senders: [{ label: 'Numéro court', address: '38048', can_receive: true, stop_text: 'STOP 38048', is_default: true }],
  brandColor: '#6d1d3f', header: plainHeader, footer: plainFooter,
  footerText: 'Autre Agence, 3 place des Cordiers, 38000 Grenoble',
  privacyText: privacy('Autre Agence'), texts: SITE_TEXTS, templates: AVAILABILITY_TEMPLATES, settings: DEMO_SETTINGS,
}
