import { moment, readerOf, type Reader } from '../candidates/views.ts'
import { isRareField, MERGE_FIELDS, PERSONAL_FIELDS } from '../message-templates/merge.ts'
import type { Pool } from '../companies/senders.queries.ts'
import { choicesModel, type ChoicesModel } from '../message-templates/list.views.ts'
import type { TemplateChoice } from '../message-templates/queries.ts'
import { formatPhone, type CountryCode } from '../sms/phone.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import { wholeNumber } from '../words/format.ts'
import { validNumbers } from './audience.domain.ts'
import { sumLines, type SumLine } from './audience.views.ts'
import type { AudiencePerson } from './audience.queries.ts'
import { FAULT_FIELDS } from './closing.domain.ts'
import type { TypedPlan } from './closing.input.ts'
import { draftAnswersModel, planFaultText, planProblemText, type AnswersModel } from './closing.views.ts'
import { codeErrors, codesModel, type CodeOptions, type CodesModel } from './codes.views.ts'
import { CAMPAIGN_NAME_LENGTH, COMMENT_LENGTH, MESSAGE_LENGTH } from './domain.ts'
import type { Inspection } from './inspection.ts'
import { overrideModel, type OverrideModel } from './overrides.views.ts'
import { costModel, fieldName, lintModel, previewModel, type CostModel, type LintModel, type PreviewModel } from './preview.views.ts'
import type { Campaign } from './queries.ts'
import { senderModel, type SenderModel } from './sender.views.ts'
import { singleModel, type SingleModel } from './single.views.ts'
import type { TypedSchedule } from './schedule.input.ts'
import { problemText, scheduleModel, type ScheduleModel } from './schedule.views.ts'
import type { Colleague } from './told.queries.ts'
import { toldModel, type ToldModel } from './told.views.ts'

export type SavedModel = { version: number; text: string; staleText: string; reloadUrl: string; restore: string }

export type AudienceModel = {
  count: string
  countText: string
  lines: SumLine[]
  notes: string[]
  recent: { text: string; action: string } | undefined
}

export type TextsModel = {
  template: ChoicesModel
  texts: { language: Language; value: string; label: string; hint: string; isOpen: boolean; isMain: boolean }[]
  inserts: { label: string; text: string; isRare: boolean }[]
}

export type LimitModel = { value: string; byDefault: string; suffix: string; hint: string; error: string }

export type TestModel = { action: string; mobile: string; error: string; done: string }

export type ComposeModel = {
  id: number
  urls: { draft: string; deletion: string; check: string; page: string }
  saved: SavedModel
  audience: AudienceModel
  limit: LimitModel
  schedule: ScheduleModel
  /** Undefined for a message to one person. */
  answers: AnswersModel | undefined
  /** Who is told of answers; undefined where there is nobody to choose. */
  told: ToldModel | undefined
  isAvailability: boolean
  texts: TextsModel
  codes: CodesModel
  sender: SenderModel
  override: OverrideModel | undefined
  /** A message to one person: no list, so no limit and no days. */
  single: SingleModel | undefined
  name: string
  comment: string
  lengths: { name: number; comment: number; message: number }
  cost: CostModel
  lint: LintModel
  preview: PreviewModel
  test: TestModel
  errors: { field: string; text: string }[]
}

/** What changes with every save, sent back as pieces of the page. */
export type DraftModel = Pick<ComposeModel, 'saved' | 'audience' | 'override' | 'single' | 'limit' | 'schedule' | 'answers' | 'codes' | 'cost' | 'lint' | 'preview'> & {
  senderNote: string
  texts: TextsModel | undefined
  /** Fields somebody may be typing in are morphed around; once a button was pressed they are replaced, with what is wrong beside them. */
  swap: 'outerMorph' | 'true'
  /** The same for the limit, which also follows when its default has changed under it. */
  limitSwap: 'outerMorph' | 'true'
}

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/compose': ComposeModel
    'campaigns/_draft': { draft: DraftModel }
    'campaigns/_saved': { saved: SavedModel }
    'campaigns/_test': { test: TestModel }
  }
}

export type ComposeGiven = {
  campaign: Campaign
  inspection: Inspection
  templates: TemplateChoice[]
  pools: Pool[]
  colleagues: Colleague[]
  /** When what the draft replaced was saved; undefined when nothing was. */
  previousAt: Date | undefined
  person: AudiencePerson | undefined
  view: 'sms' | 'page'
  codes: CodeOptions
  /** « Vérifier » was pressed: what is still to be picked is said. */
  isChecked?: boolean
  errors?: ComposeModel['errors']
  /** What the limit field held when it could not be kept. */
  badLimit?: string | undefined
  badSchedule?: TypedSchedule | undefined
  badAnswers?: TypedPlan | undefined
  lacksReason?: boolean
}

export function composeModel(viewer: Viewer, given: ComposeGiven): ComposeModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const { campaign, inspection } = given
  return {
    id: campaign.id,
    urls: composeUrls(campaign.id),
    saved: savedModel(reader, campaign.id, savedOf(given)),
    audience: audienceModel(reader, campaign, inspection),
    override: overrideModel(viewer, campaign, inspection, lacking(given)),
    single: singleModel(reader, given),
    limit: limitModel(reader, given),
    schedule: scheduleModel(reader, campaign, inspection, given.badSchedule),
    answers: answersOf(reader, given, true),
    told: campaign.is_single ? undefined : toldModel(reader, { colleagues: given.colleagues, chosen: campaign.followers, senderId: campaign.created_by, viewerId: viewer.userId }),
    isAvailability: campaign.kind === 'availability',
    texts: textsModel(reader, given),
    codes: codesModel(reader, campaign.id, inspection, given.codes, given.isChecked ?? false),
    sender: senderModel(reader, given.pools, campaign),
    name: campaign.name,
    comment: campaign.internal_comment ?? '',
    lengths: { name: CAMPAIGN_NAME_LENGTH, comment: COMMENT_LENGTH, message: MESSAGE_LENGTH },
    cost: costModel(reader, campaign.id, inspection),
    lint: lintModel(t, inspection),
    preview: previewModel(reader, campaign, inspection, given.person, given.view),
    test: testModel(viewer, campaign.id),
    errors: given.errors ?? [],
  }
}

/** `isSent`: a button was pressed; saving while somebody types says what is wrong below the fields only. */
export function draftModel(viewer: Viewer, given: ComposeGiven, { textsLoaded, isSent, limitDefault }: { textsLoaded: boolean; isSent: boolean; limitDefault: string }): DraftModel {
  const reader = readerOf(viewer)
  const limit = limitModel(reader, given)
  const { campaign, inspection } = given
  return {
    saved: savedModel(reader, campaign.id, savedOf(given)),
    audience: audienceModel(reader, campaign, inspection),
    override: overrideModel(viewer, campaign, inspection, lacking(given)),
    single: singleModel(reader, given),
    senderNote: senderModel(reader, given.pools, campaign).note,
    limit,
    schedule: scheduleModel(reader, campaign, inspection, given.badSchedule, isSent),
    answers: answersOf(reader, given, isSent),
    cost: costModel(reader, campaign.id, inspection),
    lint: lintModel(reader.t, inspection),
    preview: previewModel(reader, campaign, inspection, given.person, given.view),
    codes: codesModel(reader, campaign.id, inspection, given.codes, given.isChecked ?? false),
    swap: isSent ? 'true' : 'outerMorph',
    limitSwap: isSent || (limit.byDefault !== '' && limit.byDefault !== limitDefault && given.badLimit === undefined) ? 'true' : 'outerMorph',
    texts: textsLoaded ? textsModel(reader, given) : undefined,
  }
}

export function savedModel(reader: Reader, campaignId: number, saved: { version: number; savedAt: Date; previousAt?: Date | undefined }, staleText = ''): SavedModel {
  const format = new Intl.DateTimeFormat(reader.language === 'fr' ? 'fr-FR' : 'en-GB', { timeStyle: 'short', timeZone: reader.zone })
  const { previousAt } = saved
  return {
    version: saved.version, text: reader.t('compose.saved', { time: format.format(saved.savedAt) }), staleText, reloadUrl: paths.campaign(campaignId),
    restore: previousAt ? reader.t('compose.previous', { date: moment(reader, previousAt).text }) : '',
  }
}

export function testModel(viewer: Viewer, campaignId: number, result: { mobile?: string; error?: string; done?: string } = {}): TestModel {
  return { action: paths.campaignStep(campaignId, 'test'), mobile: result.mobile ?? (viewer.mobile ? formatPhone(viewer.mobile, viewer.company.country as CountryCode).replaceAll('\u00a0', ' ') : ''), error: result.error ?? '', done: result.done ?? '' }
}

function savedOf({ campaign, previousAt }: ComposeGiven): { version: number; savedAt: Date; previousAt: Date | undefined } {
  return { version: campaign.version, savedAt: campaign.updated_at, previousAt }
}

/** The box is ticked and nothing says why: until it does, nobody is texted over a refusal. */
function lacking({ lacksReason, errors = [] }: ComposeGiven): { isTicked: boolean; error: string } | undefined {
  return lacksReason ? { isTicked: true, error: errors.find(({ field }) => field === 'ignore_reason')?.text ?? '' } : undefined
}

/** `showsProblems`: beside the fields too, once somebody has sent the form. */
function answersOf(reader: Reader, { campaign, inspection, badAnswers }: ComposeGiven, showsProblems: boolean): AnswersModel | undefined {
  return campaign.is_single ? undefined : draftAnswersModel(reader, campaign, inspection, badAnswers, showsProblems)
}

/** What is wrong with a form that was sent, in the order of its fields. */
export function draftErrors(viewer: Viewer, { campaign, inspection, isChecked }: ComposeGiven, bad: Pick<ComposeGiven, 'badLimit' | 'badSchedule' | 'badAnswers' | 'lacksReason'>): ComposeModel['errors'] {
  const reader = readerOf(viewer)
  const at = { zone: campaign.time_zone, now: inspection.context.now }
  return [
    ...(bad.lacksReason && isChecked ? [{ field: 'ignore_reason', text: reader.t('compose.override.reasonMissing') }] : []),
    ...(bad.badLimit === undefined ? [] : [{ field: 'limit', text: limitText(reader, inspection) }]),
    ...(isChecked ? codeErrors(reader, inspection.missing) : []),
    ...(bad.badSchedule?.problems ?? []).map((problem) => ({ field: `start_${problem.field}`, text: problemText(reader, problem, at) })),
    ...(bad.badAnswers?.problems ?? []).map((problem) => ({ field: problem.field, text: planProblemText(reader, problem, at) })),
    ...(isChecked ? inspection.answerFaults.map((fault) => ({ field: FAULT_FIELDS[fault], text: planFaultText(reader, fault, inspection) })) : []),
  ]
}

/** S26: what may be typed, the ceiling named. */
function limitText({ t, language }: Reader, { settings }: Inspection): string {
  return t('compose.limitBad', { max: wholeNumber(language, settings['campaign.recipient_limit']) })
}

/** S25: without a limit of its own the draft reaches the valid numbers or the company's limit, whichever is smaller. */
function limitModel(reader: Reader, { campaign, inspection, badLimit, errors = [] }: ComposeGiven): LimitModel {
  const { t, language } = reader
  const valid = validNumbers(inspection.counts)
  const most = inspection.settings['campaign.recipient_limit']
  const byDefault = String(Math.min(valid, most))
  return {
    value: badLimit ?? String(campaign.limit_to ?? byDefault),
    // A number of the draft's own stays one, also when it happens to be the default.
    byDefault: campaign.limit_to === null ? byDefault : '',
    suffix: t('compose.limitSuffix', { valid: wholeNumber(language, valid) }),
    hint: t('compose.limitHint', { max: wholeNumber(language, most) }),
    error: errors.find((error) => error.field === 'limit')?.text ?? '',
  }
}

function composeUrls(id: number): ComposeModel['urls'] {
  return { draft: paths.campaignStep(id, 'draft'), deletion: paths.campaignStep(id, 'deletion'), check: paths.campaignStep(id, 'check'), page: paths.campaignStep(id, 'page') }
}

function audienceModel(reader: Reader, campaign: Campaign, inspection: Inspection): AudienceModel {
  const { t, language } = reader
  const { counts, recent, settings, spec } = inspection
  const most = settings['campaign.recipient_limit']
  return {
    count: counts.recipients === 0 ? t('compose.nobody') : wholeNumber(language, counts.recipients),
    countText: t('compose.willGet', { count: counts.recipients }),
    lines: sumLines(reader, campaign.id, counts, spec.limit),
    notes: [
      ...(campaign.is_test ? [t('check.testKey')] : []),
      ...(counts.duplicate_number > 0 ? [t('compose.shared', { count: counts.duplicate_number })] : []),
      ...(counts.over_limit > 0 && spec.limit === most ? [t('compose.cut', { limit: wholeNumber(language, most) })] : []),
    ],
    recent: recent > 0 ? { text: t('compose.recent', { count: recent, days: settings['campaign.recent_contact_days'] }), action: paths.campaignStep(campaign.id, 'recent') } : undefined,
  }
}

function textsModel(reader: Reader, { campaign, inspection, templates }: ComposeGiven): TextsModel {
  const { t } = reader
  const main = inspection.context.language
  const people = new Map<Language, number>()
  for (const group of inspection.groups) people.set(group.language, (people.get(group.language) ?? 0) + group.people)
  return {
    template: choicesModel(reader, campaign.kind, templates, campaign.template_id === null ? undefined : { id: campaign.template_id, name: campaign.template_name ?? '' }),
    texts: [main, ...LANGUAGES.filter((language) => language !== main)].map((language) => {
      const value = campaign.texts[language] ?? ''
      const count = people.get(language) ?? 0
      const isMain = language === main
      const hint = isMain ? t('compose.textFallback') : value === '' ? t('compose.textOther', { language: main }) : t('compose.textFor', { count })
      return { language, value, label: t(`compose.text.${language}`), hint, isOpen: isMain || value !== '', isMain }
    }),
    // S34: a last name is discouraged, so it is not offered.
    inserts: MERGE_FIELDS.filter((field) => field !== 'last_name').map((field) => ({
      label: t(`templates.field.${field}`), isRare: isRareField(field),
      // Fields of a person may be empty on some record: the bar invites a fallback.
      text: (PERSONAL_FIELDS as readonly string[]).includes(field) ? `{${fieldName(reader, field)}|}` : `{${fieldName(reader, field)}}`,
    })),
  }
}
