import type { Transaction } from 'kysely'
import type { Config } from '../config.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import { linkFor } from '../links/codes.ts'
import { keepTargets } from '../links/targets.queries.ts'
import { targetsOf } from './codes.domain.ts'
import type { Inspection } from './inspection.ts'
import { usedFields, type CodeValues } from './message.domain.ts'

/** Live links for the fields that these texts use, to stand in the place of the sample ones. */
export async function makeTargets(trx: Transaction<DB>, config: Pick<Config, 'linkUrl'>, scope: CompanyScope, campaignId: number, texts: Pick<Inspection, 'compiled' | 'chosen'>, expiresAt: Date): Promise<Partial<CodeValues>> {
  const codes = await keepTargets(trx, scope, campaignId, targetsOf(usedFields(texts.compiled), texts.chosen), expiresAt)
  return Object.fromEntries([...codes].map(([field, code]) => [field, linkFor(config, code)]))
}
