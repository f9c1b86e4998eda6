import type { Translate } from '../words/index.ts'
import type { ImageRefusal, Pictures } from './images.commands.ts'
import type { PictureFields } from './images.input.ts'
import type { ImageRole } from './images.ts'

export type ShownImage = { id: string; width: number; height: number; weight: number; is_reduced: boolean }

/** What `/shared/_picture` reads: one place for a picture in a form. */
export type PictureModel = {
  role: ImageRole
  title: string
  picture: { url: string; alt: string; width: number; height: number; note: string } | undefined
  emptyText: string
  /** Stands behind what is transparent, as on the page. */
  brandColor: string
  pendingId: string
  file: { name: string; label: string; hint: string; accept: string; error?: string }
  remove: { name: string; label: string; isChecked: boolean } | undefined
}

export type PictureState = { pictures: Pictures; removed: PictureFields['removed']; images: Partial<Record<ImageRole, ShownImage>> }

/** `name`: whose picture it is, for who cannot see it. */
export function pictureModel(t: Translate, role: ImageRole, { pictures, removed, images }: PictureState, own: { url: string; name: string; emptyText: string; removeLabel: string; brandColor: string }): PictureModel {
  const image = images[role]
  const pendingId = pictures.pending[role] ?? ''
  const problem = pictures.imageProblems[role]
  const isPending = pendingId !== '' && image?.id === pendingId
  return {
    role, title: t(`companies.image.${role}`), emptyText: own.emptyText, brandColor: own.brandColor, pendingId,
    picture: image && {
      url: `${own.url}?id=${image.id}`, alt: t(`companies.image.${role}.alt`, { name: own.name }), width: image.width, height: image.height,
      note: isPending ? t('companies.image.pending', { note: weightText(t, image) }) : weightText(t, image),
    },
    file: {
      name: `${role}Image`, label: t(`companies.image.${role}.choose`), hint: t(`companies.image.${role}.hint`), accept: 'image/jpeg,image/png,image/webp,image/avif,image/gif',
      ...(problem ? { error: imageProblemText(t, problem) } : {}),
    },
    remove: image && !isPending ? { name: role === 'header' ? 'removeHeaderImage' : 'removeFooterImage', label: own.removeLabel, isChecked: removed[role] } : undefined,
  }
}

export function imageProblemText(t: Translate, { reason, is, said = '', right = '' }: ImageRefusal): string {
  return t(`companies.image.problem.${reason}`, { is: is ?? '', said, right })
}

/** « 5,2 Ko ✔ », with one decimal, rounded up. */
function weightText(t: Translate, { weight, is_reduced }: ShownImage): string {
  return t(is_reduced ? 'companies.image.reduced' : 'companies.image.weight', { kilobytes: Math.ceil(weight / 102.4) / 10 })
}
