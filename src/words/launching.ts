import { defineWords } from './define.ts'

/** From the button to the first text: preparing, and taking it back. */
export const launching = defineWords({ fr: {}, en: {} })
