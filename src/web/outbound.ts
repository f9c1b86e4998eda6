import { lookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import { Agent, fetch as fetchWith } from 'undici'

/** An answer larger than this is none that we asked for. */
const MOST_BYTES = 1024 * 1024
const TIMEOUT_MS = 8_000

const INSIDE = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24],
  ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) INSIDE.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [['::', 96], ['::1', 128], ['64:ff9b:1::', 48], ['100::', 64], ['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['fc00::', 7], ['fe80::', 10], ['fec0::', 10], ['3fff::', 20], ['5f00::', 16], ['ff00::', 8]] as const) INSIDE.addSubnet(network, prefix, 'ipv6')

/** Whether an address belongs to no one on the public internet (IANA special-purpose registries): our own network, or nobody's. */
export function isInside(address: string): boolean {
  const mapped = /^(?:::ffff:|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped) return INSIDE.check(mapped, 'ipv4')
  const family = isIP(address)
  if (family === 0) return true
  if (family === 4) return INSIDE.check(address, 'ipv4')
  // An IPv4 address in the clothes of IPv6, however it is written.
  return /^(::ffff:|64:ff9b::)/i.test(address) || INSIDE.check(address, 'ipv6')
}

export class InsideAddress extends Error {
  constructor(host: string) {
    super(`${host} leads inside`)
  }
}

/**
 * A `fetch` for addresses that people of a company give: it reaches the public internet and `allowedHosts`, looks at every address at
 * the moment of connecting, follows no redirect and gives up on what is slow or large.
 */
export function createOutboundFetch(allowedHosts: readonly string[], { timeoutMs = TIMEOUT_MS } = {}): typeof fetch {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()))
  const agent = new Agent({
    connect: { lookup: (host, options, callback) => publicLookup(allowed, host, options, callback) }, maxResponseSize: MOST_BYTES,
  })
  return (async (input: string | URL | Request, init: RequestInit = {}) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    // What is written as an address is never looked up.
    if (isIP(host) !== 0 && isInside(host) && !allowed.has(host)) throw new InsideAddress(host)
    // From looking up the name to the last byte; whoever called may give up sooner.
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(init.signal ? [init.signal] : [])])
    return fetchWith(url, { ...init, redirect: 'manual', signal, dispatcher: agent } as never)
  }) as typeof fetch
}

/** Whether calls to this address would leave, as its name is known at this moment; at every call that is looked at again. */
export async function whereLeads(allowedHosts: readonly string[], url: URL): Promise<'outside' | 'inside' | 'unknown'> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const allowed = new Set(allowedHosts.map((one) => one.toLowerCase()))
  if (isIP(host) !== 0) return isInside(host) && !allowed.has(host) ? 'inside' : 'outside'
  return new Promise((resolve) => {
    publicLookup(allowed, host, {}, (error) => resolve(error === null ? 'outside' : error instanceof InsideAddress ? 'inside' : 'unknown'))
  })
}

type Found = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void

function publicLookup(allowed: ReadonlySet<string>, host: string, options: LookupOptions, callback: Found): void {
  lookup(host, { ...options, all: true }, (error, found) => {
    if (error) return callback(error, [])
    const usable = allowed.has(host.toLowerCase()) ? found : found.filter(({ address }) => !isInside(address))
    const [first] = usable
    if (!first) return callback(new InsideAddress(host), [])
    return options.all ? callback(null, usable) : callback(null, first.address, first.family)
  })
}
