import type { Deps } from '../deps.ts'
import { BLOCK_LISTS } from '../sms/blocked-destinations.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import type { CountriesForm } from './countries.input.ts'
import { lockCompany } from './countries.queries.ts'
import { getSettings, saveSetting } from './queries.ts'
import type { Settings } from './settings.ts'

type CountryDeps = Pick<Deps, 'db'>
type Change = Partial<Pick<Settings, 'sms.allowed_countries' | 'sms.prices' | 'sms.currency' | 'sms.block_lists' | 'sms.lifted_destinations' | 'sms.blocked_destinations'>>

/** Adds and takes away countries and sets prices, over whatever a colleague saved meanwhile; the form must hold no bad price. */
export async function saveCountries(deps: CountryDeps, viewer: Viewer, form: CountriesForm): Promise<void> {
  await change(deps, viewer, (settings) => {
    const kept = settings['sms.allowed_countries'].filter((code) => !form.remove.includes(code))
    const allowed = form.add === null || kept.includes(form.add) ? kept : [...kept, form.add]
    const prices = { ...settings['sms.prices'] }
    for (const { country, price } of form.prices) {
      if (typeof price === 'number') prices[country] = price
      else delete prices[country]
    }
    for (const country of form.remove) delete prices[country]
    return { 'sms.allowed_countries': allowed, 'sms.prices': prices, 'sms.currency': form.currency }
  })
}

/** Does this list belong to our provider, and which of its countries did the provider open for us? False when there is no such list. */
export async function saveBlockList(deps: CountryDeps, viewer: Viewer, id: string, given: { applies: boolean; lifted: readonly string[] }): Promise<boolean> {
  const list = BLOCK_LISTS.find((one) => one.id === id)
  if (!list) return false
  const own = list.entries.flatMap(({ regions }) => regions)
  await change(deps, viewer, (settings) => ({
    'sms.block_lists': given.applies ? [...new Set([...settings['sms.block_lists'], id])] : settings['sms.block_lists'].filter((one) => one !== id),
    'sms.lifted_destinations': [...settings['sms.lifted_destinations'].filter((code) => !own.includes(code)), ...own.filter((code) => given.lifted.includes(code))],
  }))
  return true
}

/** A country of the company's own list; a second day for the same country replaces the first. */
export async function addBlock(deps: CountryDeps, viewer: Viewer, block: { country: string; from: string }): Promise<void> {
  await change(deps, viewer, (settings) => ({ 'sms.blocked_destinations': [...settings['sms.blocked_destinations'].filter(({ country }) => country !== block.country), block] }))
}

export async function removeBlock(deps: CountryDeps, viewer: Viewer, country: string): Promise<void> {
  await change(deps, viewer, (settings) => ({ 'sms.blocked_destinations': settings['sms.blocked_destinations'].filter((block) => block.country !== country) }))
}

/** Nobody else changes the lists meanwhile; only what is different is saved, and written into the journal. */
async function change({ db }: CountryDeps, { scope, userId }: Viewer, after: (settings: Settings) => Change): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockCompany(trx, scope)
    const settings = await getSettings(trx, scope)
    for (const [name, value] of Object.entries(after(settings)) as [keyof Change, never][]) {
      const before = settings[name]
      if (JSON.stringify(before) === JSON.stringify(value)) continue
      await saveSetting(trx, scope, name, value, userId)
      await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'countries.changed', subjectKind: 'setting', subjectId: name, detail: { before, after: value } })
    }
  })
}
