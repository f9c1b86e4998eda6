import { defineWords } from './define.ts'

/** Personal data: how long it is kept, what is held about one person, and forgetting them. */
export const data = defineWords({
  fr: {
    erasedName: 'Personne effacée',
  },
  en: {
    erasedName: 'Person erased',
  },
})
