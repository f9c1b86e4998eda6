import { defineWords } from './define.ts'

export const compose = defineWords({
  fr: {
    'override.forbidden': 'Vous n’avez pas le droit d’écrire à des personnes dont la case SMS n’est pas cochée.',
  },
  en: {
    'override.forbidden': 'You do not have the right to text people whose SMS box is not ticked.',
  },
})
