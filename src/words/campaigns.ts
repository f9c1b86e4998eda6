import { defineWords } from './define.ts'

export const campaigns = defineWords({
  fr: {},
  en: {},
})
