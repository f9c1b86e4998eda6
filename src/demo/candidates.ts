import { addDays, type CalendarDate } from '../core/dates.ts'
import { parsePhone } from '../sms/phone.ts'
import type { Random } from './random.ts'
import { NAMES, TOWNS, TRADES } from './vocabulary.ts'

/** What a record is an example of; most are ordinary. */
type Case = 'ordinary' | 'no_phone' | 'landline' | 'malformed' | 'foreign' | 'duplicate' | 'no_consent' | 'opted_out' | 'bounced' | 'mobile_at_home'

const CASES: readonly (readonly [Case, number])[] = [
  ['no_phone', 22], ['landline', 26], ['malformed', 18], ['foreign', 14], ['duplicate', 28], ['no_consent', 70], ['opted_out', 26], ['bounced', 12], ['mobile_at_home', 12],
]

/**
 * Numbers abroad that their countries keep for fiction and that every phone library takes for real ones: PTS (Sweden),
 * ACMA (Australia), NANPA 555-01xx (United States).
 */
const FOREIGN = [
  '+46 70 174 06 05', '+46 70 174 06 12', '+46 70 174 06 23', '0046 70 174 06 34', '+46701740645', '+46 70 174 06 56', '+46 70 174 06 67', '+46 70 174 06 78',
  '+61 491 570 006', '+61 491 570 156', '+61 491 570 157', '+1 202 555 0123', '+1 202 555 0147', '+1 202 555 0188',
]
const MALFORMED = ['06 39 98', '0639 98 12', 'à demander', '06.39.98.1O.11', '06 39 98 10 12 / 06 39 98 10 13', 'voir avec sa sœur', '6.39981014E8', '00 00 00 00 00', '06 39 98 10 15 16', '???', '039981017', 'pas de portable']
/** Endings that make the simulator show a failure; one record of each is enough to see it. */
const MAGIC_ENDINGS = [90, 91, 93, 94, 97, 99]

export type DemoPhone = { kind: 'mobile' | 'home'; raw: string; e164: string | null; country: string | null; is_textable: boolean; problem: string | null }
export type DemoCandidate = {
  external_id: string
  first_name: string
  last_name: string
  email: string | null
  trade: string
  skills: string[]
  town: string
  postal_code: string
  language: 'fr' | 'en' | null
  registered_on: CalendarDate
  consent_given: boolean
  consent_source: string | null
  availability: 'unknown' | 'available' | 'unavailable'
  available_from: CalendarDate | null
  available_until: CalendarDate | null
  /** Days ago. */
  availabilityAge: number
  phones: DemoPhone[]
  isOptedOut: boolean
  isBounced: boolean
}

/** `count` people; `firstNumber` keeps the numbers of two agencies apart. The same every time. */
export function makeCandidates(random: Random, options: { count: number; today: CalendarDate; prefix: string; firstNumber: number; withCases: boolean }): DemoCandidate[] {
  const cases = options.withCases ? spreadCases(random, options.count) : []
  const numbers = numbersFrom(options.firstNumber)
  const magic = options.withCases ? MAGIC_ENDINGS.map((ending) => `+3363998${String(ending).padStart(4, '0')}`) : []
  const people: DemoCandidate[] = []
  let foreign = 0
  for (let index = 0; index < options.count; index += 1) {
    const kind = cases[index] ?? 'ordinary'
    const person = makePerson(random, index, options)
    const twin = kind === 'duplicate' ? people.findLast(({ phones, isOptedOut, isBounced }) => phones[0]?.kind === 'mobile' && phones[0].country === 'FR' && !isOptedOut && !isBounced) : undefined
    if (twin) shareNumber(random, person, twin)
    else if (kind === 'foreign') person.phones.push(phone('mobile', FOREIGN[foreign++ % FOREIGN.length] as string))
    else if (kind === 'malformed') person.phones.push(phone('mobile', random.pick(MALFORMED)))
    else if (kind === 'mobile_at_home') person.phones.push(phone('home', written(random, numbers.next().value)))
    else if (kind !== 'no_phone' && kind !== 'landline') person.phones.push(phone('mobile', written(random, (kind === 'ordinary' ? magic.pop() : undefined) ?? numbers.next().value)))
    if (kind === 'landline' || (kind === 'ordinary' && random.chance(0.3))) person.phones.push(phone('home', written(random, landline(random))))
    if (kind === 'no_consent') Object.assign(person, { consent_given: false, consent_source: null })
    people.push({ ...person, isOptedOut: kind === 'opted_out', isBounced: kind === 'bounced' })
  }
  return people
}

function makePerson(random: Random, index: number, { today, prefix }: { today: CalendarDate; prefix: string }): DemoCandidate {
  const family = random.weighted(NAMES.map((names) => [names, names.weight] as const))
  const other = random.chance(0.08) ? random.pick(NAMES) : family
  const firstName = random.pick(family.first)
  const lastName = random.pick(other.last).replaceAll('_', ' ')
  const { trade, skills } = random.weighted(TRADES.map((one) => [one, one.weight] as const))
  const [town, postalCode] = random.weighted(TOWNS.map((one) => [one, one[2]] as const))
  const number = String(index + 1).padStart(5, '0')
  return {
    external_id: `${prefix}-${number}`, first_name: firstName, last_name: lastName,
    email: random.chance(0.82) ? `${plain(firstName)}.${plain(lastName)}${random.chance(0.5) ? random.whole(1, 99) : ''}@${random.pick(['courriel.example', 'boite.example', 'mail.example'])}` : null,
    trade, skills: random.sample(skills, random.whole(1, Math.min(4, skills.length))), town, postal_code: postalCode,
    language: random.weighted([['fr', 66], [null, 28], ['en', 6]] as const),
    registered_on: addDays(today, -random.whole(4, 1_400)),
    consent_given: true, consent_source: random.pick(['formulaire d’inscription', 'entretien à l’agence', 'site web']),
    ...availability(random, today), phones: [], isOptedOut: false, isBounced: false,
  }
}

function availability(random: Random, today: CalendarDate): Pick<DemoCandidate, 'availability' | 'available_from' | 'available_until' | 'availabilityAge'> {
  const state = random.weighted([['unknown', 55], ['available', 32], ['unavailable', 13]] as const)
  // Before the first campaign, so that what an answer says is the newest.
  const age = random.whole(30, 120)
  if (state === 'unknown') return { availability: state, available_from: null, available_until: null, availabilityAge: age }
  const from = state === 'available' ? addDays(today, random.whole(-age, 30)) : random.chance(0.4) ? addDays(today, random.whole(10, 90)) : null
  const until = from && state === 'available' && random.chance(0.35) ? addDays(from, random.whole(14, 150)) : null
  return { availability: state, available_from: from, available_until: until, availabilityAge: age }
}

/** Two records with one number: the same person entered twice, or two people who share a phone. */
function shareNumber(random: Random, person: DemoCandidate, twin: DemoCandidate): void {
  if (random.chance(0.6)) Object.assign(person, { first_name: twin.first_name, last_name: twin.last_name.toUpperCase(), trade: twin.trade, town: twin.town, postal_code: twin.postal_code })
  else Object.assign(person, { last_name: twin.last_name, town: twin.town, postal_code: twin.postal_code })
  person.email = null
  person.phones.push(phone('mobile', written(random, twin.phones[0]?.e164 ?? '')))
}

/** Every case as often as CASES says, in places that do not depend on the order of the table. */
function spreadCases(random: Random, count: number): Case[] {
  const cases: Case[] = Array.from({ length: count }, () => 'ordinary')
  // The first few stay ordinary, so that a duplicate always finds somebody before it.
  const places = random.sample(Array.from({ length: count - 10 }, (_, index) => index + 10), CASES.reduce((sum, [, share]) => sum + share, 0))
  for (const [kind, share] of CASES) for (const place of places.splice(0, share)) cases[place] = kind
  return cases
}

/** ARCEP keeps 06 39 98 00 00 to 06 39 98 99 99 for fiction. Endings from 90 on make the simulator fail and are left out. */
function* numbersFrom(first: number): Generator<string, never> {
  for (let number = first; ; number += 1) {
    if (number % 100 < 90) yield `+3363998${String(number % 10_000).padStart(4, '0')}`
  }
}

/** ARCEP keeps 04 65 71 xx xx for fiction. */
function landline(random: Random): string {
  return `+3346571${String(random.whole(0, 9_999)).padStart(4, '0')}`
}

/** As people write numbers: in pairs, together, with dots, international. */
function written(random: Random, e164: string): string {
  const pairs = `0${e164.slice(3)}`.match(/\d\d/g) ?? []
  return random.weighted([[pairs.join(' '), 50], [pairs.join(''), 20], [pairs.join('.'), 15], [e164, 10], [`+33 ${e164.slice(3, 4)} ${pairs.slice(1).join(' ')}`, 5]] as const)
}

function phone(kind: DemoPhone['kind'], raw: string): DemoPhone {
  const parsed = parsePhone(raw, 'FR')
  return parsed.ok
    ? { kind, raw, e164: parsed.e164, country: parsed.country, is_textable: parsed.isTextable, problem: null }
    : { kind, raw, e164: null, country: null, is_textable: false, problem: parsed.problem }
}

function plain(name: string): string {
  return name.normalize('NFD').replace(/[^A-Za-z-]/g, '').toLowerCase()
}
