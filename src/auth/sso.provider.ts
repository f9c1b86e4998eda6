import * as client from 'openid-client'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { Deps } from '../deps.ts'
import { createOutboundFetch, InsideAddress } from '../web/outbound.ts'
import { readPerson, type ProviderFault, type ProviderPerson, type SsoJourney } from './sso.domain.ts'

/** How a company is known to its provider. */
export type ProviderAccess = { issuer: string; clientId: string; clientSecret: string; groupClaim: string }

const SCOPE = 'openid profile email'
const TIMEOUT_SECONDS = 8

/** Asks the provider how it works, and whether it is the one it is said to be. */
export async function discoverProvider({ config }: Pick<Deps, 'config'>, access: Omit<ProviderAccess, 'groupClaim'>): Promise<Outcome<client.Configuration, ProviderFault>> {
  const server = URL.parse(access.issuer)
  if (!server) return refused('not_a_provider')
  // Without encryption anybody on the way could be anybody: only for a provider beside us, while nothing is at stake.
  const isInsecure = server.protocol !== 'https:'
  if (isInsecure && (config.production || !config.privateHosts.includes(server.hostname))) return refused('insecure')
  try {
    const provider = await client.discovery(server, access.clientId, access.clientSecret, undefined, {
      [client.customFetch]: createOutboundFetch(config.privateHosts) as unknown as client.CustomFetch, timeout: TIMEOUT_SECONDS, execute: isInsecure ? [client.allowInsecureRequests] : [],
    })
    // Every signature is checked, also of what came straight from the provider.
    client.enableNonRepudiationChecks(provider)
    return done(provider)
  } catch (error) {
    return refused(faultOf(error as Error))
  }
}

/** Where to send somebody, and what has to be kept until they are back. */
export async function leaveFor(provider: client.Configuration, redirectUrl: string): Promise<Pick<SsoJourney, 'state' | 'nonce' | 'verifier'> & { url: string }> {
  const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()]
  const url = client.buildAuthorizationUrl(provider, {
    redirect_uri: redirectUrl, scope: SCOPE, state, nonce, code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  })
  return { url: url.href, state, nonce, verifier }
}

/** Who came back, by the provider's own word; throws where anything about it does not fit the journey. */
export async function identify(provider: client.Configuration, journey: Pick<SsoJourney, 'state' | 'nonce' | 'verifier'>, returnedTo: URL, groupClaim: string): Promise<ProviderPerson> {
  const tokens = await client.authorizationCodeGrant(provider, returnedTo, { expectedState: journey.state, expectedNonce: journey.nonce, pkceCodeVerifier: journey.verifier, idTokenExpected: true })
  const claims = tokens.claims() as client.IDToken
  // Many providers keep the token small and tell the rest only when asked.
  const isWhole = claims['email'] !== undefined && claims[groupClaim] !== undefined
  const more = isWhole || !provider.serverMetadata().userinfo_endpoint ? {} : await client.fetchUserInfo(provider, tokens.access_token, claims.sub)
  return readPerson({ ...more, ...claims }, groupClaim)
}

function faultOf(error: Error): ProviderFault {
  const chain = [error, error.cause, (error.cause as Error | undefined)?.cause]
  if (chain.some((one) => one instanceof InsideAddress)) return 'inside'
  if (chain.some((one) => /issuer/i.test((one as Error | undefined)?.message ?? ''))) return 'other_issuer'
  const code = String((error as NodeJS.ErrnoException).code ?? '')
  return code.startsWith('OAUTH_') && code !== 'OAUTH_TIMEOUT' ? 'not_a_provider' : 'unreachable'
}
