import { z } from 'zod'
import { AVAILABILITIES, CONSENTS, RADII } from '../candidates/domain.ts'
import { LIMITS } from '../candidates/people.input.ts'
import { MOST_PHONES, PHONE_KINDS } from '../candidates/phones.domain.ts'
import { MOST_TAGS, TAG_LENGTH } from '../candidates/tags.domain.ts'
import { EXCLUSION_REASONS } from '../consent/domain.ts'
import { day, e164, id, language, line, moment, pageOf, pageQuery } from './fields.ts'

/** One word of a list that people write with commas. */
const word = (longest: number) => z.string().min(1).max(longest).regex(/^[^,;\p{Cc}\u202a-\u202e\u2066-\u2069\p{Cs}]*$/u)
const text = (longest: number, example: string) => line(longest).nullable().meta({ examples: [example] })

const MOST_SKILLS = 50

/** What can be written, each field by itself. */
const written = {
  first_name: line(LIMITS.first_name).meta({ examples: ['Awa'] }),
  last_name: line(LIMITS.last_name).meta({ examples: ['Diallo'] }),
  external_id: text(LIMITS.external_id, 'ATS-20817').meta({ words: 'api.person.external_id' }),
  trade: text(LIMITS.trade, 'Coffreur bancheur'),
  organisation: text(LIMITS.organisation, 'Bâtir SAS').meta({ words: 'api.person.organisation' }),
  email: text(LIMITS.email, 'awa.diallo@example.com'),
  town: text(LIMITS.town, 'Lyon'),
  postal_code: text(LIMITS.postal_code, '69003'),
  skills: z.array(word(LIMITS.skill)).max(MOST_SKILLS).meta({ examples: [['CACES R489', 'Lecture de plans']] }),
  tags: z.array(word(TAG_LENGTH)).max(MOST_TAGS).meta({ words: 'api.person.tags', examples: [['permis B']] }),
  branch_id: id().nullable().meta({ words: 'api.person.branch_id', examples: [null] }),
  language: language().nullable().meta({ words: 'api.person.language', examples: ['fr'] }),
  registered_on: day().nullable().meta({ words: 'api.person.registered_on', examples: ['2026-03-02'] }),
  phones: z.array(z.strictObject({
    number: line(100).min(1).meta({ words: 'api.person.number', examples: ['+33639980001'] }),
    kind: z.enum(PHONE_KINDS).default('mobile'),
    is_main: z.boolean().optional().meta({ words: 'api.person.is_main' }),
  }).meta({ id: 'GivenPhone' })).max(MOST_PHONES).meta({ words: 'api.person.phones', examples: [[{ number: '+33639980001', kind: 'mobile' }]] }),
}

const allowDuplicates = z.boolean().optional().meta({ words: 'api.person.allow_duplicates' })
const consentSource = line(LIMITS.source).min(1).meta({ words: 'api.person.consent_source', examples: ['Formulaire d’inscription'] })

const optional = z.strictObject(written).partial().shape
const { organisation: _organisation, ...optionalOfCandidates } = optional

export const newCandidate = z.strictObject({
  ...optionalOfCandidates, consent: z.strictObject({ source: consentSource }).optional().meta({ words: 'api.person.new_consent' }), allow_duplicates: allowDuplicates,
}).meta({ id: 'NewCandidate', examples: [{ first_name: 'Awa', last_name: 'Diallo', external_id: 'ATS-20817', trade: 'Coffreuse', town: 'Lyon', phones: [{ number: '+33639980001' }], consent: { source: 'Formulaire d’inscription' }, allow_duplicates: true }] })
export const newContact = z.strictObject({
  ...optional, organisation: line(LIMITS.organisation).min(1).meta({ words: 'api.person.organisation', examples: ['Bâtir SAS'] }),
  consent: z.strictObject({ source: consentSource }).optional().meta({ words: 'api.person.new_consent' }), allow_duplicates: allowDuplicates,
}).meta({ id: 'NewContact', examples: [{ first_name: 'Guy', last_name: 'Martin', organisation: 'Bâtir SAS', phones: [{ number: '+33639980002' }], allow_duplicates: true }] })
export const candidateChange = z.strictObject({ ...optionalOfCandidates, allow_duplicates: allowDuplicates }).meta({ id: 'CandidateChange', examples: [{ town: 'Villeurbanne', tags: ['permis B'] }] })
export const contactChange = z.strictObject({ ...optional, allow_duplicates: allowDuplicates }).meta({ id: 'ContactChange', examples: [{ organisation: 'Bâtir & Fils' }] })
export type GivenPerson = z.output<typeof newContact> | z.output<typeof newCandidate> | z.output<typeof candidateChange> | z.output<typeof contactChange>

export const givenConsent = z.strictObject({
  given: z.boolean().meta({ words: 'api.person.consent_given' }),
  source: consentSource,
  said_on: day().optional().meta({ words: 'api.person.consent_said_on' }),
}).meta({ id: 'GivenConsent' })

const REASONS = EXCLUSION_REASONS.slice(0, 7)

/** A record as it is told. */
const told = {
  id: id(),
  external_id: z.string().nullable().meta({ words: 'api.person.external_id' }),
  first_name: z.string(),
  last_name: z.string(),
  trade: z.string().nullable(),
  skills: z.array(z.string()),
  tags: z.array(z.string()),
  email: z.string().nullable(),
  phones: z.array(z.object({
    number: z.string().nullable().meta({ words: 'api.person.told_number', examples: ['+33639980001'] }),
    raw: z.string().meta({ words: 'api.person.raw' }),
    kind: z.enum(PHONE_KINDS),
    is_textable: z.boolean().meta({ words: 'api.person.is_textable' }),
  }).meta({ id: 'Phone' })),
  town: z.string().nullable(),
  postal_code: z.string().nullable(),
  branch_id: id().nullable().meta({ words: 'api.person.branch_id' }),
  language: language().nullable().meta({ words: 'api.person.language' }),
  registered_on: day().nullable().meta({ words: 'api.person.registered_on' }),
  consent: z.object({
    given: z.boolean().meta({ words: 'api.person.consent_given' }),
    source: z.string().nullable().meta({ words: 'api.person.consent_source' }),
    at: moment().nullable(),
  }).meta({ id: 'Consent', words: 'api.person.consent' }),
  availability: z.object({
    state: z.enum(AVAILABILITIES),
    from: day().nullable(),
    until: day().nullable().meta({ words: 'api.person.available_until' }),
    updated_at: moment().nullable(),
  }).meta({ id: 'CurrentAvailability', words: 'api.person.availability' }),
  texting: z.object({
    number: e164().nullable().meta({ words: 'api.person.texting_number' }),
    obstacle: z.enum(REASONS).nullable().meta({ words: 'api.person.obstacle', examples: [null] }),
  }).meta({ id: 'Texting' }),
  created_at: moment(),
  updated_at: moment(),
}

export const candidate = z.object(told).meta({ id: 'Candidate' })
export const contact = z.object({ ...told, organisation: z.string().nullable() }).meta({ id: 'Contact' })
export const candidatePage = pageOf(candidate).meta({ id: 'CandidatePage' })
export const contactPage = pageOf(contact).meta({ id: 'ContactPage' })

export const peopleQuery = z.strictObject({
  ...pageQuery,
  q: line(120).optional().meta({ words: 'api.people.q' }),
  external_id: line(LIMITS.external_id).min(1).optional().meta({ words: 'api.people.external_id' }),
  trade: line(120).optional(),
  tag: line(60).optional(),
  skill: line(120).optional(),
  town: line(120).optional(),
  radius_km: z.enum(RADII).optional().meta({ words: 'api.people.radius_km' }),
  branch_id: id().optional(),
  list_id: id().optional(),
  availability: z.enum(AVAILABILITIES).optional(),
  free_from: day().optional().meta({ words: 'api.people.free_from' }),
  free_until: day().optional().meta({ words: 'api.people.free_until' }),
  consent: z.enum(CONSENTS).optional(),
  textable: z.boolean().optional().meta({ words: 'api.people.textable' }),
})
export type PeopleQuery = z.output<typeof peopleQuery>
