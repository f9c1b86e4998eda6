/** What a reminder comes to before it is sent: read, rendered and measured like the real one, and nothing written. */
import { getSettings } from '../companies/queries.ts'
import { listPoolOf } from '../companies/senders.queries.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Deps } from '../deps.ts'
import { measureSms } from '../sms/segments.ts'
import type { Viewer } from '../web/viewer.ts'
import { findChosen } from './codes.queries.ts'
import { mayDo } from './domain.ts'
import { inspectTexts, type Inspection } from './inspection.ts'
import { measureGroups, textFor, type Measured } from './message.domain.ts'
import { getSendingContext, type Campaign, type Texts } from './queries.ts'
import { reachOf } from './reminders.commands.ts'
import type { ReminderObstacle, SilentCounts } from './reminders.domain.ts'
import { countReminders, countSilent, findNextReminder, findPending, listSilent, type SilentPerson } from './reminders.queries.ts'
import type { Course } from './reminders.views.ts'
import { findAsked } from './reminding.queries.ts'

export type Weighing = {
  counts: SilentCounts
  inspected: Pick<Inspection, 'findings' | 'compiled' | 'missing' | 'voices' | 'settings' | 'context'>
  measured: Measured
  /** Who gets it: silent, and with every field that the words need. */
  people: number
  first: { person: SilentPerson; text: string; characters: number; segments: number } | undefined
  obstacle: ReminderObstacle | undefined
}

const STRETCH = 5_000

/** The page asks again every few seconds: of a longer list it says that there is somebody, and the reminder's own page says how many. */
const COUNTED_LIVE = 2_000

export async function weighReminder({ db, config }: Pick<Deps, 'db' | 'config'>, { scope }: Pick<Viewer, 'scope'>, campaign: Campaign, texts: Texts): Promise<Weighing> {
  const settings = await getSettings(db, scope)
  const context = await getSendingContext(db, scope)
  const senders = await listPoolOf(db, scope, campaign.sender_id)
  const inspected = inspectTexts(config, context, { ...campaign, texts }, senders, await findChosen(db, scope, campaign.codes))
  const reach = reachOf(settings, context)
  const counts = await countSilent(db, scope, campaign.id, reach)
  const byAddress = new Map([...inspected.voices.values()].map((voice) => [voice.sender.address, voice]))
  const [anyVoice] = byAddress.values()
  const voiceFor = (person: SilentPerson) => byAddress.get(person.sender) ?? anyVoice
  const groups: Parameters<typeof measureGroups>[1][number][] = []
  let first: Weighing['first']
  for (let afterRank: number | undefined = 0; afterRank !== undefined && anyVoice;) {
    const { people, lastRank } = await listSilent(db, scope, campaign.id, reach, { afterRank, size: STRETCH })
    for (const person of people) {
      const voice = voiceFor(person)!
      const language = voice.compiled.has(person.language) ? person.language : [...voice.compiled.keys()][0]
      if (!language) continue
      groups.push({ ...person, language, batch: 1, sender_id: voice.sender.id, people: 1, first_position: person.rank })
      const rendered = first ? undefined : textFor(voice.compiled, { ...person, language }, voice.shared)
      if (rendered) first = { person, text: rendered.text, characters: measureSms(rendered.text).units, segments: measureSms(rendered.text).segments }
    }
    afterRank = lastRank
  }
  const measured = measureGroups(inspected.voices, groups)
  const people = groups.length - measured.incompletePeople
  return { counts, inspected: { ...inspected, settings, context }, measured, people, first, obstacle: obstacleOf(campaign, { ...inspected, canSend: context.can_send_sms, senders: senders.length, people }) }
}

function obstacleOf(campaign: Campaign, given: Pick<Inspection, 'findings' | 'missing'> & { canSend: boolean; senders: number; people: number }): ReminderObstacle | undefined {
  if (!mayDo('remind', campaign.status)) return 'moved'
  if (!campaign.is_open) return 'closed'
  if (!given.canSend) return 'sms_off'
  if (given.senders === 0) return 'no_sender'
  if (given.findings.some(({ level }) => level === 'error')) return 'text'
  if (given.missing.length > 0) return 'codes'
  return given.people === 0 ? 'nobody' : undefined
}

/** For the campaign's page: what is pending, sent and to come. The silent are counted only for who looks at their list. */
export async function findCourse(db: Db, { scope }: Pick<Viewer, 'scope'>, campaign: Campaign, isSilentShown: boolean): Promise<Course> {
  const mayRemind = isSilentShown && mayDo('remind', campaign.status) && campaign.is_open
  const isLarge = (campaign.audience_counts?.recipients ?? 0) > COUNTED_LIVE
  const [pending, reminders, nextReminder, silent, asked] = await Promise.all([
    findPending(db, scope, campaign.id), countReminders(db, scope, campaign.id), campaign.remind_after_hours === null ? null : findNextReminder(db, scope, campaign.id),
    !mayRemind ? undefined : isLarge ? ('some' as const) : countSilentNow(db, scope, campaign.id),
    findAsked(db, scope, campaign.id),
  ])
  const preparing = asked && asked.answered_at === null ? asked : undefined
  return { pending, reminders, nextReminder, silent: preparing ? undefined : silent, preparing }
}

async function countSilentNow(db: Db, scope: CompanyScope, campaignId: number): Promise<number> {
  return (await countSilent(db, scope, campaignId, reachOf(await getSettings(db, scope), await getSendingContext(db, scope)))).silent
}
