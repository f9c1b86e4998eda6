import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')

export interface Import {
  /** As written. */
  specifier: string
  /** Path inside the project, for relative imports. */
  target: string | undefined
  isType: boolean
}

export interface SourceFile {
  /** Inside the project, with `/`. */
  path: string
  text: string
  imports: Import[]
}

/** Every file below the folders whose name ends in one of `extensions`. */
export function readSources(folders: string[], extensions: string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && extensions.some((extension) => entry.name.endsWith(extension)))
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
      .sort()
      .map((file) => source(file, readFileSync(path.join(root, file), 'utf8'))),
  )
}

export function source(file: string, text: string): SourceFile {
  return { path: file, text, imports: file.endsWith('.ts') ? findImports(file, text) : [] }
}

const STATEMENT = /^[ \t]*(?:import|export)\s+(type\s+)?((?:[\w*$]+(?:\s+as\s+\w+)?\s*,?\s*)?(?:\{[^}]*\})?)\s*from\s*['"]([^'"]+)['"]/gm
const SIDE_EFFECT = /^[ \t]*import\s+['"]([^'"]+)['"]/gm
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]/g

function findImports(file: string, text: string): Import[] {
  const resolve = (specifier: string, isType: boolean): Import => ({
    specifier,
    target: specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : undefined,
    isType,
  })
  return [
    ...[...text.matchAll(STATEMENT)].map(([, type, names, specifier]) => resolve(specifier!, type !== undefined || onlyTypes(names!))),
    ...[...text.matchAll(SIDE_EFFECT)].map(([, specifier]) => resolve(specifier!, false)),
    ...[...text.matchAll(DYNAMIC)].map(([, specifier]) => resolve(specifier!, false)),
  ]
}

/** `{ type A, type B }` */
function onlyTypes(names: string): boolean {
  const inner = /^\{([^}]*)\}$/.exec(names.trim())?.[1]
  return inner !== undefined && inner.trim() !== '' && inner.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '))
}

/** Code without comments, so that rules do not trip over explanations. Strings and templates stay. */
export function withoutComments(text: string): string {
  const part = /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g
  return text.replace(part, (found) => (found.startsWith('/') ? found.replace(/[^\n]/g, '') : found))
}
