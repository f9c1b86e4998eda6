import { z } from 'zod'
import { isLanguage } from '../words/define.ts'

const oneLine = z.string().catch('')

export const signInForm = z.object({
  email: oneLine.transform((text) => text.trim().slice(0, 254)),
  password: oneLine.transform((text) => text.slice(0, 200)),
  next: oneLine,
})

export const languageForm = z.object({ language: z.custom<'fr' | 'en'>(isLanguage), back: oneLine })
