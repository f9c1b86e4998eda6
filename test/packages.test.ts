import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

// npm leaves optional packages out without a word when the Node that runs npm is too old for them.

const project = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>

test('tests and programs run on the Node that comes with the project', () => {
  const own = Object.entries(project.optionalDependencies).filter(([name]) => name === `node-${process.platform}-${process.arch}`.replace('win32', 'win'))
  // On other systems, such as macOS, it is the developer's own.
  for (const [, version] of own) expect(process.version).toBe(`v${version}`)
  expect(Number(process.versions.node.split('.')[0])).toBeGreaterThanOrEqual(24)
})

test('pictures can be read and written', async () => {
  const { default: sharp } = await import('sharp')
  const picture = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } }).webp().toBuffer()
  expect((await sharp(picture).metadata()).format).toBe('webp')
})

test('the embedded database is there', async () => {
  const { PGlite } = await import('@electric-sql/pglite')
  expect(typeof PGlite.create).toBe('function')
})

test('versions are exact', () => {
  const open = Object.entries({ ...project.dependencies, ...project.devDependencies, ...project.optionalDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
  expect(open).toEqual([])
})

test('the lockfile names no place to download from', () => {
  expect(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')).not.toContain('"resolved"')
})
