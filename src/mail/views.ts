import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longMoment, shortMoment } from '../words/format.ts'
import { translator, type Translate } from '../words/index.ts'
import { isLive } from './content.ts'
import { isResendable, MAIL_STATUSES, type Content, type MailStatus } from './domain.ts'
import type { ListQuery } from './input.ts'
import type { MailRow } from './queries.ts'

export const MAILS_PER_PAGE = 50

type Pill = { text: string; tone: string; icon: string }

export type MailListModel = {
  intro: string
  test: { action: string; label: string } | undefined
  export: ExportMenu
  filters: { action: string; clearUrl: string; q: string; status: string; options: { value: string; label: string }[] }
  rows: { url: string; subject: string; kind: string; name: string; address: string; pill: Pill; reason: string; at: { text: string; exact: string; datetime: string } }[]
  empty: string
  nextUrl: string | undefined
  firstUrl: string | undefined
}

export type MailModel = {
  listUrl: string
  rows: { term: string; lines: string[]; state?: 'ok' | 'warning' | 'error' }[]
  link: { label: string; url: string } | undefined
  linkNote: string
  text: string | undefined
  htmlUrl: string
  resend: { action: string; label: string; note: string } | undefined
  note: string
}

declare module '../web/render.ts' {
  interface ViewModels {
    'mail/index': MailListModel
    'mail/show': MailModel
  }
}

const LOOKS: Record<MailStatus, Omit<Pill, 'text'>> = {
  kept: { tone: 'neutral', icon: 'archive' },
  waiting: { tone: 'info', icon: 'clock' },
  sending: { tone: 'info', icon: 'clock' },
  sent: { tone: 'ok', icon: 'circle-check' },
  failed: { tone: 'error', icon: 'circle-x' },
  in_doubt: { tone: 'warning', icon: 'circle-question-mark' },
}

export function mailListModel(viewer: Viewer, { query, rows, hasServer }: { query: ListQuery; rows: readonly MailRow[]; hasServer: boolean }): MailListModel {
  const { language, company } = viewer
  const t = translator(language)
  const shown = rows.slice(0, MAILS_PER_PAGE)
  const isFiltered = query.q !== '' || query.status !== undefined
  const address = (before?: number) => {
    const search = new URLSearchParams({ ...(query.q === '' ? {} : { q: query.q }), ...(query.status ? { status: query.status } : {}), ...(before ? { before: String(before) } : {}) })
    return search.size === 0 ? paths.mails : `${paths.mails}?${search}`
  }
  return {
    intro: t(hasServer ? 'mail.intro' : 'mail.introKept'),
    export: exportMenu(language, address().replace(paths.mails, paths.exportOf(paths.mails))),
    test: hasServer ? { action: paths.mailTest, label: t('mail.test') } : undefined,
    filters: {
      action: paths.mails, clearUrl: isFiltered ? paths.mails : '', q: query.q, status: query.status ?? '',
      options: MAIL_STATUSES.map((status) => ({ value: status, label: t(`mail.status.${status}`) })),
    },
    rows: shown.map((mail) => ({
      url: paths.mail(mail.id), subject: mail.subject, kind: kindText(t, mail.kind), name: mail.to_name, address: mail.to_address, pill: pillOf(t, mail.status),
      reason: reasonText(t, mail),
      at: { text: shortMoment(language, mail.created_at, company.timeZone), exact: longMoment(language, mail.created_at, company.timeZone), datetime: mail.created_at.toISOString() },
    })),
    empty: t(isFiltered ? 'mail.noneFound' : 'mail.none'),
    nextUrl: rows.length > MAILS_PER_PAGE ? address(shown.at(-1)?.id) : undefined,
    firstUrl: query.before === undefined ? undefined : address(),
  }
}

export function mailModel(viewer: Viewer, { mail, content, text, hasServer }: { mail: MailRow; content: Content | undefined; text: string | undefined; hasServer: boolean }): MailModel {
  const { language, company } = viewer
  const t = translator(language)
  const moment = (at: Date) => longMoment(language, at, company.timeZone)
  const link = content && isLive(content) ? content.action ?? undefined : undefined
  const state = stateOf(mail.status)
  const outcome = [t(`mail.status.${mail.status}`), reasonText(t, mail), mail.answer ? t('mail.answer', { answer: mail.answer }) : '', mail.next_attempt_at && mail.attempts > 0 ? t('mail.nextAttempt', { moment: moment(mail.next_attempt_at) }) : '']
  return {
    listUrl: paths.mails,
    rows: [
      { term: t('mail.to'), lines: [mail.to_name, mail.to_address].filter(Boolean) },
      { term: t('mail.kind'), lines: [kindText(t, mail.kind)] },
      { term: t('mail.written'), lines: [moment(mail.created_at)] },
      { term: t('mail.state'), lines: outcome.filter(Boolean), ...(state ? { state } : {}) },
      ...(mail.attempts > 0 ? [{ term: t('mail.attempts'), lines: [String(mail.attempts)] }] : []),
      ...(mail.settled_at ? [{ term: t(mail.status === 'sent' ? 'mail.sentAt' : 'mail.failedAt'), lines: [moment(mail.settled_at)] }] : []),
    ],
    link,
    linkNote: link ? t('mail.linkNote') : '',
    text,
    htmlUrl: paths.mailStep(mail.id, 'html'),
    resend: hasServer && content && isResendable(mail.status)
      ? { action: paths.mailStep(mail.id, 'resending'), label: t(mail.status === 'kept' ? 'mail.sendNow' : 'mail.resend'), note: mail.status === 'in_doubt' ? t('mail.resendNote') : '' }
      : undefined,
    note: content ? (!hasServer && mail.status === 'kept' ? t('mail.keptNote') : '') : t('mail.reason.unreadable'),
  }
}

function stateOf(status: MailStatus): 'ok' | 'warning' | 'error' | undefined {
  return status === 'sent' ? 'ok' : status === 'failed' ? 'error' : status === 'in_doubt' ? 'warning' : undefined
}

function pillOf(t: Translate, status: MailStatus): Pill {
  return { text: t(`mail.status.${status}`), ...LOOKS[status] }
}

export function reasonText(t: Translate, { reason }: MailRow): string {
  return reason ? t(`mail.reason.${reason}`) : ''
}

/** Other rooms name their kinds; one that has no words here yet is shown by its subject alone. */
const KINDS = ['news', 'digest', 'invitation', 'reset', 'test', 'new-device', 'slowed', 'password-changed', 'factor-removed'] as const

export function kindText(t: Translate, kind: string): string {
  const known = KINDS.find((one) => one === kind)
  return t(known ? `mail.kind.${known}` : 'mail.kind.other')
}
