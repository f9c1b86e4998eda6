import { defineWords } from './define.ts'

export const companies = defineWords({
  fr: {},
  en: {},
})
