import { defineWords } from './define.ts'

export const availability = defineWords({
  fr: {},
  en: {},
})
