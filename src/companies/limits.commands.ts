import { done, refused, type Outcome } from '../core/outcome.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { countCampaigns, findEarlierValues } from './changes.queries.ts'
import { lockCompany } from './countries.queries.ts'
import { compareEdits } from './edits.ts'
import { crossFaults, effectsOf, GROUP_IDS, LIMIT_GROUPS, type LimitFault, type LimitName } from './limits.domain.ts'
import type { LimitsForm } from './limits.input.ts'
import { getSettings, saveSetting } from './queries.ts'
import { SETTINGS } from './settings.ts'

/** Campaigns that a change of rules concerns: planned ones, running ones, and those that wait for a person. */
const UNDER_WAY = ['scheduled', 'in_process', 'paused', 'suspended']

export type SavedLimits = { changed: LimitName[]; effects: { kind: 'planned' | 'now'; count: number }[] }
/** `mine`: what this person wants different; everything else on the form is what it was. */
export type RefusedLimits = { faults: LimitFault[]; mine: LimitName[]; theirs: LimitName[] }

/**
 * Saves what this person changed, all of it or nothing. Refused when a value is impossible, or when somebody else has
 * changed something else in the same group since the form was made; other groups do not stand in the way.
 */
export async function saveLimits({ db }: Pick<Deps, 'db'>, { scope, userId }: Pick<Viewer, 'scope' | 'userId'>, form: LimitsForm): Promise<Outcome<SavedLimits, 'invalid' | 'conflict', RefusedLimits>> {
  return db.transaction().execute(async (trx) => {
    await lockCompany(trx, scope)
    const settings = await getSettings(trx, scope)
    const { mine: read, theirs } = compareEdits<LimitName>(form.values, settings, await findEarlierValues(trx, scope, form.mark))
    const mine = [...new Set([...read, ...form.faults.map(({ name }) => name)])]
    const wanted = { ...settings, ...Object.fromEntries(read.map((name) => [name, form.values[name]])) }
    const contested = groupsOf(mine).flatMap((group) => LIMIT_GROUPS[group].filter((name: LimitName) => theirs.includes(name)))
    if (contested.length > 0) return refused('conflict', { faults: form.faults, mine, theirs: contested })
    const faults = [...form.faults, ...crossFaults(wanted)]
    if (faults.length > 0) return refused('invalid', { faults, mine, theirs: [] })

    for (const name of read) {
      await saveSetting(trx, scope, name, wanted[name], userId)
      await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'settings.changed', subjectKind: 'setting', subjectId: name, detail: { before: settings[name], after: wanted[name], isDefault: wanted[name] === SETTINGS[name].default } })
    }
    const effects = effectsOf(read)
    const count = effects.length > 0 ? await countCampaigns(trx, scope, UNDER_WAY) : 0
    return done({ changed: read, effects: count > 0 ? effects.map((kind) => ({ kind, count })) : [] })
  })
}

function groupsOf(names: readonly LimitName[]) {
  return GROUP_IDS.filter((group) => LIMIT_GROUPS[group].some((name) => names.includes(name)))
}
