import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { paths } from './paths.ts'

const publicFolder = path.resolve(import.meta.dirname, '../../public')
const htmxFile = createRequire(import.meta.url).resolve('htmx.org/dist/htmx.min.js')

const versions = new Map<string, string>(
  [...readdirSync(publicFolder).map((name) => [name, path.join(publicFolder, name)] as const), ['htmx.js', htmxFile] as const]
    .filter(([name]) => name.includes('.'))
    .map(([name, file]) => [name, createHash('sha256').update(readFileSync(file)).digest('base64url').slice(0, 10)]),
)

/** Address of a file in public/ (or htmx.js) that may be cached for ever: the version follows the content. */
export function asset(name: string): string {
  const version = versions.get(name)
  if (!version) throw new Error(`no such asset: ${name}`)
  return `${paths.assets}${name}?v=${version}`
}

export async function registerAssets(app: FastifyInstance): Promise<void> {
  const options = { index: false, maxAge: '1y', immutable: true, logLevel: 'silent' } as const
  await app.register(async (scope) => {
    // Files are the only routes that a plugin makes for us, so their access is declared here.
    scope.addHook('onRoute', (route) => { route.config = { ...route.config, public: true } })
    scope.get(`${paths.assets}htmx.js`, { config: { public: true } }, (_request, reply) => reply.sendFile(path.basename(htmxFile), path.dirname(htmxFile)))
    await scope.register(fastifyStatic, { root: publicFolder, prefix: paths.assets, ...options })
  })
}
