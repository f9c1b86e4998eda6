import { defineWords } from './define.ts'

export const nav = defineWords({
  fr: {
    candidates: 'Candidats',
    campaigns: 'Campagnes SMS',
    administration: 'Administration',
  },
  en: {
    candidates: 'Candidates',
    campaigns: 'SMS campaigns',
    administration: 'Administration',
  },
})
