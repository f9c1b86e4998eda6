import type { CompanyScope } from '../../../src/core/scope.ts'
import type { Db } from '../../../src/db/pool.ts'
import { createReference } from '../../../src/references/commands.ts'
import type { ReferenceKind, ReferenceValues } from '../../../src/references/domain.ts'
import type { Language } from '../../../src/words/define.ts'

let made = 0

type Owner = { scope: CompanyScope; userId: number }

/** A record by the product's own rules; what is not given is made up. */
export async function makeReference(db: Db, { scope, userId }: Owner, kind: ReferenceKind, given: Partial<ReferenceValues> = {}): Promise<number> {
  made += 1
  const values: ReferenceValues = {
    code: `CODE-${made}`, name: `Nom ${made}`, reference: `REF-${made}`, title: `Poste ${made}`, url: `https://agence.example.com/${kind}/${made}`, siteId: null, town: '', isConfidential: false, ...given,
  }
  const result = await createReference({ db }, { scope, userId, sight: { seesConfidential: true } }, kind, values)
  if (!result.ok) throw new Error(`no ${kind}: ${JSON.stringify(result.detail)}`)
  return result.value.id
}

/** A campaign code whose page is published with these texts. */
export async function makeCodePage(db: Db, owner: Owner, given: { code?: string; texts?: Partial<Record<Language, { heading: string; body: string }>>; isPublished?: boolean } = {}): Promise<number> {
  const id = await makeReference(db, owner, 'codes', given.code ? { code: given.code } : {})
  const texts = given.texts ?? { fr: { heading: 'Forum de décembre', body: 'Venez nous voir.' } }
  await db.insertInto('campaign_code_text').values(Object.entries(texts).map(([language, text]) => ({ company_id: owner.scope.companyId, campaign_code_id: id, language, ...text }))).execute()
  if (given.isPublished !== false) await db.updateTable('campaign_code').set({ published_at: new Date('2026-11-01') }).where('id', '=', id).execute()
  return id
}
