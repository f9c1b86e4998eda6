import type { Transaction } from 'kysely'
import { randomUUID } from 'node:crypto'
import { insertUser } from '../auth/queries.ts'
import { DEFAULT_QUICK_DATES } from '../companies/branding.domain.ts'
import { writeVersion } from '../companies/branding.queries.ts'
import { insertImage } from '../companies/images.queries.ts'
import type { ProcessedImage } from '../companies/images.ts'
import { saveSetting } from '../companies/queries.ts'
import type { SettingName } from '../companies/settings.ts'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import { privilegesOf, type DemoAgency } from './agencies.ts'
import type { DemoCandidate } from './candidates.ts'
import type { Random } from './random.ts'
import { insertRows } from './rows.queries.ts'
import { NOTES } from './vocabulary.ts'

/** `invited`: who has not come yet. */
export type Opened = { scope: CompanyScope; userIds: number[]; invited: { id: number; email: string; name: string }[]; senderId: number; templates: Map<string, { id: number; version: number }> }

/** The agency itself: people, numbers, brand, templates. */
export async function insertAgency(trx: Transaction<DB>, agency: DemoAgency, passwordHash: string, pictures: { header: ProcessedImage; footer: ProcessedImage }, now: Date): Promise<Opened> {
  const company = { name: agency.name, town: agency.town, phone: agency.phone, opening_hours: agency.openingHours, created_at: daysBefore(now, 1_500) }
  const { id } = await trx.insertInto('company').values(company).returning('id').executeTakeFirstOrThrow()
  const scope = companyScope(id)
  const userIds: number[] = []
  for (const { email, name, role, mobile } of agency.users) userIds.push(await insertUser(trx, scope, { email, name, passwordHash, language: 'fr', mobile, privileges: privilegesOf(role) }))
  const invited: Opened['invited'] = []
  for (const { email, name, role, isGone } of agency.others) {
    const userId = await insertUser(trx, scope, { email, name, passwordHash: null, language: 'fr', mobile: null, privileges: privilegesOf(role) })
    if (isGone) await trx.updateTable('app_user').set({ joined_at: daysBefore(now, 900), disabled_at: daysBefore(now, 120) }).where('id', '=', userId).execute()
    else invited.push({ id: userId, email, name })
  }
  const senders: { id: number; is_default: boolean }[] = []
  for (const { is_default, ...sender } of agency.senders) {
    const pool = await trx.insertInto('sender_pool').values({ company_id: id, name: sender.label, is_default }).returning('id').executeTakeFirstOrThrow()
    senders.push({ ...(await trx.insertInto('sms_sender').values({ company_id: id, pool_id: pool.id, ...sender }).returning('id').executeTakeFirstOrThrow()), is_default })
  }

  for (const [name, value] of Object.entries(agency.settings)) await saveSetting(trx, scope, name as SettingName, value as never)

  const headerImageId = randomUUID()
  const footerImageId = randomUUID()
  await insertImage(trx, scope, headerImageId, pictures.header)
  await insertImage(trx, scope, footerImageId, pictures.footer)
  const brand = {
    displayName: agency.name, brandColor: agency.brandColor, headerAlt: agency.name, footerAlt: '', phone: agency.phone, openingHours: agency.openingHours, footerText: agency.footerText,
    privacyTexts: { fr: agency.privacyText, en: '' }, quickDates: [...DEFAULT_QUICK_DATES], texts: agency.texts, headerImageId, footerImageId, restoredFrom: null, userId: userIds.at(-1) ?? null,
  }
  // What candidates saw before the footer had its words.
  const first = await writeVersion(trx, scope, { ...brand, footerImageId: null, footerText: '' })
  await trx.updateTable('branding_version').set({ published_at: daysBefore(now, 190) }).where('company_id', '=', id).where('version', '=', first).execute()
  await writeVersion(trx, scope, brand)

  const made = daysBefore(now, 200)
  const templates = await insertRows<{ id: number; name: string }>(
    trx, 'message_template', agency.templates.map(({ name, kind, isPublished, draft }) => ({ company_id: id, name, kind, version: draft ? 2 : 1, published_at: isPublished ? made : null, published_version: isPublished ? 1 : null, created_at: made, updated_at: made })), ['id', 'name'])
  // Campaigns were made from the first version.
  const byName = new Map(templates.map((template) => [template.name, { id: template.id, version: 1 }]))
  await insertRows(trx, 'message_template_text', agency.templates.flatMap(({ name, texts, draft }) => [texts, ...(draft ? [draft] : [])].flatMap((version, index) =>
    Object.entries(version).map(([language, body]) => ({
      company_id: id, template_id: byName.get(name)?.id, version: index + 1, language, body, created_by: userIds.at(-1), created_at: index === 0 ? made : daysBefore(now, 3),
    })))))
  return { scope, userIds, invited, senderId: (senders.find((sender) => sender.is_default) ?? senders[0])?.id as number, templates: byName }
}

/** The records, with everything known of their numbers. Returns their ids in the order given. */
export async function insertCandidates(trx: Transaction<DB>, { scope, userIds }: Opened, random: Random, people: readonly DemoCandidate[], now: Date): Promise<number[]> {
  const company_id = scope.companyId
  const rows = people.map((person) => {
    const registered = new Date(`${person.registered_on}T09:00:00Z`)
    return {
      company_id, external_id: person.external_id, first_name: person.first_name, last_name: person.last_name, email: person.email, trade: person.trade, skills: person.skills, town: person.town,
      postal_code: person.postal_code, language: person.language, registered_on: person.registered_on, consent_given: person.consent_given, consent_source: person.consent_source,
      consent_at: person.consent_given ? registered : null, availability: person.availability, available_from: person.available_from, available_until: person.available_until,
      availability_updated_at: person.availability === 'unknown' ? null : daysBefore(now, person.availabilityAge), created_at: registered, updated_at: registered,
    }
  })
  const inserted = await insertRows<{ id: number; external_id: string }>(trx, 'candidate', rows, ['id', 'external_id'])
  const idOf = new Map(inserted.map(({ id, external_id }) => [external_id, id]))
  const ids = people.map(({ external_id }) => idOf.get(external_id) as number)

  await insertRows(trx, 'candidate_phone', people.flatMap(({ phones }, index) => phones.map((phone) => ({ company_id, candidate_id: ids[index], ...phone }))))
  await insertRows(trx, 'availability_change', people.flatMap((person, index) => {
    if (person.availability === 'unknown') return []
    const byRecruiter = random.chance(0.7)
    return [{
      company_id, candidate_id: ids[index], availability: person.availability, available_from: person.available_from, available_until: person.available_until,
      source: byRecruiter ? 'recruiter' : 'import', user_id: byRecruiter ? random.pick(userIds) : null, at: daysBefore(now, person.availabilityAge),
    }]
  }))
  await insertKnownNumbers(trx, scope, random, people, userIds, now)
  await insertRows(trx, 'follow_up_note', random.sample(ids, Math.floor(ids.length / 6)).map((candidate_id) => ({
    company_id, candidate_id, kind: 'manual', user_id: random.pick(userIds), body: random.pick(NOTES), created_at: daysBefore(now, random.whole(3, 300)),
  })).toSorted((a, b) => a.created_at.getTime() - b.created_at.getTime()))
  return ids
}

/** Opt-outs and bounces from before the campaigns. */
async function insertKnownNumbers(trx: Transaction<DB>, scope: CompanyScope, random: Random, people: readonly DemoCandidate[], userIds: readonly number[], now: Date): Promise<void> {
  const events: Record<string, unknown>[] = []
  const phones = people.flatMap((person) => {
    const e164 = person.phones.find((phone) => phone.is_textable)?.e164
    if (!e164 || !(person.isOptedOut || person.isBounced)) return []
    const at = daysBefore(now, random.whole(30, 400))
    const source = random.pick(['sms', 'page', 'recruiter', 'import'] as const)
    const userId = source === 'recruiter' ? random.pick(userIds) : null
    if (person.isOptedOut) events.push({ company_id: scope.companyId, e164, kind: 'opt_out', source, user_id: userId, campaign_id: null, at })
    return [{
      company_id: scope.companyId, e164, opted_out_at: person.isOptedOut ? at : null, opt_out_source: person.isOptedOut ? source : null, opted_out_by: person.isOptedOut ? userId : null,
      bounced_at: person.isBounced ? at : null, bounce_code: person.isBounced ? '1190' : null,
    }]
  })
  await insertRows(trx, 'phone', phones)
  await insertRows(trx, 'opt_out_event', events)
}

export function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * 86_400_000)
}
