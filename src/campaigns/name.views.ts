import type { Audience } from '../candidates/domain.ts'
import type { Reader } from '../candidates/views.ts'
import { shortDate } from '../words/format.ts'

/** S21: what was searched for, or « Sélection », and the date. */
export function defaultName(reader: Reader, audience: Audience): string {
  return reader.t('campaigns.defaultName', { what: whatFor(reader, audience), date: shortDate(reader.language, reader.today) })
}

function whatFor({ t }: Reader, audience: Audience): string {
  if (audience.mode === 'selected') return t('campaigns.untitled')
  const { q, trade, town, availability, textable } = audience.filters
  const parts = [
    q, trade, town,
    availability && t(`campaigns.filter.${availability}`),
    textable && t(textable === 'yes' ? 'campaigns.filter.textable' : 'campaigns.filter.notTextable'),
  ].filter(Boolean)
  return parts.length === 0 ? t('campaigns.wholeList') : parts.join(', ').slice(0, 120)
}
