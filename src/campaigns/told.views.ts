import type { Reader } from '../candidates/views.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { markOf } from './told.domain.ts'
import type { Colleague } from './told.queries.ts'

type Option = { value: string; label: string; hint?: string; isChecked: boolean; attrs?: Record<string, string> }

/** Boxes for everybody who may be told. */
export type ToldModel = { name: string; legend: string; hint: string; type: 'checkbox'; layout?: 'scroll'; options: Option[] }

export type ToldPage = { crumbs: { label: string; href: string }[]; intro: string; errors: { field: string; text: string }[]; action: string; seen: string; told: ToldModel; backUrl: string }

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/told': ToldPage
  }
}

/** From so many people on, the boxes scroll. */
const MANY = 8

/** Undefined where there is nobody to choose. */
export function toldModel({ t }: Reader, given: { colleagues: readonly Colleague[]; chosen: readonly number[]; senderId: number; viewerId: number }): ToldModel | undefined {
  const { colleagues, chosen, senderId, viewerId } = given
  if (colleagues.length < 2) return undefined
  const isChosen = (id: number) => (chosen.some((one) => colleagues.some((colleague) => colleague.id === one)) ? chosen.includes(id) : id === senderId)
  // The sender first: most campaigns tell nobody else.
  const order = colleagues.toSorted((a, b) => Number(b.id === senderId) - Number(a.id === senderId))
  return {
    name: 'told', legend: t('told.legend'), hint: t('told.hint'), type: 'checkbox', ...(colleagues.length > MANY ? { layout: 'scroll' as const } : {}),
    options: order.map(({ id, name }) => ({ value: String(id), label: name, ...(id === senderId ? { hint: t('told.sender', { isMe: id === viewerId ? 'yes' : 'no' }) } : {}), isChecked: isChosen(id) })),
  }
}

export function toldPage(viewer: Viewer, reader: Reader, given: { campaign: { id: number; name: string }; told: ToldModel; chosen: readonly number[]; errors?: ToldPage['errors'] }): ToldPage {
  const { t } = reader
  const { campaign, told, chosen, errors = [] } = given
  return {
    crumbs: [{ label: t('campaigns.title'), href: paths.campaigns }, { label: campaign.name, href: paths.campaign(campaign.id) }], intro: t('told.intro', { company: viewer.company.name }),
    errors, action: paths.campaignStep(campaign.id, 'told'), seen: markOf(chosen), told, backUrl: paths.campaign(campaign.id),
  }
}
