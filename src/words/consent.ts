import { defineWords } from './define.ts'

export const consent = defineWords({
  fr: {},
  en: {},
})
