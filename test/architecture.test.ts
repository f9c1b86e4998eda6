import { describe, expect, test } from 'vitest'
import * as rules from './support/source-rules.ts'
import type { Rule } from './support/source-rules.ts'
import { readSources, source } from './support/sources.ts'

const files = readSources(['src', 'migrations', 'test'], ['.ts'])

// For each rule: what it means, and files that break it, so that a rule that has gone blind shows itself.
type Broken = [means: string, files: Record<string, string>, message: RegExp]
const cases: Record<string, [Rule, ...Broken[]]> = {
  'Rooms know only the rooms before them': [
    rules.rooms,
    ['a later room', { 'src/consent/queries.ts': "import { x } from '../campaigns/queries.ts'" }, /campaigns comes after consent/],
    ['a type of a later room', { 'src/consent/domain.ts': "import type { X } from '../campaigns/domain.ts'" }, /campaigns comes after consent/],
    ['the settings themselves', { 'src/auth/routes.ts': "import { loadConfig } from '../config.ts'" }, /only the types of config\.ts/],
    ['a program', { 'src/auth/routes.ts': "import type { App } from '../app.ts'" }, /nothing else from src/],
    ['words that know a room', { 'src/words/index.ts': "import { x } from '../web/paths.ts'" }, /web comes after words/],
    ['a table that knows more than types', { 'src/db/pool.ts': "import { x } from '../campaigns/domain.ts'" }, /campaigns comes after db/],
  ],
  'Every folder of src is a known room': [rules.unknownRooms, ['a new one', { 'src/reports/domain.ts': '' }, /reports is not in the list/]],
  'src needs nothing outside src': [rules.outsiders, ['a test', { 'src/auth/domain.ts': "import { x } from '../../test/support/page.ts'" }, /outside src/]],
  'No two files need each other': [
    rules.cycles,
    ['two', { 'src/auth/a.ts': "import { b } from './b.ts'", 'src/auth/b.ts': "export { a } from './a.ts'" }, /a\.ts → src\/auth\/b\.ts → src\/auth\/a\.ts/],
  ],
  'Files of a room are of the seven kinds': [
    rules.fileKinds,
    ['an eighth kind', { 'src/auth/batches.services.ts': '' }, /services is none of/],
    ['a drawer', { 'src/auth/utils.ts': '' }, /a drawer/],
  ],
  'Each kind uses what it may': [
    rules.kindsMayImport,
    ['a domain with SQL', { 'src/auth/domain.ts': "import { sql } from 'kysely'" }, /not in domain/],
    ['views that query', { 'src/auth/views.ts': "import { list } from './queries.ts'" }, /views may not use queries/],
    ['queries with rules', { 'src/auth/users.queries.ts': "import { x } from './commands.ts'" }, /queries may not use commands/],
    ['commands that know HTTP', { 'src/auth/commands.ts': "import fastify from 'fastify'" }, /not in commands/],
  ],
  'SQL lives in queries': [
    rules.sqlInQueries,
    ['kysely elsewhere', { 'src/auth/commands.ts': "import { sql } from 'kysely'" }, /SQL lives in queries/],
    ['a built query elsewhere', { 'src/auth/commands.ts': "await db.selectFrom('x')" }, /has \.selectFrom\(/],
    ['plain SQL elsewhere', { 'src/auth/routes.ts': "await deps.pool.query('select 1')" }, /has pool\.query\(/],
  ],
  'One room writes a table': [
    rules.oneWriter,
    ['two writers', { 'src/auth/queries.ts': "db.insertInto('x')", 'src/consent/queries.ts': 'sql`update x set y = 1`' }, /x is written by auth and consent/],
  ],
  'The environment is read in config.ts': [rules.environment, ['elsewhere', { 'src/auth/domain.ts': "const p = process.env['PORT']" }, /reads process\.env/]],
  'Every test runs, and waits for states': [
    rules.onlyAndSkip,
    ['a lonely test', { 'test/a.test.ts': 'test.only(1)' }, /has test\.only/],
    ['a test put off', { 'test/a.test.ts': 'describe.each([1]); it.skip(2)' }, /has it\.skip/],
    ['a fixed sleep', { 'test/a.test.ts': 'await page.waitForTimeout(500)' }, /wait for a state/],
  ],
  'No file is longer than 300 lines': [rules.length, ['301 lines', { 'src/auth/queries.ts': '\n'.repeat(301) }, /has 301 lines/]],
  'Migrations are frozen': [rules.frozenMigrations, ['our own code', { 'migrations/1.ts': "import { STATUSES } from '../src/campaigns/domain.ts'" }, /same for ever/]],
}

describe.each(Object.entries(cases))('%s', (_name, [rule, ...broken]) => {
  test('in all our files', () => expect(rule(files)).toEqual([]))
  test.each(broken)('or the rule notices %s', (_means, made, message) => {
    const faults = rule(Object.entries(made).map(([path, text]) => source(path, text)))
    expect(faults.join('\n')).toMatch(message)
  })
})

test('the scan sees the imports there are', () => {
  const text = "import a, { b } from './a.ts'\nimport type { C } from '../c.ts'\nimport {\n  type D,\n  e,\n} from 'd'\nimport './f.ts'\nexport * from './g.ts'\nconst h = await import('./h.ts')\nimport { type I } from './i.ts'"
  const found = source('src/x/y.ts', text).imports.map(({ specifier, isType }) => `${specifier}${isType ? ' type' : ''}`)
  expect(found.sort()).toEqual(['../c.ts type', './a.ts', './f.ts', './g.ts', './h.ts', './i.ts type', 'd'])
})
