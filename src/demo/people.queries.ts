import { sql, type Transaction } from 'kysely'
import type { DB } from '../db/schema.ts'
import type { DemoCandidate } from './candidates.ts'
import { insertRows } from './rows.queries.ts'
import type { Opened } from './setup.queries.ts'

/** Branch → beginnings of the postal codes whose people it looks after. */
const BRANCHES: readonly { name: string; town: string; phone: string; postalCodes: RegExp }[] = [
  { name: 'Lyon Part-Dieu', town: 'Lyon', phone: '04 65 71 10 10', postalCodes: /^690/ },
  { name: 'Villeurbanne', town: 'Villeurbanne', phone: '04 65 71 10 20', postalCodes: /^69[1-9]/ },
  { name: 'Saint-Étienne', town: 'Saint-Étienne', phone: '04 65 71 10 30', postalCodes: /^4[23]/ },
]

/** Tag → every how many records. */
const TAGS: readonly (readonly [tag: string, every: number])[] = [['Véhicule', 3], ['Permis B', 4], ['Grands déplacements', 7], ['Week-end', 9], ['Nuit', 11]]

/** People who work for clients. ARCEP keeps their numbers for fiction. */
const CONTACTS: readonly (readonly [firstName: string, lastName: string, trade: string, organisation: string, town: string, postalCode: string])[] = [
  ['Hélène', 'Garnier', 'Conductrice de travaux', 'Bâti Confluence', 'Lyon 2e', '69002'], ['Mehdi', 'Lounis', 'Chef de chantier', 'Bâti Confluence', 'Lyon 2e', '69002'],
  ['Claire', 'Perrin', 'Responsable d’exploitation', 'Logis Rhône', 'Saint-Priest', '69800'], ['Antoine', 'Berger', 'Chef d’équipe quai', 'Logis Rhône', 'Saint-Priest', '69800'],
  ['Sophie', 'Marchand', 'Directrice des ressources humaines', 'Forez Mécanique', 'Saint-Étienne', '42000'], ['Karim', 'Ziani', 'Responsable de production', 'Forez Mécanique', 'Saint-Chamond', '42400'],
  ['Élodie', 'Faure', 'Acheteuse', 'Isère Façades', 'Vienne', '38200'], ['Bruno', 'Chevalier', 'Conducteur de travaux', 'Isère Façades', 'Bourgoin-Jallieu', '38300'],
  ['Nathalie', 'Roche', 'Responsable de site', 'Entrepôts de l’Ain', 'Meximieux', '01800'], ['Julien', 'Moulin', 'Chef de chantier', 'Voirie du Grand Lyon Est', 'Meyzieu', '69330'],
]

/** Branches, tags, client contacts, and who wrote down which consent. */
export async function insertPeople(trx: Transaction<DB>, { scope, userIds }: Opened, prefix: string, people: readonly DemoCandidate[], ids: readonly number[]): Promise<void> {
  const company_id = scope.companyId
  const branches = await insertRows<{ id: number; name: string }>(trx, 'branch', BRANCHES.map(({ name, town, phone }) => ({ company_id, name, town, phone })), ['id', 'name'])
  const branchOf = (postalCode: string) => branches.find(({ name }) => name === BRANCHES.find(({ postalCodes }) => postalCodes.test(postalCode))?.name)?.id ?? null
  await sql`insert into tag (company_id, folded, name) select ${company_id}, fold(name), name from unnest(${TAGS.map(([tag]) => tag)}::text[]) as given (name)`.execute(trx)
  const changes = people.map((person, index) => ({ id: ids[index], branch: branchOf(person.postal_code), tags: TAGS.flatMap(([tag, every]) => (index % every === 1 ? [tag] : [])) }))
  await sql`
    update candidate c set branch_id = r.branch, tags = array(select jsonb_array_elements_text(r.tags))
    from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as r(id bigint, branch bigint, tags jsonb)
    where c.company_id = ${company_id} and c.id = r.id`.execute(trx)
  await insertRows(trx, 'consent_event', people.flatMap((person, index) => (person.consent_given && person.consent_source
    ? [{ company_id, candidate_id: ids[index], is_given: true, source: person.consent_source, said_on: person.registered_on, user_id: userIds[index % userIds.length], at: `${person.registered_on}T09:00:00Z` }]
    : [])))
  await insertContacts(trx, company_id, prefix, branchOf)
}

async function insertContacts(trx: Transaction<DB>, company_id: number, prefix: string, branchOf: (postalCode: string) => number | null): Promise<void> {
  const contacts = await insertRows<{ id: number }>(trx, 'candidate', CONTACTS.map(([first_name, last_name, trade, organisation, town, postal_code], index) => ({
    company_id, kind: 'contact', external_id: `${prefix}-C${String(index + 1).padStart(3, '0')}`, first_name, last_name, trade, organisation, town, postal_code, branch_id: branchOf(postal_code), skills: [], tags: [],
    availability: 'unknown', consent_given: index !== 3, consent_source: index === 3 ? null : 'contrat-cadre', consent_at: index === 3 ? null : '2026-01-12T09:00:00Z', created_at: '2026-01-12T09:00:00Z', updated_at: '2026-01-12T09:00:00Z',
  })), ['id'])
  await insertRows(trx, 'candidate_phone', contacts.map(({ id }, index) => {
    const e164 = `+33639989${String(400 + index)}`
    return { company_id, candidate_id: id, kind: 'mobile', position: 1, raw: e164, e164, country: 'FR', is_textable: true }
  }))
}
