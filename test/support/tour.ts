import diagnostics from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import type { SignedIn } from './app.ts'
import type { Headers } from './page.ts'

/** Addresses of the application as it registers them, for instance `/candidates/:id`. Listen before it is built. */
export function hearRoutes(): { routes: Set<string>; stop(): void } {
  const routes = new Set<string>()
  const hear = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url }) => { if ([method].flat().includes('GET')) routes.add(url) })
  }
  diagnostics.subscribe('fastify.initialization', hear)
  return { routes, stop: () => void diagnostics.unsubscribe('fastify.initialization', hear) }
}

/** What an address asks for, whatever the record: its ids are left out, and the values of all but what chooses another list. */
export function shapeOf(address: string): string {
  const { pathname, searchParams } = new URL(address, 'http://visitor')
  const asked = [...searchParams].filter(([, value]) => value !== '').map(([name, value]) => (/^(tab|sort|kind|dir|status|by)$/.test(name) ? `${name}=${value}` : name))
  return `${pathname.replace(/\d+/g, ':id')} ${[...new Set(asked)].sort().join(' ')}`.trim()
}

/** Addresses that a page leads to: its links, and what it fetches by itself. */
export function leadsTo(html: string): string[] {
  const found = [...html.matchAll(/(?:href|hx-get)="(\/[^"#]*)/g)].map(([, address]) => address!.replaceAll('&amp;', '&'))
  return [...new Set(found)]
}

/** Opens an address like a browser and returns what came, without looking at it. */
export async function open({ agent }: Pick<SignedIn, 'agent'>, address: string, headers: Headers = {}): Promise<{ status: number; html: string }> {
  const response = await agent.get(address).set(headers).redirects(0).ok(() => true).buffer(true).parse(readText)
  return { status: response.status, html: String(response.headers['content-type']).startsWith('text/html') ? String(response.body) : '' }
}

/** Files are read like texts, and not kept whole. */
function readText(response: NodeJS.EventEmitter, done: (error: Error | null, body: string) => void): void {
  let text = ''
  response.on('data', (chunk: Buffer) => { if (text.length < 2_000_000) text += chunk.toString() })
  response.on('end', () => done(null, text))
  response.on('error', (error: Error) => done(error, text))
}
