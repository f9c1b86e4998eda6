import { defineWords } from './define.ts'

/** Texts of which nobody knows whether they were sent. */
export const doubts = defineWords({ fr: {}, en: {} })
