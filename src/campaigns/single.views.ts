import { nameOf, phoneText, type Reader } from '../candidates/views.ts'
import { paths } from '../web/paths.ts'
import type { ComposeGiven } from './compose.views.ts'

/** Who a message to one person goes to (S47); nobody while something stands against it, which the lines say. */
export type SingleModel = { person: { name: string; phone: string; href: string } | undefined; heading: string }

export function singleModel(reader: Reader, { campaign, person }: Pick<ComposeGiven, 'campaign' | 'person'>): SingleModel | undefined {
  if (!campaign.is_single) return undefined
  return {
    heading: reader.t('compose.single.title'),
    person: person && { name: nameOf(reader.t, person), phone: phoneText(reader, person.e164, null), href: paths.candidate(person.id) },
  }
}
