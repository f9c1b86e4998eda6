import { moment, nameOf, readerOf, type Reader } from '../candidates/views.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { countryName, dayAndMonth, wholeNumber } from '../words/format.ts'
import { isCutOff, planFaultText, planLines } from './closing.views.ts'
import { chosenRows, missingText } from './codes.views.ts'
import { mayReach } from './audience.domain.ts'
import type { AudienceMember, Overlap } from './audience.queries.ts'
import { sumLines, type SumLine } from './audience.views.ts'
import { overlapRows, overrideRows, senderRow, stopRow, testRows, type Row } from './checks.views.ts'
import { amountText, shareLines } from './cost.views.ts'
import type { Inspection } from './inspection.ts'
import { bubbles, incompleteLines, lintModel, senderFor, type PhoneModel } from './preview.views.ts'
import type { Campaign } from './queries.ts'
import { sendLabel, summaryModel, type SummaryModel } from './schedule.views.ts'

/** A plan may have hundreds of batches; their number is told. */
const BATCHES_SHOWN = 60

export type CheckModel = {
  crumbs: { label: string; href: string }[]
  name: string
  errors: { field: string; text: string }[]
  blocks: Row[]
  sum: SumLine[]
  controls: Row[]
  samples: { heading: string; phone: PhoneModel }[]
  backUrl: string
  /** Every batch, where there are several. */
  batches: { label: string; summary: SummaryModel } | undefined
  /** What stops the sending, each with the way to where it is put right. */
  faults: { term: string; href: string }[]
  /** Undefined while something stops the sending. */
  send: { action: string; version: number; launchKey: string; recipients: number; label: string; hints: string[]; typed: { label: string; value: string; error: string } | undefined; confirm: { error: string; isChecked: boolean } | undefined } | undefined
}

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/check': CheckModel
  }
}

export type CheckGiven = {
  campaign: Campaign
  inspection: Inspection
  samples: AudienceMember[]
  twin: { id: number; name: string; launched_at: Date | null } | undefined
  /** Campaigns that reach mostly the same people. */
  overlaps: Overlap[]
  launchKey: string
  errors?: CheckModel['errors']
  typed?: string
  isChecked?: boolean
}

export function checkModel(viewer: Viewer, given: CheckGiven): CheckModel {
  const reader = readerOf(viewer)
  const { t, language } = reader
  const { campaign, inspection, errors = [] } = given
  const { counts, settings } = inspection
  const summary = summaryModel(reader, campaign, inspection, BATCHES_SHOWN)
  const blocks = blockRows(viewer, reader, given, summary)
  const controls = controlRows(reader, given)
  const states = [...blocks, ...controls].map((row) => row.state)
  const isBlocked = states.includes('error')
  const needsTyping = counts.recipients >= settings['campaign.typed_confirmation_from']
  const error = (field: string) => errors.find((one) => one.field === field)?.text ?? ''
  return {
    crumbs: [{ label: t('campaigns.title'), href: paths.campaigns }, { label: campaign.name, href: paths.campaign(campaign.id) }],
    name: campaign.name,
    errors,
    blocks,
    sum: sumLines(reader, campaign.id, counts, inspection.spec.limit),
    controls,
    samples: given.samples.map((person) => {
      const name = nameOf(t, person)
      const isLongest = person.position === inspection.measured.longest?.position
      return { heading: isLongest ? t('check.sampleLongest', { name }) : name, phone: { sender: senderFor(inspection, person) ?? campaign.sender_address, bubbles: bubbles(reader, inspection, person) } }
    }),
    backUrl: paths.campaign(campaign.id),
    batches: summary.batches.length > 0 ? { label: t('schedule.allBatches', { count: wholeNumber(language, inspection.batches.length) }), summary: { ...summary, problem: '', departs: '', end: '', warnings: [], proposal: '' } } : undefined,
    faults: [...blocks, ...controls].filter(({ state }) => state === 'error').map(({ term, link }) => ({ term, href: link?.href ?? paths.campaign(campaign.id) })),
    send: isBlocked
      ? undefined
      : {
          action: paths.campaignStep(campaign.id, 'launch'), version: campaign.version, launchKey: given.launchKey, recipients: counts.recipients,
          label: sendLabel(reader, campaign, inspection), hints: undoHints(reader, given),
          typed: needsTyping ? { label: t('check.typed', { count: wholeNumber(language, counts.recipients) }), value: given.typed ?? '', error: error('typed') } : undefined,
          confirm: states.includes('warning') ? { error: error('checked'), isChecked: given.isChecked ?? false } : undefined,
        },
  }
}

/** True when the page shows something that asks for a tick. */
export function hasWarnings(viewer: Viewer, given: CheckGiven): boolean {
  const reader = readerOf(viewer)
  const summary = summaryModel(reader, given.campaign, given.inspection, BATCHES_SHOWN)
  return [...blockRows(viewer, reader, given, summary), ...controlRows(reader, given)].some((row) => row.state === 'warning')
}

/** What can still be done after the click. */
function undoHints({ t }: Reader, { campaign, inspection }: CheckGiven): string[] {
  const seconds = inspection.settings['campaign.undo_seconds']
  return [...(seconds > 0 ? [t('schedule.undo', { seconds })] : []), ...(campaign.starts === 'later' ? [t('schedule.undoLater')] : [])]
}

function blockRows(viewer: Viewer, reader: Reader, { campaign, inspection }: CheckGiven, summary: SummaryModel): Row[] {
  const { t, language } = reader
  const { counts, countries, measured, blockers } = inspection
  const edit = (anchor: string, hint: string) => ({ href: `${paths.campaign(campaign.id)}#${anchor}`, hint })
  const byCountry = Object.entries(countries).sort(([, a], [, b]) => b - a).map(([code, count]) => `${countryName(language, code)} ${wholeNumber(language, count)}`)
  const { longest } = measured
  const isAllowed = mayReach(campaign.audience, viewer.privileges)
  return [
    ...testRows(reader, campaign),
    {
      name: 'recipients', term: t('check.recipients'), state: blockers.includes('nobody') || !isAllowed ? 'error' : 'ok', link: edit('recipients-heading', t('check.recipients')),
      lines: blockers.includes('nobody') || !isAllowed
        ? [t(isAllowed ? 'check.nobody' : 'check.listForbidden')]
        : [t('check.recipientsText', { count: counts.recipients, total: counts.total }), ...(byCountry.length > 1 ? [t('check.countries', { list: byCountry.join(', ') })] : [])],
    },
    { name: 'kind', term: t('check.kind'), state: 'ok', link: edit('kind-heading', t('check.kind')), lines: [t(campaign.kind === 'availability' ? 'check.kindAvailability' : 'check.kindSimple')] },
    {
      name: 'cost', term: t('check.cost'), state: 'ok', link: edit('message-heading', t('check.message')),
      lines: longest
        ? [
            t('compose.cost.totalLine', { total: wholeNumber(language, measured.totalSegments), people: counts.recipients }), t('compose.cost.line', { characters: longest.measure.units, segments: longest.measure.segments }),
            ...[amountText(reader, inspection)].filter(Boolean), ...(measured.shares.length > 1 || amountText(reader, inspection) ? shareLines(reader, inspection) : []),
          ]
        : ['–'],
    },
    senderRow(reader, campaign, inspection),
    ...overrideRows(viewer, reader, campaign, inspection),
    {
      name: 'when', term: t('check.when'), state: summary.problem ? 'error' : summary.warnings.length > 0 ? 'warning' : 'ok', link: edit('schedule-heading', t('check.when')),
      lines: summary.problem ? [summary.problem] : [summary.departs, ...summary.warnings, summary.end].filter(Boolean),
    },
    answersRow(reader, campaign, inspection, edit('answers-heading', t('reminders.heading'))),
    ...codeRows(viewer, reader, inspection, edit('codes-heading', t('codes.heading'))),
    ...budgetRows(reader, inspection, edit('recipients-heading', t('check.budget'))),
  ]
}

/** Until when, how many, the reminder and the waves; a message to one person has only the first. */
function answersRow(reader: Reader, campaign: Campaign, inspection: Inspection, link: NonNullable<Row['link']>): Row {
  const faults = inspection.answerFaults.map((fault) => `${planFaultText(reader, fault, inspection)}.`)
  const state = faults.length > 0 ? 'error' : isCutOff(campaign, inspection) ? 'warning' : 'ok'
  return { name: 'answers', term: reader.t('reminders.heading'), state, lines: faults.length > 0 ? faults : planLines(reader, campaign, inspection), ...(campaign.is_single ? {} : { link }) }
}

/** What the text refers to, and what is still to be picked; nothing where it refers to nothing. */
function codeRows(viewer: Viewer, reader: Reader, { chosen, missing }: Inspection, link: NonNullable<Row['link']>): Row[] {
  const rows = chosenRows(reader, chosen, viewer.privileges.has('jobs.confidential'))
  if (rows.length === 0 && missing.length === 0) return []
  const lines = missing.length > 0 ? missing.map((one) => missingText(reader, one)) : rows.map(({ term, text }) => reader.t('codes.line', { term, text }))
  return [{ name: 'codes', term: reader.t('codes.heading'), state: missing.length > 0 ? 'error' : 'ok', lines, link }]
}

/** Nothing where the company has set no budget. */
function budgetRows(reader: Reader, { settings, budget, measured, spentToday }: Inspection, link: Row['link']): Row[] {
  const { t, language } = reader
  const number = (segments: number) => wholeNumber(language, segments)
  const { 'budget.campaign_segments': most, 'budget.day_segments': mostADay } = settings
  if (most === null && mostADay === null) return []
  const over = budget.find(({ kind }) => kind === 'campaign')
  const day = budget.find((finding) => finding.kind === 'day')
  const lines = [
    ...(most === null ? [] : [t(over ? 'check.budgetOver' : 'check.budgetKept', { needed: number(measured.totalSegments), budget: number(most) })]),
    ...(mostADay === null ? [] : [t('check.dayLeft', { left: number(Math.max(0, mostADay - spentToday.segments)), budget: number(mostADay) })]),
    ...(day && mostADay !== null ? [t('check.dayOver', { date: dayAndMonth(language, day.on), needed: number(day.needed), left: number(Math.max(0, mostADay - day.spent)) })] : []),
  ]
  return [{ name: 'budget', term: t('check.budget'), state: over ? 'error' : day ? 'warning' : 'ok', lines, link: link! }]
}

function controlRows(reader: Reader, { campaign, inspection, twin, overlaps }: CheckGiven): Row[] {
  const { t } = reader
  const { compiled, measured, settings, recent, findings } = inspection
  const message = { href: `${paths.campaign(campaign.id)}#message-heading` }
  const recipients = `${paths.campaign(campaign.id)}#recipients-heading`
  const added = [...compiled.values()]
  const linkAdded = added.some((one) => one.added.link)
  const days = settings['campaign.recent_contact_days']
  const worst = findings.some((finding) => finding.level === 'error') ? 'error' : findings.some((finding) => finding.level === 'warning') || inspection.replyWords.length > 0 ? 'warning' : 'ok'
  const told = lintModel(t, inspection).filter((finding) => finding.level !== 'info').map((finding) => finding.text)
  return [
    { name: 'text', term: t('check.text'), state: worst, lines: told.length > 0 ? told : [t('check.textOk')], link: message },
    {
      name: 'fields', term: t('check.fields'), state: measured.incompletePeople > 0 ? 'error' : 'ok',
      lines: measured.incompletePeople > 0 ? incompleteLines(reader, campaign.id, inspection).map((line) => line.text) : [t('check.fieldsNone')],
      link: measured.incompletePeople > 0 ? { href: incompleteLines(reader, campaign.id, inspection)[0]!.href, label: t('compose.cost.incompleteShow') } : message,
    },
    { name: 'link', term: t('check.link'), state: 'ok', lines: [t(linkAdded ? 'check.linkAdded' : 'check.linkIn')], link: message },
    stopRow(reader, campaign, inspection),
    {
      name: 'tested', term: t('check.tested'), state: campaign.tested_at ? 'ok' : 'warning',
      lines: [campaign.tested_at ? t('check.testedAt', { date: moment(reader, campaign.tested_at).text }) : t('check.notTested')],
      link: { href: `${paths.campaign(campaign.id)}#test-heading`, label: t(campaign.tested_at ? 'check.testAgain' : 'check.testNow') },
    },
    {
      name: 'twin', term: t('check.twin'), state: twin ? 'error' : 'ok',
      lines: [twin ? t('check.twinFound', { name: twin.name, date: twin.launched_at ? moment(reader, twin.launched_at).text : '' }) : t('check.twinNone')],
      link: message,
    },
    ...overlapRows(reader, overlaps, inspection.counts.recipients, recipients),
    {
      name: 'recent', term: t('check.recent'), state: recent > 0 ? 'warning' : 'ok',
      lines: [recent > 0 ? t('compose.recent', { count: recent, days }) : t('check.recentNone', { days })],
      link: { href: recipients, ...(recent > 0 ? { label: t('compose.recentExclude') } : {}) },
    },
  ]
}
