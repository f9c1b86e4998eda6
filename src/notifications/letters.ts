import type { CompanyScope } from '../core/scope.ts'
import type { Letter, Part } from '../mail/domain.ts'
import { paths } from '../web/paths.ts'
import type { Language } from '../words/define.ts'
import { shortMoment } from '../words/format.ts'
import { translator, type Translate } from '../words/index.ts'
import { SEVERITIES, SEVERITY } from './domain.ts'
import type { NotificationRow } from './list.queries.ts'
import type { CampaignFigures } from './mailing.queries.ts'
import { maskNumbers } from './numbers.domain.ts'
import { sentence, targetOf } from './sentences.ts'

type To = { name: string; email: string; language: Language; zone: string }

const SUBJECT_NAME_LENGTH = 90
const QUOTE_LENGTH = 500

/** One mail of its own, about what came at once of one campaign; the newest first. */
export function newsLetter({ companyId }: CompanyScope, to: To, lines: readonly NotificationRow[], appUrl: string): Letter {
  const t = translator(to.language)
  const first = lines[0]!
  const worst = SEVERITIES.findLast((severity) => lines.some(({ kind }) => SEVERITY[kind] === severity))!
  const what = lines.length === 1 ? sentence(to.language, first) : t('notifications.letter.several', { count: lines.length })
  const about = first.campaign_name === null ? what : t('notifications.letter.about', { campaign: shortened(first.campaign_name), what })
  return {
    companyId, to: { address: to.email, name: to.name }, language: to.language, kind: 'news',
    subject: worst === 'info' ? about : t('notifications.letter.severe', { severity: t(`notifications.severity.${worst}`), about }),
    paragraphs: [
      ...(first.campaign_name === null ? [] : [t('notifications.letter.campaign', { campaign: first.campaign_name })]),
      ...lines.flatMap((line) => [`${shortMoment(to.language, line.at, to.zone)} – ${sentence(to.language, line)}`, ...(line.quote ? [quoted(t, line.quote)] : [])]).slice(0, 25),
    ],
    action: { label: t('notifications.letter.open'), url: appUrl + targetOf(first) },
    closing: [t('notifications.letter.why')],
  }
}

/** How each campaign stands and what people wrote, one link each; nothing that can be called or texted. */
export function digestLetter({ companyId }: CompanyScope, to: To, lines: readonly NotificationRow[], figures: readonly CampaignFigures[], appUrl: string): Letter {
  const t = translator(to.language)
  const other = lines.filter(({ campaign_id }) => campaign_id === null)
  const ids = [...new Set(lines.flatMap(({ campaign_id }) => campaign_id ?? []))]
  const parts = ids.flatMap((id) => figures.filter((one) => one.id === id)).map((one) => campaignPart(t, to.language, one, lines.filter(({ campaign_id }) => campaign_id === one.id), appUrl))
  if (other.length > 0) parts.push({ heading: t('notifications.elsewhere'), lines: other.map((line) => sentence(to.language, line)), quotes: [], action: { label: t('notifications.seeAll'), url: appUrl + paths.notifications } })
  return {
    companyId, to: { address: to.email, name: to.name }, language: to.language, kind: 'digest',
    subject: t('notifications.digest.subject', { count: ids.length }), paragraphs: [t('notifications.digest.intro')], parts, closing: [t('notifications.letter.why')],
  }
}

function campaignPart(t: Translate, language: Language, { id, name, yes, no, waiting, fresh, comments, more_comments }: CampaignFigures, lines: readonly NotificationRow[], appUrl: string): Part {
  return {
    heading: name,
    lines: [
      t('notifications.digest.figures', { yes, no, waiting, fresh }),
      // The figures say it already.
      ...lines.filter(({ kind }) => kind !== 'answers').map((line) => sentence(language, line)),
    ].slice(0, 20),
    quotes: [
      ...comments.map(({ first_name, last_name, choice, comment }) => t('notifications.digest.comment', { comment: plain(comment), who: initialed(t, first_name, last_name), answer: t(choice === 'yes' ? 'shared.answerYes' : 'shared.answerNo') })),
      ...(more_comments > 0 ? [t('notifications.digest.moreComments', { count: more_comments })] : []),
    ],
    action: { label: t('notifications.letter.open'), url: appUrl + paths.campaign(id) },
  }
}

function quoted(t: Translate, text: string): string {
  return t('notifications.letter.quote', { text: plain(text) })
}

function plain(text: string): string {
  return maskNumbers(text).slice(0, QUOTE_LENGTH)
}

/** « Léa M. »: who of the campaign it was, and no more than that in a mailbox. */
function initialed(t: Translate, first: string | null, last: string | null): string {
  const initial = last ? `${last.slice(0, 1).toUpperCase()}.` : ''
  return [first, initial].filter(Boolean).join(' ') || t('notifications.somebody')
}

function shortened(name: string): string {
  return name.length > SUBJECT_NAME_LENGTH ? `${name.slice(0, SUBJECT_NAME_LENGTH)}…` : name
}
