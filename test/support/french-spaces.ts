import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

// `node test/support/french-spaces.ts`: puts the no-break spaces of French into the catalogues, where a plain one stands.

const folder = path.resolve(import.meta.dirname, '../../src/words')
const STRING = /'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g
/** A line of an SMS keeps its plain spaces: see words.test.ts. */
const SMS_LINE = /^\s*['"`][^'"`]*\bsms\.[^'"`]*['"`]\s*:/

for (const name of readdirSync(folder).filter((file) => file.endsWith('.ts'))) {
  const file = path.join(folder, name)
  const before = readFileSync(file, 'utf8')
  const after = before.split('\n').map((line) => (SMS_LINE.test(line) ? line : line.replace(STRING, withNoBreakSpaces))).join('\n')
  if (after === before) continue
  writeFileSync(file, after)
  console.log(`src/words/${name}`)
}

function withNoBreakSpaces(text: string): string {
  return text.replace(/ (?=[;!?»]|:(?!:))/g, '\u00a0').replace(/« /g, '«\u00a0')
}
