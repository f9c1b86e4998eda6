import { defineWords } from './define.ts'

export const nav = defineWords({
  fr: {
    candidates: 'Candidats',
    contacts: 'Contacts',
    lists: 'Listes',
    templates: 'Modèles de SMS',
    branding: 'Marque et page',
    references: 'Codes et postes',
    senders: 'Expéditeurs',
    countries: 'Pays',
    branches: 'Agences',
    campaigns: 'Campagnes SMS',
    administration: 'Administration',
  },
  en: {
    candidates: 'Candidates',
    contacts: 'Contacts',
    lists: 'Lists',
    templates: 'SMS templates',
    branding: 'Brand and page',
    references: 'Codes and jobs',
    senders: 'Senders',
    countries: 'Countries',
    branches: 'Branches',
    campaigns: 'SMS campaigns',
    administration: 'Administration',
  },
})
