import type { Reader } from '../candidates/views.ts'
import type { Sender } from '../companies/senders.domain.ts'
import type { Pool } from '../companies/senders.queries.ts'

export type SenderModel = {
  /** There is only one pool, so nothing to choose (S23). */
  only: string
  options: { value: string; label: string; hint: string; isChecked: boolean }[]
  /** What candidates can and cannot do with what they get from the chosen pool. */
  note: string
}

export function senderModel(reader: Reader, pools: readonly Pool[], chosen: { pool_id: number; sender_id: number }): SenderModel {
  const { t } = reader
  const current = pools.find(({ id }) => id === chosen.pool_id)
  return {
    only: pools.length === 1 && current ? t('compose.senderOnly', { address: addresses(reader, current.senders) }) : '',
    options: pools.map((pool) => ({
      // A pool is named by one of its senders; the one the draft has stays.
      value: String(pool.senders.find(({ id }) => id === chosen.sender_id)?.id ?? pool.senders[0]!.id), label: pool.name, isChecked: pool === current,
      hint: t('compose.sender.hint', { addresses: addresses(reader, pool.senders), replies: repliesOf(pool.senders) }),
    })),
    note: current ? t(`compose.sender.note.${repliesOf(current.senders)}`) : t('compose.sender.gone'),
  }
}

export function addresses({ language }: Reader, senders: readonly Pick<Sender, 'address'>[]): string {
  return new Intl.ListFormat(language, { type: 'unit' }).format(senders.map(({ address }) => address))
}

/** May people answer by SMS: whoever is texted, nobody, or only some of them? */
export function repliesOf(senders: readonly Pick<Sender, 'can_receive'>[]): 'all' | 'none' | 'some' {
  if (senders.every(({ can_receive }) => can_receive)) return 'all'
  return senders.some(({ can_receive }) => can_receive) ? 'some' : 'none'
}
