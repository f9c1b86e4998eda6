import { sql, type Transaction } from 'kysely'
import type { DB } from '../db/schema.ts'
import { insertRows } from './rows.queries.ts'
import type { Opened } from './setup.queries.ts'

const SITE = 'https://emplois.demo.example'
const PAGES = [['Nos métiers du bâtiment', 'batiment'], ['Nos métiers de la logistique', 'logistique']] as const
/** Reference, title, town; the last one is confidential. */
const JOBS = [
  ['BAT-101', 'Coffreur bancheur', 'Lyon'], ['BAT-102', 'Maçon', 'Villeurbanne'], ['BAT-103', 'Conducteur d’engins', 'Meyzieu'], ['LOG-201', 'Cariste', 'Saint-Priest'],
  ['LOG-202', 'Préparateur de commandes', 'Meximieux'], ['DIR-301', 'Chef d’agence', 'Lyon'],
] as const

/** A campaign code with its page and the campaigns it stands for, a talent network with people, a career site with pages and jobs. */
export async function insertReferences(trx: Transaction<DB>, { scope, userIds }: Opened, people: readonly number[]): Promise<void> {
  const company_id = scope.companyId
  const [code] = await insertRows<{ id: number }>(trx, 'campaign_code', [{ company_id, code: 'HIVER', name: 'Chantiers d’hiver', version: 1 }, { company_id, code: 'FORUM', name: 'Forum de l’emploi', version: 1 }], ['id'])
  const codeId = code?.id as number
  await insertRows(trx, 'campaign_code_text', [
    { company_id, campaign_code_id: codeId, language: 'fr', heading: 'Chantiers d’hiver : êtes-vous des nôtres ?', body: 'Nous formons les équipes de l’hiver autour de Lyon. **Dites-nous** quand vous êtes libre.' },
    { company_id, campaign_code_id: codeId, language: 'en', heading: 'Winter sites: will you join us?', body: 'We are putting together the winter teams around Lyon. **Tell us** when you are free.' },
  ])
  await sql`update campaign_code set published_at = app_now() where company_id = ${company_id} and id = ${codeId}`.execute(trx)
  await sql`
    update campaign set campaign_code_id = ${codeId} where company_id = ${company_id} and id in (
      select id from campaign where company_id = ${company_id} and launched_at is not null order by launched_at, id limit 3)`.execute(trx)

  const [list] = await insertRows<{ id: number }>(trx, 'talent_list', [{ company_id, kind: 'network', name: 'Caristes fidèles', description: '', created_by: userIds[0] }], ['id'])
  await insertRows(trx, 'talent_network', [{ company_id, name: 'Caristes fidèles', join_url: `${SITE}/reseau-caristes`, list_id: list?.id }])
  await insertRows(trx, 'talent_list_member', people.filter((_, index) => index % 60 === 7).map((candidate_id) => ({ company_id, list_id: list?.id, candidate_id })))

  const [site] = await insertRows<{ id: number }>(trx, 'career_site', [{ company_id, name: 'Emplois de l’agence', url: `${SITE}/` }], ['id'])
  const site_id = site?.id
  await insertRows(trx, 'career_page', PAGES.map(([name, page]) => ({ company_id, site_id, name, url: `${SITE}/${page}` })))
  await insertRows(trx, 'job', JOBS.map(([reference, title, town]) => ({ company_id, site_id, reference, title, town, url: `${SITE}/postes/${reference.toLowerCase()}`, is_confidential: reference === 'DIR-301' })))
}
