/**
 * What the provider's account still holds: Vonage's Account API, read through its SDK with the account's key and secret.
 * https://developer.vonage.com/en/api/account
 */
import { Vonage } from '@vonage/server-sdk'
import { z } from 'zod'
import type { ReadBalance } from './gateway.ts'
import { detailOf } from './reports.ts'

export type BalanceOptions = { apiKey: string; apiSecret: string; restHost: string; timeoutMs: number }

/** An answer without a value is none: a garbled one must never read as an empty account. */
const answer = z.looseObject({ value: z.number() })

export function createVonageBalance({ apiKey, apiSecret, restHost, timeoutMs }: BalanceOptions): ReadBalance {
  // An empty key file, because the SDK looks for one whether it is needed or not.
  const { accounts } = new Vonage({ apiKey, apiSecret, privateKey: '' }, { restHost: new URL(restHost).href.replace(/\/+$/, ''), timeout: timeoutMs })
  return async () => {
    try {
      return { euros: answer.parse(await accounts.getBalance()).value }
    } catch (error) {
      return { detail: detailOf(error) }
    }
  }
}
