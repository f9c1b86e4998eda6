import type { Deps } from '../deps.ts'
import { keepBalance } from './account.queries.ts'

/** Asks the provider what the account still holds, and keeps it for whoever watches. Where it does not tell, nothing is known. */
export async function readBalance({ db, log, balance }: Pick<Deps, 'db' | 'log' | 'balance'>): Promise<void> {
  if (!balance) return
  const answer = await balance()
  if ('euros' in answer) await keepBalance(db, answer.euros)
  else log.warn({ detail: answer.detail }, 'the provider does not tell the balance of the account')
}
