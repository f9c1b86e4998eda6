import type { FastifyInstance, RouteOptions } from 'fastify'

/** What code asks for. Roles are only presets of these (S1). */
export const PRIVILEGES = [
  'candidates.view',
  'candidates.edit',
  'candidates.import',
  'campaigns.view',
  'campaigns.send',
  // Text a whole list or search result (S2 "Mass SMS in Source").
  'campaigns.send_list',
  // Act on running campaigns (S2 "Mass SMS in Campaign").
  'campaigns.manage',
  // Release what the system suspended (S80).
  'campaigns.release',
  'consent.edit',
  // Send although the SMS box is not ticked (S8, S103).
  'consent.override',
  'templates.edit',
  // Campaign codes, talent networks, career sites with their pages and jobs (S28–S33).
  'references.edit',
  // See confidential jobs (S5).
  'jobs.confidential',
  'branding.edit',
  'users.manage',
  'settings.edit',
  // What is kept and how long, what is held about one person, and forgetting them.
  'data.manage',
  // Read what people did.
  'journal.view',
] as const

export type Privilege = (typeof PRIVILEGES)[number]

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route: a privilege, any signed-in user, or everybody. One of the two must be declared. */
    privilege?: Privilege | 'signed-in'
    public?: true
  }
}

/** Stops the start when a route says neither who may call it nor that it is public. Register before any route. */
export function requireDeclaredAccess(app: FastifyInstance): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => { routes.push(route) })
  // Looked at once all are there: a plugin's own routes are declared by a hook of the scope that registers it.
  app.addHook('onReady', async () => {
    const open = routes.filter(({ config }) => config?.privilege === undefined && config?.public !== true)
    if (open.length > 0) throw new Error(`these routes declare neither a privilege nor public: true: ${open.map(({ method, url }) => `${String(method)} ${url}`).join(', ')}`)
  })
}
