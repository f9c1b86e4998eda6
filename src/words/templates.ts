import { defineWords } from './define.ts'

export const templates = defineWords({
  fr: {},
  en: {},
})
