import type { Deps } from '../deps.ts'
import { placeNextCompany } from './places.commands.ts'

/** Finds where everybody lives who was on record before the towns were: once after an upgrade, and in a new demonstration. */
export function registerPlaceTasks(deps: Pick<Deps, 'db' | 'queue'>): void {
  deps.queue.register('candidates.place-people', async () => {
    while (await placeNextCompany(deps)) { /* company by company */ }
  }, { everyMinutes: 5 })
}
