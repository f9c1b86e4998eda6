import path from 'node:path'
import { withoutComments } from './sources.ts'
import type { Import, SourceFile } from './sources.ts'

// Rules about our own code. Each takes files and says what is wrong, in words a person can act on.
export type Rule = (files: SourceFile[]) => string[]

/** A room imports only rooms before it. */
const ROOMS = [
  'core', 'words', 'db', 'queue', 'web', 'mail', 'sms', 'simulator', 'companies', 'auth', 'notifications', 'webhooks', 'consent', 'candidates', 'lists', 'references',
  'links', 'messaging', 'message-templates', 'campaigns', 'availability', 'board', 'conversations', 'landing', 'setup', 'help', 'api',
  'journal', 'privacy', 'monitoring', 'connector',
]

const KINDS = ['domain', 'input', 'queries', 'commands', 'views', 'routes', 'tasks'] as const
type Kind = (typeof KINDS)[number]

/** What a kind of file may not use at run time; types may come from anywhere before. */
const FORBIDDEN: Record<Kind, { kinds: Kind[]; rooms: string[]; packages: string[] }> = {
  domain: { kinds: ['input', 'queries', 'commands', 'views', 'routes', 'tasks'], rooms: ['db', 'queue', 'web'], packages: ['fastify', 'kysely', 'pg'] },
  input: { kinds: ['queries', 'commands', 'views', 'routes', 'tasks'], rooms: ['db', 'queue'], packages: ['fastify', 'kysely', 'pg'] },
  queries: { kinds: ['input', 'commands', 'views', 'routes', 'tasks'], rooms: ['queue'], packages: ['fastify'] },
  commands: { kinds: ['views', 'routes', 'tasks'], rooms: [], packages: ['fastify'] },
  views: { kinds: ['queries', 'commands', 'routes', 'tasks'], rooms: ['db', 'queue'], packages: ['fastify', 'kysely', 'pg'] },
  routes: { kinds: ['tasks'], rooms: [], packages: ['pg'] },
  tasks: { kinds: ['views', 'routes'], rooms: [], packages: ['fastify', 'kysely', 'pg'] },
}

const DRAWERS = /^(utils?|helpers?|misc|common|lib|tools?|index|types|constants)$/
const EIGHTH_KINDS = /^(services?|controllers?|models?|repositor(y|ies)|managers?|handlers?|dtos?|mappers?|entit(y|ies)|middlewares?|query|command|view|route|task|inputs)$/
const MAX_LINES = 300

export const rooms: Rule = (files) =>
  eachImport(inRooms(files), (file, imported) => {
    const from = roomOf(file.path)!
    if (!imported.target?.startsWith('src/')) return
    const to = roomOf(imported.target)
    // A migration runs as a program too, and programs read the settings.
    if (to === undefined) {
      if (imported.isType && ['src/config.ts', 'src/deps.ts'].includes(imported.target)) return
      if (file.path === 'src/db/migrate.ts' && imported.target === 'src/config.ts') return
      return `imports ${imported.target}: only the types of config.ts and deps.ts, nothing else from src/ itself`
    }
    if (from === 'db' && imported.isType && kindOf(imported.target) === 'domain') return
    if (ROOMS.indexOf(to) > ROOMS.indexOf(from)) return `imports ${imported.target}: ${to} comes after ${from}`
  })

export const unknownRooms: Rule = (files) =>
  inRooms(files).filter((file) => !ROOMS.includes(roomOf(file.path)!)).map((file) => `${file.path}: ${roomOf(file.path)} is not in the list of rooms`)

export const outsiders: Rule = (files) =>
  eachImport(files.filter(({ path: file }) => file.startsWith('src/')), (_file, imported) => {
    if (imported.target === undefined || imported.target.startsWith('src/')) return
    return `imports ${imported.target}, which lies outside src/`
  })

/** Two files that need each other at run time. */
export const cycles: Rule = (files) => {
  const needs = new Map(files.map((file) => [file.path, file.imports.filter(({ isType }) => !isType).flatMap(({ target }) => target ?? [])]))
  const done = new Set<string>()
  const found: string[] = []
  for (const file of needs.keys()) visit(file, [])
  return found

  function visit(file: string, trail: string[]): void {
    if (trail.includes(file)) return void found.push([...trail.slice(trail.indexOf(file)), file].join(' → '))
    if (done.has(file)) return
    for (const next of needs.get(file) ?? []) visit(next, [...trail, file])
    done.add(file)
  }
}

/** Adapters and pure helpers have names of their own; what is called by a kind of code is one of the seven. */
export const fileKinds: Rule = (files) =>
  inRooms(files).flatMap(({ path: file }) => {
    const last = path.posix.basename(file, '.ts').split('.').at(-1)!
    // The catalogue of all words is no barrel: it makes the translators.
    if (DRAWERS.test(last) && file !== 'src/words/index.ts') return [`${file}: a drawer is not a place; name it after what is inside`]
    return EIGHTH_KINDS.test(last) ? [`${file}: ${last} is none of ${KINDS.join(', ')}`] : []
  })

export const kindsMayImport: Rule = (files) =>
  eachImport(inRooms(files), (file, imported) => {
    const kind = kindOf(file.path)
    if (!kind || imported.isType) return
    const { kinds, rooms: closed, packages } = FORBIDDEN[kind]
    const importedKind = imported.target && kindOf(imported.target)
    if (importedKind && kinds.includes(importedKind)) return `imports ${imported.specifier}: ${kind} may not use ${importedKind}`
    const room = imported.target && roomOf(imported.target)
    if (room && room !== roomOf(file.path) && closed.includes(room)) return `imports ${imported.specifier}: ${kind} may not use the room ${room}`
    if (packages.includes(imported.specifier)) return `imports ${imported.specifier}: not in ${kind}`
  })

const SQL_CALL = /\.(selectFrom|insertInto|updateTable|deleteFrom|mergeInto)\(|\bpool\.query\(|\bclient\.query\(|\bsql(<[^`]*>)?`/

export const sqlInQueries: Rule = (files) =>
  inRooms(files)
    .filter(({ path: file }) => kindOf(file) !== 'queries' && !['db', 'queue'].includes(roomOf(file)!) && file !== 'src/simulator/store.ts')
    .flatMap((file) => [
      ...file.imports.filter(({ specifier, isType }) => specifier === 'kysely' && !isType).map(() => `${file.path} imports kysely: SQL lives in queries`),
      ...matches(file, SQL_CALL).map((found) => `${file.path} has ${found}: SQL lives in queries`),
    ])

export const environment: Rule = (files) =>
  files
    .filter(({ path: file }) => file.startsWith('src/') && file !== 'src/config.ts')
    .flatMap((file) => matches(file, /process\.env\b|\benv\b[^\n]*from 'node:process'/).map((found) => `${file.path} reads ${found}: settings come from config.ts`))

export const onlyAndSkip: Rule = (files) =>
  files
    // The test of these rules shows what it forbids.
    .filter(({ path: file }) => file.endsWith('.test.ts') && file !== 'test/architecture.test.ts')
    .flatMap((file) => [
      ...matches(file, /\b(test|it|describe|suite)(\.\w+)*\.(only|skip|todo|fails|skipIf|runIf)\b/).map((found) => `${file.path} has ${found}`),
      ...matches(file, /\.waitForTimeout\(/).map(() => `${file.path} waits for a time; wait for a state`),
    ])

/** Catalogues and generated types are read by key, not from top to bottom. */
export const length: Rule = (files) =>
  files
    .filter(({ path: file }) => file !== 'src/db/schema.ts' && !file.startsWith('src/words/'))
    .map((file) => ({ path: file.path, lines: file.text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path: file, lines }) => `${file} has ${lines} lines; split it by subject`)

export const frozenMigrations: Rule = (files) =>
  eachImport(files.filter(({ path: file }) => file.startsWith('migrations/')), (_file, { specifier, target }) =>
    target || !['kysely'].includes(specifier) ? `imports ${specifier}: a migration must mean the same for ever` : undefined,
  )

/** Which rooms write to a table: exactly one. The simulator keeps a database of its own; who forgets a person forgets them in every table. */
export const oneWriter: Rule = (files) => {
  const writers = new Map<string, Set<string>>()
  for (const file of inRooms(files).filter(({ path: file }) => !['simulator', 'privacy'].includes(roomOf(file)!))) {
    for (const [, built, , plain] of withoutComments(file.text).matchAll(WRITES)) {
      const table = (built ?? plain)!
      if (STOPS_FROM_OUTSIDE.has(`${roomOf(file.path)} ${table}`)) continue
      writers.set(table, (writers.get(table) ?? new Set()).add(roomOf(file.path)!))
    }
  }
  return [...writers].filter(([, names]) => names.size > 1).map(([table, names]) => `${table} is written by ${[...names].sort().join(' and ')}: one room owns a table`)
}

/** The sending stops a campaign at the moment it finds that a budget is used up: a task for a later room would come too late. */
const STOPS_FROM_OUTSIDE = new Set(['messaging campaign', 'messaging campaign_event'])

const WRITES = /\.(?:insertInto|updateTable|deleteFrom|mergeInto)\(\s*['"`](\w+)|\b(insert into|delete from|update)\s+(?!set\b)([a-z_]+)(?=\s*(?:\(|\bas\b|\bset\b|\bwhere\b|\busing\b|\b[a-z]\b\s+(?:set|where|using)))/g

function inRooms(files: SourceFile[]): SourceFile[] {
  return files.filter(({ path: file }) => roomOf(file) !== undefined)
}

/** The folder of src it lies in; the demonstration data may write and import anything, as main.ts may. */
function roomOf(file: string): string | undefined {
  const [top, room, ...rest] = file.split('/')
  return top === 'src' && rest.length > 0 && room !== 'demo' ? room : undefined
}

function kindOf(file: string): Kind | undefined {
  const last = path.posix.basename(file, '.ts').split('.').at(-1)
  return KINDS.find((kind) => kind === last)
}

function eachImport(files: SourceFile[], judge: (file: SourceFile, imported: Import) => string | undefined): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((imported) => {
      const fault = judge(file, imported)
      return fault ? [`${file.path} ${fault}`] : []
    }),
  )
}

function matches(file: SourceFile, pattern: RegExp): string[] {
  return [...withoutComments(file.text).matchAll(new RegExp(pattern.source, 'g'))].map(([found]) => found)
}
