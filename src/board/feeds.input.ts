import { z } from 'zod'

/** `mine`, or `branch-7`. */
export const feedForm = z.object({
  of: z.union([z.literal('mine'), z.string().regex(/^branch-[1-9]\d{0,14}$/).transform((text) => Number(text.slice('branch-'.length)))]),
})
