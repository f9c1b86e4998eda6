import { z } from 'zod'
import { rowId } from '../web/ids.ts'
import { isName } from './senders.domain.ts'
import type { SenderChange } from './senders.queries.ts'

const poolId = rowId.nullable().catch(null)
const line = z.string().transform((text) => text.normalize('NFC').replace(/[\p{Cc}\p{Cf}]/gu, ' ').replace(/\s+/g, ' ').trim()).catch('')
const list = z.unknown().optional().transform((value) => (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string' && /^[A-Z]{2}$/.test(one)))

export const POOL_NAME_LENGTH = 120
export const SENDER_LENGTHS = { label: 60, stop_text: 40 } as const

export const newSenderQuery = z.object({ pool: poolId })
export const poolForm = z.object({ name: line })
export const archiveForm = z.object({ archived: z.enum(['0', '1']).catch('1').transform((value) => value === '1') })

const fields = z.object({ pool: poolId, label: line, address: line, can_receive: z.string().catch(''), stop_text: line, per_second: line, countries: list })

export type SenderFault = { field: 'label' | 'address' | 'can_receive' | 'stop_text' | 'per_second'; fault: 'missing' | 'long' | 'form' | 'mobile' | 'generic' | 'name_receives' | 'taken' | 'rate' }
export type SenderForm = { poolId: number | null; sender: SenderChange; typed: { address: string; per_second: string }; faults: SenderFault[] }

/** Names that say nothing about who writes: refused by the French and British networks. */
const GENERIC = ['INFO', 'INFOS', 'SMS', 'NOTICE', 'ALERT', 'ALERTE', 'MESSAGE', 'TEXTO', 'MOBILE', 'TEST', 'VERIFY', 'CODE', 'SERVICE']

/** `old`: the sender's address, which never changes. */
export function readSender(body: unknown, old?: string): SenderForm {
  const form = fields.parse(body ?? {})
  const address = old ?? form.address.replace(/^\+/, '').replace(/[\s.\u00a0\u202f-]/g, '')
  const receives = form.can_receive === 'on'
  const rate = /^\d{1,4}$/.test(form.per_second) ? Number(form.per_second) : undefined
  const faults: SenderFault[] = [
    ...(old === undefined ? addressFaults(form.address, address) : []),
    ...(form.label === '' ? [{ field: 'label', fault: 'missing' } as const] : form.label.length > SENDER_LENGTHS.label ? [{ field: 'label', fault: 'long' } as const] : []),
    ...(receives && isName(address) ? [{ field: 'can_receive', fault: 'name_receives' } as const] : []),
    ...(form.stop_text.length > SENDER_LENGTHS.stop_text ? [{ field: 'stop_text', fault: 'long' } as const] : []),
    ...(form.per_second !== '' && (rate === undefined || rate < 1 || rate > 1000) ? [{ field: 'per_second', fault: 'rate' } as const] : []),
  ]
  return {
    poolId: form.pool, typed: { address: form.address, per_second: form.per_second }, faults,
    sender: { label: form.label, address, can_receive: receives, stop_text: form.stop_text, per_second: rate ?? null, countries: [...new Set(form.countries)] },
  }
}

function addressFaults(typed: string, address: string): SenderFault[] {
  if (typed === '') return [{ field: 'address', fault: 'missing' }]
  if (!/^(?:[0-9]{4,15}|(?=.*[A-Za-z])[A-Za-z0-9]{3,11})$/.test(address)) return [{ field: 'address', fault: 'form' }]
  // Kept for people writing to people since 2023: ARCEP, decisions 2018-0881 and 2022-1583.
  if (/^33[67]\d{8}$/.test(address) || /^0[67]\d{8}$/.test(address)) return [{ field: 'address', fault: 'mobile' }]
  return GENERIC.includes(address.toUpperCase()) ? [{ field: 'address', fault: 'generic' }] : []
}
