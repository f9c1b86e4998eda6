import { defineWords } from './define.ts'

export const messaging = defineWords({
  fr: {},
  en: {},
})
