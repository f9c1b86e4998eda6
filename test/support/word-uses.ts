import { withoutComments } from './sources.ts'
import type { SourceFile } from './sources.ts'

export interface WordUse {
  file: string
  key: string
  /** Names handed over as a literal object; undefined when they cannot be seen, [] when there are none. */
  args: string[] | undefined
}

export interface WordUses {
  /** Calls with a whole key: `t('campaigns.title', { count })`. */
  calls: WordUse[]
  /** Everything in quotes that looks like a key, called or not: keys also travel in tables. */
  mentioned: Set<string>
  /** Beginnings of keys put together at run time: `campaigns.status.` of t(`campaigns.status.${status}`). */
  prefixes: string[]
}

const CALL = /(?<![\w$])t(?:ranslate)?\(\s*(['"`])([\w.-]+)\1\s*(?=[,)])/g
const QUOTED = /(['"])([a-z][\w-]*\.[\w.-]+)\1|`([a-z][\w-]*\.[\w.-]+)`/g
const PUT_TOGETHER = /`([a-z][\w-]*\.[\w.-]*)\$\{|(['"])([a-z][\w-]*\.[\w.-]*)\2\s*\+/g

/** Where keys of the catalogues are used in code and templates. */
export function findWordUses(files: SourceFile[]): WordUses {
  const uses: WordUses = { calls: [], mentioned: new Set(), prefixes: [] }
  for (const file of files) {
    const text = file.path.endsWith('.ts') ? withoutComments(file.text) : file.text
    for (const call of text.matchAll(CALL)) uses.calls.push({ file: file.path, key: call[2]!, args: argumentNames(text.slice(call.index + call[0].length)) })
    for (const [, , plain, template] of text.matchAll(QUOTED)) uses.mentioned.add((plain ?? template)!)
    for (const [, template, , added] of text.matchAll(PUT_TOGETHER)) uses.prefixes.push((template ?? added)!)
  }
  return uses
}

/** Property names of the object literal that follows a key: `, { count, name: x })` → count, name. */
function argumentNames(rest: string): string[] | undefined {
  if (rest.startsWith(')')) return []
  const object = /^,\s*\{/.exec(rest)
  if (!object) return undefined
  const body = untilBalanced(rest.slice(object[0].length))
  const parts = splitTopLevel(body).map((part) => part.trim()).filter((part) => part !== '')
  if (parts.some((part) => part.startsWith('...') || part.startsWith('['))) return undefined
  return parts.map((part) => part.split(/[:(\s]/)[0]!.replace(/['"]/g, ''))
}

/** Up to the brace that closes the object. */
function untilBalanced(text: string): string {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if ('({['.includes(text[i]!)) depth++
    if (')}]'.includes(text[i]!) && depth-- === 0) return text.slice(0, i)
  }
  return text
}

function splitTopLevel(text: string): string[] {
  const parts = ['']
  let depth = 0
  let quote = ''
  for (const character of text) {
    if (quote) quote = character === quote ? '' : quote
    else if ('\'"`'.includes(character)) quote = character
    else if ('({['.includes(character)) depth++
    else if (')}]'.includes(character)) depth--
    if (character === ',' && depth === 0 && !quote) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts
}
