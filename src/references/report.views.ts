import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longDate, wholeNumber } from '../words/format.ts'
import { dateIn } from '../core/dates.ts'
import { translator } from '../words/index.ts'
import type { reportOf } from './code-page.queries.ts'

export const REPORT_SIZE = 50

export type ReportModel = {
  stats: { label: string; items: { value: string; label: string; icon: string; tone?: string }[] } | undefined
  note: string
  heads: string[]
  rows: { name: string; url: string; launched: string; cells: { label: string; text: string }[] }[]
}

/** What became of everything sent with a code (S28). */
export function reportModel(viewer: Viewer, { campaigns, totals }: Awaited<ReturnType<typeof reportOf>>): ReportModel {
  const t = translator(viewer.language)
  const number = (value: number) => wholeNumber(viewer.language, value)
  const labels = { sent: t('references.report.sent'), yes: t('references.report.yes'), no: t('references.report.no'), opt_outs: t('references.report.optOuts') }
  return {
    stats: campaigns.length === 0 ? undefined : {
      label: t('references.report.title'),
      items: [
        { value: number(totals.campaigns), label: t('references.report.campaigns'), icon: 'message-square' },
        { value: number(totals.sent), label: labels.sent, icon: 'send' },
        { value: number(totals.yes), label: labels.yes, icon: 'circle-check', tone: 'ok' },
        { value: number(totals.no), label: labels.no, icon: 'circle-x', tone: 'warning' },
        { value: number(totals.opt_outs), label: labels.opt_outs, icon: 'message-square-off', tone: 'error' },
      ],
    },
    note: campaigns.length === 0 ? t('references.report.none') : totals.campaigns > campaigns.length ? t('references.report.newest', { count: number(campaigns.length) }) : '',
    heads: [t('references.report.campaign'), t('references.report.launched'), ...Object.values(labels)],
    rows: campaigns.map((campaign) => ({
      name: campaign.name, url: paths.campaign(campaign.id),
      launched: campaign.launched_at ? longDate(viewer.language, dateIn(viewer.company.timeZone, campaign.launched_at)) : '',
      cells: (Object.keys(labels) as (keyof typeof labels)[]).map((name) => ({ label: labels[name], text: number(campaign[name]) })),
    })),
  }
}
