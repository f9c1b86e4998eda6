import { defineWords } from './define.ts'

/** When a campaign leaves, in which batches, at which hours. */
export const schedule = defineWords({ fr: {}, en: {} })
