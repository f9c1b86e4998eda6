import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

// `node test/support/french-spaces.ts`: puts the no-break spaces of French into the catalogues and the French guides, where a plain one stands.

const folder = path.resolve(import.meta.dirname, '../../src/words')
const STRING = /'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g
/** A line of an SMS keeps its plain spaces: see words.test.ts. */
const SMS_LINE = /^\s*['"`][^'"`]*\bsms\.[^'"`]*['"`]\s*:/

const guides = path.resolve(import.meta.dirname, '../../docs')
/** In a guide code stays as it is, and so does the line below the head of a table. */
const CODE = /(`[^`\n]*`|^\|[-| ]+$)/m

for (const name of readdirSync(folder).filter((file) => file.endsWith('.ts'))) {
  rewrite(path.join(folder, name), (line) => (SMS_LINE.test(line) ? line : line.replace(STRING, withNoBreakSpaces)))
}
for (const name of readdirSync(guides).filter((file) => file.endsWith('.fr.md'))) {
  rewrite(path.join(guides, name), (line) => line.split(CODE).map((piece, index) => (index % 2 ? piece : withNoBreakSpaces(piece))).join(''))
}

function rewrite(file: string, change: (line: string) => string): void {
  const before = readFileSync(file, 'utf8')
  const after = before.split('\n').map(change).join('\n')
  if (after === before) return
  writeFileSync(file, after)
  console.log(path.relative(path.resolve(import.meta.dirname, '../..'), file))
}

function withNoBreakSpaces(text: string): string {
  return text.replace(/ (?=[;!?»]|:(?!:))/g, '\u00a0').replace(/« /g, '«\u00a0')
}
