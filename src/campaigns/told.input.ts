import { z } from 'zod'
import { rowId } from '../web/ids.ts'

/** No company has more people than this at its campaigns. */
const MOST_TICKED = 1_000

const one = z.union([z.string(), z.array(z.string())]).optional().catch(undefined).transform((given) =>
  [given ?? []].flat().slice(0, MOST_TICKED).flatMap((text) => rowId.safeParse(text).data ?? []))

const fields = z.object({ told_box: z.string().optional().catch(undefined), told: one, seen: z.string().max(20_000).catch('') })

/** Ids of who was ticked; undefined where the form did not ask. */
export function readTold(body: unknown): number[] | undefined {
  const { told_box: box, told } = fields.parse(body ?? {})
  return box === '1' ? told : undefined
}

/** The form of its own page. */
export function readToldForm(body: unknown): { ticked: number[]; seen: string } {
  const { told, seen } = fields.parse(body ?? {})
  return { ticked: told, seen }
}
