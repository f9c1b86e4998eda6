import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

export type Account = { email?: string; email_verified?: boolean; name?: string; groups?: string[] }
export type IdentityProvider = Awaited<ReturnType<typeof startIdentityProvider>>

export const CLIENT = { id: 'dispo', secret: 'a secret of the identity provider of the tests' }

/** A certified OpenID provider on a port of its own, with the accounts given; its development pages ask for a name and take any password. */
export async function startIdentityProvider(accounts: Record<string, Account>, redirectUris: () => string[], given: { emailInToken?: boolean } = {}) {
  const server = createServer()
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: redirectUris(), grant_types: ['authorization_code'], response_types: ['code'] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    conformIdTokenClaims: given.emailInToken !== true,
    cookies: { keys: ['only for tests'] },
    pkce: { required: () => true },
    findAccount: (_context, id) => {
      const account = accounts[id]
      return account && { accountId: id, claims: async () => ({ sub: id, ...account }) }
    },
    // Whoever has an account here may use the product: nobody is asked again.
    loadExistingGrant: async (context) => {
      const { session, client } = context.oidc
      const grant = new context.oidc.provider.Grant({ clientId: client!.clientId, accountId: session!.accountId! })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  })
  server.on('request', provider.callback())
  return {
    issuer,
    accounts,
    close: () => new Promise<void>((resolve) => { server.closeAllConnections(); server.close(() => resolve()) }),
  }
}

/** What somebody does in the provider's pages, from the address they were sent to until they are sent back; that address. */
export async function signInAtProvider(authorizationUrl: string, account: string, cookies: Map<string, string> = new Map()): Promise<string> {
  let url = authorizationUrl
  for (let step = 0; step < 12; step++) {
    const response = await visit(url, cookies)
    const location = response.headers.get('location')
    if (location) {
      const next = new URL(location, url)
      if (next.origin !== new URL(authorizationUrl).origin) return next.href
      url = next.href
      continue
    }
    const html = await response.text()
    const action = /<form[^>]+action="([^"]+)"/.exec(html)?.[1]
    if (response.status >= 400 || !action) throw new Error(`the provider answered ${response.status}: ${html.slice(0, 300)}`)
    const submitted = await visit(new URL(action, url).href, cookies, new URLSearchParams({ prompt: 'login', login: account, password: 'any' }))
    url = new URL(submitted.headers.get('location') ?? url, url).href
  }
  throw new Error('the provider went round in circles')
}

async function visit(url: string, cookies: Map<string, string>, body?: URLSearchParams): Promise<Response> {
  const response = await fetch(url, {
    redirect: 'manual', ...(body ? { method: 'POST', body } : {}),
    headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '), accept: 'text/html' },
  })
  for (const cookie of response.headers.getSetCookie()) {
    const [pair = ''] = cookie.split(';')
    const at = pair.indexOf('=')
    cookies.set(pair.slice(0, at), pair.slice(at + 1))
  }
  return response
}
