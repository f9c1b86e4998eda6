import { defineWords } from './define.ts'

export const imports = defineWords({
  fr: {},
  en: {},
})
