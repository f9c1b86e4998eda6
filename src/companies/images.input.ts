import { z } from 'zod'
import { IMAGE_ROLES, type ImageRole } from './images.ts'

export type PictureFields = {
  /** Pictures accepted with an earlier try of the same form. */
  pending: Partial<Record<ImageRole, string>>
  removed: Record<ImageRole, boolean>
}

export const imageParams = z.object({ role: z.enum(IMAGE_ROLES) })
export const imageQuery = z.object({ id: z.uuid().optional() })

export function readPictureFields(body: Record<string, unknown>): PictureFields {
  return {
    pending: Object.fromEntries(IMAGE_ROLES.flatMap((role) => {
      const id = z.uuid().safeParse(body[`${role}ImageId`])
      return id.success ? [[role, id.data]] : []
    })),
    removed: { header: body['removeHeaderImage'] === 'on', footer: body['removeFooterImage'] === 'on' },
  }
}
