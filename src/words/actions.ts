import { defineWords } from './define.ts'

/** Pausing, resuming, rescheduling, cancelling, releasing. */
export const actions = defineWords({ fr: {}, en: {} })
