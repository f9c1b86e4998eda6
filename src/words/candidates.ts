import { defineWords } from './define.ts'

export const candidates = defineWords({
  fr: {},
  en: {},
})
