import { z } from 'zod'

export const BACKS = ['campaign', 'record', 'reply'] as const
export type Back = (typeof BACKS)[number]

export const backQuery = z.object({ back: z.enum(BACKS).catch('campaign') })

/** What the form was made from. A forged form is a new one, made from no answer: it is compared, and asked again. */
export const formMarks = z.object({
  form: z.uuid().optional().catch(undefined),
  base: z.string().regex(/^\d{1,9}$/).transform(Number).catch(0),
  back: z.enum(BACKS).catch('campaign'),
})
