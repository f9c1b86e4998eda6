/** From texts and people to what is sent and what it costs. Pure. */
import type { Sender } from '../companies/senders.domain.ts'
import { completeText, type Completed } from '../message-templates/complete.ts'
import { renderText, type MergeField, type MergeValues } from '../message-templates/merge.ts'
import { measureSms, type SmsMeasure } from '../sms/segments.ts'
import { LANGUAGES, type Language } from '../words/define.ts'

/** What is the same for everybody; of what was picked for the campaign, that which its text asks for. */
export type SharedValues = { agency: string; recruiter: string; link: string; stop: string } & Partial<CodeValues>
/** Said by what was picked for the campaign; empty where nothing was. */
export type CodeValues = Record<'campaign_page' | 'join_network' | 'career_page' | 'job_title' | 'job_reference' | 'job_url', string>
export type PersonalValues = { language: Language; first_name: string; last_name: string; trade: string; town: string; branch: string }

/** The texts of a campaign, completed and read once. */
export type CompiledTexts = ReadonlyMap<Language, Completed>

export function compileTexts(texts: Partial<Record<Language, string>>, sender: { stopText: string }): CompiledTexts {
  const compiled = new Map<Language, Completed>()
  for (const language of LANGUAGES) {
    const completed = completeText(texts[language] ?? '', sender)
    if (completed.template.parts.length > 0) compiled.set(language, completed)
  }
  return compiled
}

/** A campaign as one of its senders says it: closed with the sender's own STOP words. */
export type Voice = { sender: Sender; compiled: CompiledTexts; shared: SharedValues }
export type Voices = ReadonlyMap<number, Voice>

/** The texts as each sender of the pool closes them. */
export function voicesOf(texts: Partial<Record<Language, string>>, shared: SharedValues, senders: readonly Sender[]): Voices {
  const byStop = new Map<string, CompiledTexts>()
  return new Map(senders.map((sender) => {
    const stopText = sender.stop_text
    const compiled = byStop.get(stopText) ?? compileTexts(texts, { stopText })
    byStop.set(stopText, compiled)
    return [sender.id, { sender, compiled, shared: { ...shared, stop: stopText } }]
  }))
}

/** Every field that any of the texts uses. */
export function usedFields(compiled: CompiledTexts): Set<MergeField> {
  return new Set([...compiled.values()].flatMap(({ template }) => [...template.fields]))
}

export function valuesFor(person: PersonalValues, shared: SharedValues): MergeValues {
  return { ...NO_CODE_VALUES, first_name: person.first_name, last_name: person.last_name, trade: person.trade, town: person.town, branch: person.branch, ...shared }
}

const NO_CODE_VALUES: CodeValues = { campaign_page: '', join_network: '', career_page: '', job_title: '', job_reference: '', job_url: '' }

/** The text of one person; undefined when there is none in that language. */
export function textFor(compiled: CompiledTexts, person: PersonalValues, shared: SharedValues): { text: string; missing: MergeField[] } | undefined {
  const completed = compiled.get(person.language)
  return completed && renderText(completed.template, valuesFor(person, shared))
}

export type Measured = {
  /** The text that costs most, and where in the audience its first reader stands. */
  longest: { text: string; measure: SmsMeasure; position: number } | undefined
  totalSegments: number
  /** The same for each batch, the first one first. */
  segmentsPerBatch: number[]
  /** Characters that are in the text itself, or in somebody's name, and make messages dearer. */
  costly: string[]
  /** People whose message would have an empty field. */
  incomplete: { fields: MergeField[]; people: number; firstPosition: number }[]
  incompletePeople: number
  /** What leaves for each country from each sender; most texts first. */
  shares: { country: string | null; senderId: number; people: number; segments: number }[]
}

/** Measures every message by measuring each distinct one once. */
export function measureGroups(
  voices: Voices,
  groups: readonly (PersonalValues & { batch: number; country: string | null; sender_id: number; people: number; first_position: number })[],
): Measured {
  const shares = new Map<string, Measured['shares'][number]>()
  const costly = new Set<string>()
  const incomplete = new Map<string, Measured['incomplete'][number]>()
  let longest: Measured['longest']
  const segmentsPerBatch: number[] = []
  for (const group of groups) {
    const voice = voices.get(group.sender_id)
    const rendered = voice && textFor(voice.compiled, group, voice.shared)
    if (!rendered) continue
    const measure = measureSms(rendered.text)
    const place = `${group.country} ${group.sender_id}`
    const share = shares.get(place) ?? { country: group.country, senderId: group.sender_id, people: 0, segments: 0 }
    share.people += group.people
    share.segments += measure.segments * group.people
    shares.set(place, share)
    segmentsPerBatch[group.batch - 1] = (segmentsPerBatch[group.batch - 1] ?? 0) + measure.segments * group.people
    for (const character of measure.costly) costly.add(character)
    if (isLonger({ measure, position: group.first_position }, longest)) longest = { text: rendered.text, measure, position: group.first_position }
    if (rendered.missing.length === 0) continue
    const key = rendered.missing.join()
    const line = incomplete.get(key) ?? { fields: [...new Set(rendered.missing)], people: 0, firstPosition: group.first_position }
    line.people += group.people
    line.firstPosition = Math.min(line.firstPosition, group.first_position)
    incomplete.set(key, line)
  }
  const lines = [...incomplete.values()]
  return {
    longest, totalSegments: segmentsPerBatch.reduce((sum, segments) => sum + segments, 0), segmentsPerBatch,
    costly: [...costly], incomplete: lines, incompletePeople: lines.reduce((sum, line) => sum + line.people, 0),
    shares: [...shares.values()].sort((a, b) => b.segments - a.segments),
  }
}

/** Dearer first, then fuller, then better-ranked, so that the same audience always shows the same person. */
function isLonger(a: { measure: SmsMeasure; position: number }, b: { measure: SmsMeasure; position: number } | undefined): boolean {
  if (!b) return true
  const difference = a.measure.segments - b.measure.segments || a.measure.units - b.measure.units
  return difference > 0 || (difference === 0 && a.position < b.position)
}
