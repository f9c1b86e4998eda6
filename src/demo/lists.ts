import type { Transaction } from 'kysely'
import { NO_FILTERS } from '../candidates/domain.ts'
import type { DB } from '../db/schema.ts'
import { addMembers, createTalentList } from '../lists/queries.ts'
import { insertSearch } from '../lists/searches.queries.ts'
import type { Opened } from './setup.queries.ts'

/** A folder by hand, one that was filled by a search, and searches that people keep. */
export async function makeLists(trx: Transaction<DB>, { scope, userIds }: Opened, ids: readonly number[]): Promise<void> {
  const [userId = 0] = userIds
  const trusted = await createTalentList(trx, scope, { kind: 'folder', name: 'Intérimaires de confiance', description: 'Déjà en mission chez nous, toujours à l’heure.', createdBy: userId })
  await addMembers(trx, scope, trusted, { mode: 'selected', ids: ids.filter((_, n) => n % 60 === 7) }, [], userId)
  const crane = await createTalentList(trx, scope, { kind: 'folder', name: 'Chantier Confluence', createdBy: userId })
  await addMembers(trx, scope, crane, { mode: 'query', filters: { ...NO_FILTERS, trade: 'Coffreur-bancheur', town: 'Lyon' }, except: [] }, [], userId)
  await insertSearch(trx, scope, { name: 'Maçons disponibles à Lyon', isShared: true, userId, filters: { ...NO_FILTERS, trade: 'Maçon', town: 'Lyon', availability: 'available' } })
  await insertSearch(trx, scope, { name: 'SMS impossible', isShared: false, userId, filters: { ...NO_FILTERS, textable: 'no' } })
}
