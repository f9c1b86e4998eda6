import { defineWords } from './define.ts'

export const landing = defineWords({
  fr: {},
  en: {},
})
