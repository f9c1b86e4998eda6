/** Faults a test asks for, beyond the magic numbers; each is something a real provider or the network in between has done. */
import type { PlannedReceipt } from './domain.ts'

export type Behaviour =
  | { mode: 'normal'; receipts?: readonly PlannedReceipt[] }
  /** Takes the message and answers later. */
  | { mode: 'delay'; ms: number }
  /** Never answers. */
  | { mode: 'hang'; accept: boolean }
  /** Cuts the connection. */
  | { mode: 'reset'; accept: boolean }
  /** Answers what is given, and takes nothing unless told. */
  | { mode: 'status'; status: number; headers?: Record<string, string>; body?: string; accept?: boolean }
  /** The answers below come after acceptance, with status 202. */
  | { mode: 'broken_json' | 'empty_body' | 'html_body' | 'megabyte_body' | 'missing_uuid' }
  /** One byte per `everyMs`, headers first. */
  | { mode: 'drip'; everyMs: number }

export type Post = { to: string; from: string; text: string; clientRef: string | null; count: number }
export type Chooser = Behaviour | ((post: Post) => Behaviour)

/** Holds the behaviour in force; after `times` uses the provider is its normal self again. */
export function createBehaviours() {
  let current: Chooser = { mode: 'normal' }
  let left = Infinity
  return {
    behave(next: Chooser, { times = Infinity }: { times?: number } = {}): void {
      current = next
      left = times
    },
    take(post: Post): Behaviour {
      if (left <= 0) return { mode: 'normal' }
      left--
      return typeof current === 'function' ? current(post) : current
    },
  }
}
