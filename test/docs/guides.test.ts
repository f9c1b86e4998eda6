import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { companyScope } from '../../src/core/scope.ts'
import { anchorOf } from '../../src/help/markdown.ts'
import { HELP_TOPICS } from '../../src/web/help.ts'
import { adminTabs, navigation } from '../../src/web/navigation.ts'
import { PRIVILEGES } from '../../src/web/privileges.ts'
import type { Viewer } from '../../src/web/viewer.ts'
import { LANGUAGES, type Language } from '../../src/words/define.ts'
import { catalogues } from '../../src/words/index.ts'
import { readIcu } from '../support/icu.ts'

// What is written for people is true: every name it quotes is on a page, every picture and every link is there.

const root = path.resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const documents = ['README.md', 'src/README.md', 'views/README.md', 'CHANGELOG.md', ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)]
const guides = (['recruiter', 'admin'] as const).flatMap((guide) => LANGUAGES.map((language) => ({ guide, language, file: `docs/${guide}.${language}.md` })))

describe.each(guides)('$file', ({ guide, language, file }) => {
  const text = read(file)

  test('quotes only what is on the pages', () => {
    const isKnown = wordings(language)
    expect(quotedIn(text, language).filter((name) => !isKnown(name))).toEqual([])
  })

  test('says as much as in the other language, with the same pictures', () => {
    const other = read(`docs/${guide}.${language === 'fr' ? 'en' : 'fr'}.md`)
    const shape = (of: string) => ({ headings: headingsOf(of).length, pictures: picturesOf(of).map((name) => name.replace(/\.(fr|en)\.webp$/, '')), rows: of.match(/^\|/gm)?.length })
    expect(shape(text)).toEqual(shape(other))
  })

  test('is Markdown alone, with headings that differ', () => {
    expect(withoutCode(text).match(/<\/?[a-z][^>]*>/gi)).toBeNull()
    const anchors = headingsOf(text).map(anchorOf)
    expect(anchors).toEqual([...new Set(anchors)])
  })

  test('explains what « ? » leads to', () => {
    const anchors = headingsOf(text).map(anchorOf)
    const wanted = Object.values(HELP_TOPICS).filter((topic) => topic.guide === guide).map((topic) => topic[language])
    expect(wanted.filter((anchor) => !anchors.includes(anchor))).toEqual([])
  })
})

test.each(guides.filter(({ language }) => language === 'fr'))('$file has no-break spaces where French wants them', ({ file }) => {
  const lines = withoutCode(read(file)).replace(/\]\([^)]*\)/g, ']').replace(/\d:\d/g, '').split('\n').filter((line) => !/^\|[-| ]+$/.test(line))
  expect(lines.filter((line) => /[^\u00a0\u202f:;!?»][:;!?»]|«[^\u00a0\u202f]|\p{L}'\p{L}/u.test(line))).toEqual([])
})

test.each(LANGUAGES)('every page of the menu is named in the guides (%s)', (language) => {
  const said = guides.filter((one) => one.language === language).map(({ file }) => plain(read(file))).join('\n')
  const viewer: Viewer = {
    scope: companyScope(1), userId: 1, name: '', email: '', language, mobile: null, privileges: new Set(PRIVILEGES),
    company: { name: '', timeZone: 'Europe/Paris', language, country: 'FR', canSendSms: true },
  }
  const pages = navigation(viewer, language, undefined).map(({ label }) => label)
  const groups = adminTabs(viewer, language, '/admin/journal')[0]!.items
  const administration = groups.flatMap(({ href }) => adminTabs(viewer, language, href)[1]!.items.map(({ label }) => label))
  expect([...pages, ...administration].filter((label) => !said.includes(`**${plain(label)}**`))).toEqual([])
})

describe('Documents', () => {
  test.each(documents)('%s: links lead somewhere, pictures are there', (file) => {
    const targets = [...withoutCode(read(file)).matchAll(/\]\(([^)\s]+)\)|\bsrc="([^"]+)"/g)].map(([, link, source]) => (link ?? source)!)
    const broken = targets.filter((target) => !/^(https?|mailto):/.test(target)).filter((target) => {
      const [name = '', anchor] = target.split('#')
      const found = name === '' ? file : path.posix.join(path.posix.dirname(file), name)
      if (!existsSync(path.join(root, found))) return true
      return anchor !== undefined && !headingsOf(read(found)).map(anchorOf).includes(decodeURIComponent(anchor))
    })
    expect(broken).toEqual([])
  })

  test.each(documents.filter((file) => /^(README|docs\/[\w-]+)\.md$/.test(file)))('%s quotes in « » only what is on the French pages', (file) => {
    const names = [...withoutCode(read(file)).matchAll(/« ?([^»]+?) ?»/g)].map(([, name]) => plain(name!))
    const isKnown = wordings('fr')
    expect(names.filter((name) => !isKnown(name) && !isKnown(name.charAt(0).toUpperCase() + name.slice(1)))).toEqual([])
  })

  test('every picture is shown somewhere, and all together are light', () => {
    const shown = new Set(documents.flatMap((file) => picturesOf(read(file)).map((name) => path.posix.join(path.posix.dirname(file), name))))
    const there = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.(png|webp)$/.test(name)).map((name) => `docs/${name}`)
    expect(there.filter((name) => !shown.has(name))).toEqual([])
    expect(there.reduce((sum, name) => sum + statSync(path.join(root, name)).size, 0)).toBeLessThan(2_500_000)
  })

  test('every setting of the environment is explained in the README, and no other', () => {
    const settings = [...(/const SETTINGS = z\.object\(\{\n([^]*?)\n\}\)/.exec(read('src/config.ts'))?.[1] ?? '').matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name!).filter((name) => name !== 'NODE_ENV')
    const rows = [...read('README.md').matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|/gm)].flatMap(([, names]) => [...names!.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name!))
    expect(rows.toSorted()).toEqual(settings.toSorted())
  })

  test('every command of package.json that a document names exists', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = documents.flatMap((file) => [...read(file).matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!))
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })
})

test('a name that is on no page would be noticed', () => {
  const isKnown = wordings('fr')
  expect(['Envoyer 45 SMS', 'Voir pourquoi', 'la base de données a été restaurée'].map(isKnown)).toEqual([true, true, true])
  expect(['Envoyer 45 messages', 'Voir la raison', '45'].map(isKnown)).toEqual([false, false, false])
})

/** Bold in the guides, and what stands in the quotation marks of the language, is the name of something on a page. */
function quotedIn(text: string, language: Language): string[] {
  const quotes = language === 'fr' ? /\*\*([^*]+)\*\*|«\s*([^»]+?)\s*»/g : /\*\*([^*]+)\*\*|“([^”]+)”/g
  return [...new Set([...withoutCode(text).matchAll(quotes)].map(([, bold, quoted]) => plain((bold ?? quoted)!)))]
}

const known = new Map<Language, (name: string) => boolean>()

/** Where a person finds these words: a whole sentence of the catalogue, or a clause of one, with anything in the place of arguments. */
function wordings(language: Language): (name: string) => boolean {
  const found = known.get(language) ?? readWordings(language)
  known.set(language, found)
  return found
}

function readWordings(language: Language): (name: string) => boolean {
  const hole = '\u0000'
  const whole = new Set<string>()
  const patterns: RegExp[] = []
  for (const text of Object.values(catalogues[language]).flatMap((sentence) => readIcu(sentence, language, hole).variants).map(plain)) {
    for (const clause of [text, ...text.split(/\s*[.,;:()«»“”]\s*/)]) {
      if (!clause.includes(hole)) whole.add(clause)
      // In the guides arguments are figures: « Envoyer 45 SMS », « … pour demain à 10:00 ».
      else if (/\p{L}{4}/u.test(clause)) patterns.push(new RegExp(`^${clause.split(hole).map((piece, at) => (at === 0 ? '' : clause.startsWith(hole) && at === 1 ? '\\d\\S*' : '(?:\\S+ ){0,3}\\S*\\d\\S*') + RegExp.escape(piece)).join('')}$`, 'u'))
    }
  }
  return (name) => whole.has(name) || patterns.some((pattern) => pattern.test(name))
}

function headingsOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#{1,4} (.+)$/gm)].map(([, heading]) => heading!.trim())
}

function picturesOf(text: string): string[] {
  return [...text.matchAll(/!\[[^\]]*\]\(([^)]+)\)|<img src="([^"]+)"/g)].map(([, picture, source]) => (picture ?? source)!)
}

function withoutCode(text: string): string {
  return text.replace(/^```[^]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
}

/** With ordinary spaces. */
function plain(text: string): string {
  return text.replace(/[\u00a0\u202f]/g, ' ').trim()
}
