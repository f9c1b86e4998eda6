/** Availability as a calendar program reads it: events of whole days. Pure. */
import { randomBytes } from 'node:crypto'
import type { CalendarDate } from '../core/dates.ts'
import { addDays } from '../core/dates.ts'

/** Of the people who answered one's own campaigns, or of a branch. */
export type FeedKind = 'mine' | 'branch'

/** 256 bits: nobody guesses it, and nothing else protects a calendar. */
export function newFeedToken(): string {
  return randomBytes(32).toString('base64url')
}

/** The token of an address, if it has the form of one. */
export function readFeedToken(file: string): string | undefined {
  return /^([\w-]{43})\.ics$/.exec(file)?.[1]
}

/** The nearest so many people; a calendar of more is none. */
export const MOST_EVENTS = 2_000

/** A day that has passed stays in the calendar for so long. */
export const PAST_DAYS = 31

/** How often programs are asked to look again; each does as it likes. */
export const REFRESH_SECONDS = 3_600

/** Where nobody knows an end, the event is the day from which on somebody is free. `until` is the day after the last (RFC 5545). */
export type FeedDays = { from: CalendarDate; until: CalendarDate; isOpenEnd: boolean }

/** Undefined where no day is known. Without a start, somebody has been free since they said so. */
export function feedDays({ from, until, saidOn }: { from: CalendarDate | null; until: CalendarDate | null; saidOn: CalendarDate }): FeedDays | undefined {
  if (until === null) return from === null ? undefined : { from, until: addDays(from, 1), isOpenEnd: true }
  const start = from ?? (saidOn < until ? saidOn : until)
  return { from: start, until: addDays(until, 1), isOpenEnd: false }
}
