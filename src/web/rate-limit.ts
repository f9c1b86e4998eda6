import { isIPv6 } from 'node:net'
import { Problem } from '../core/problem.ts'
import type { Db } from '../db/pool.ts'
import { countHit } from './rate-limit.queries.ts'

/** Refuses with 429 from the hit after `limit` on, until the window ends. Shared by all processes. */
export async function limitRate(db: Db, key: string, limit: number, windowSeconds: number): Promise<void> {
  const { hits, secondsLeft } = await countHit(db, key, windowSeconds)
  if (hits > limit) throw new Problem('too-many', { seconds: secondsLeft })
}

/** One subscriber: an IPv4 address, or the /64 an IPv6 subscriber owns whole. */
export function subscriber(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1]) return mapped[1]
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = (address.split('%')[0] ?? '').split('::')
  const start = head.split(':').filter(Boolean)
  const end = tail.split(':').filter(Boolean)
  const groups = address.includes('::') ? [...start, ...Array<string>(8 - start.length - end.length).fill('0'), ...end] : start
  return groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':')
}
