import { defineWords } from './define.ts'

export const companies = defineWords({
  fr: {
    'neutral.simple.heading': 'Une question pour vous',
    'neutral.simple.body': 'Répondez en une minute. Vous pourrez modifier votre réponse jusqu’à la fin de la campagne.',
    'neutral.simple.question': 'Êtes-vous intéressé ?',
    'neutral.simple.yes': 'OUI',
    'neutral.simple.no': 'NON',
    'neutral.simple.comment': 'Une précision utile pour nous',
    'neutral.availability.heading': 'Vos disponibilités',
    'neutral.availability.body': 'Dites-nous si vous êtes disponible : nous vous proposerons des missions au bon moment.',
    'neutral.availability.question': 'Êtes-vous disponible pour une mission ?',
    'neutral.availability.yes': 'OUI, je suis disponible',
    'neutral.availability.no': 'NON, pas en ce moment',
    'neutral.availability.comment': 'Horaires, secteur, permis…',
  },
  en: {
    'neutral.simple.heading': 'A question for you',
    'neutral.simple.body': 'Answer in a minute. You can change your answer until the campaign ends.',
    'neutral.simple.question': 'Are you interested?',
    'neutral.simple.yes': 'YES',
    'neutral.simple.no': 'NO',
    'neutral.simple.comment': 'Anything we should know',
    'neutral.availability.heading': 'Your availability',
    'neutral.availability.body': 'Tell us whether you are available: we will offer you work at the right moment.',
    'neutral.availability.question': 'Are you available for work?',
    'neutral.availability.yes': 'YES, I am available',
    'neutral.availability.no': 'NO, not at the moment',
    'neutral.availability.comment': 'Hours, area, driving licence…',
  },
})
