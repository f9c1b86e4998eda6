import { openContent } from '../../src/mail/content.ts'
import type { TestApp } from './app.ts'

/** The newest letter of a kind to an address, and the path its link leads to. */
export async function newestLetter({ deps }: Pick<TestApp, 'deps'>, kind: string, address: string): Promise<{ id: number; subject: string; text: string; path: string } | undefined> {
  const row = await deps.db.selectFrom('mail').select(['id', 'subject', 'sealed_letter']).where('kind', '=', kind).where('to_address', '=', address).orderBy('id', 'desc').executeTakeFirst()
  const content = row && openContent(deps.config.secretKey, row.sealed_letter)
  if (!row || !content) return undefined
  return { id: row.id, subject: row.subject, text: [...content.paragraphs, ...content.closing].join('\n'), path: content.action ? new URL(content.action.url).pathname : '' }
}
