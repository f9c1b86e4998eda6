import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { ReadText } from '../../src/candidates/readings.domain.ts'

export type Case = { kind: 'availability' | 'simple'; text: string; expected: string }

/** When all of them came. */
export const TODAY = '2026-11-19'

/** The table of replies.txt. */
export function listCases(): Case[] {
  let kind: Case['kind'] = 'availability'
  const cases: Case[] = []
  for (const line of readFileSync(path.join(import.meta.dirname, 'replies.txt'), 'utf8').split('\n')) {
    if (line === '[simple]') kind = 'simple'
    const at = line.lastIndexOf(' => ')
    if (at > 0 && !line.startsWith('#')) cases.push({ kind, text: line.slice(0, at), expected: line.slice(at + 4) })
  }
  return cases
}

/** A reading as the table writes it. What is offered keeps the whole text as its comment, so that goes unsaid. */
export function told(read: ReadText | undefined): string {
  if (!read) return 'nothing'
  const choice = read.choice?.toUpperCase() ?? '-'
  const dates = [read.from ?? '', read.until ? `..${read.until}` : ''].join('')
  const parts = [...(read.doubts.length > 0 ? ['?'] : []), choice, ...(dates ? [dates] : [])]
  if (read.doubts.length > 0) parts.push(`(${[...read.doubts].sort().join(', ')})`)
  else if (read.comment) parts.push(`"${read.comment}"`)
  return parts.join(' ')
}
