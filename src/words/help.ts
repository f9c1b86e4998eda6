import { defineWords } from './define.ts'

/** The guides and the way to them. */
export const help = defineWords({
  fr: {
    title: 'Aide',
    contents: 'Sur cette page',
    technical: 'Documentation technique, en anglais',
    'guide.recruiter': 'Pour les recruteurs',
    'guide.admin': 'Pour administrer',
    newTab: '{label} (nouvel onglet)',
    'topic.compose': 'Préparer une campagne',
    'topic.check': 'Vérifier avant d’envoyer',
    'topic.campaign': 'Suivre une campagne',
    'topic.import': 'Importer des candidats',
    'topic.branding': 'La page du candidat',
  },
  en: {
    title: 'Help',
    contents: 'On this page',
    technical: 'Technical documentation',
    'guide.recruiter': 'For recruiters',
    'guide.admin': 'For administrators',
    newTab: '{label} (new tab)',
    'topic.compose': 'Preparing a campaign',
    'topic.check': 'Checking before sending',
    'topic.campaign': 'Following a campaign',
    'topic.import': 'Importing candidates',
    'topic.branding': 'The candidate’s page',
  },
})
