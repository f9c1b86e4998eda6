export type Session = {
  /** The whole answer, which must be a 200 unless told. */
  get(address: string, status?: number): Promise<Buffer>
  /** How many bytes came; they are thrown away as they come. */
  read(address: string): Promise<number>
  /** Sends the form of a page that leads to the address, as it stands there. */
  post(page: string, address: string): Promise<void>
  /** Hears what happens until it is told to stop. */
  listen(address: string): { stop(): void }
}

/** Signs in with as little around it as can be: what is measured is the server. */
export async function openSession(origin: string, user: { email: string; password: string }): Promise<Session> {
  const cookies = new Map<string, string>()
  const keep = (response: Response) => {
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (name !== undefined) cookies.set(name, value!)
    }
    return response
  }
  const headers = () => ({ 'accept-language': 'fr', 'accept-encoding': 'identity', accept: 'text/html', cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') })
  const form = keep(await fetch(`${origin}/login`, { headers: headers() }))
  const token = /name="_csrf" value="([^"]+)"/.exec(await form.text())?.[1] ?? ''
  const signedIn = keep(await fetch(`${origin}/login`, { method: 'POST', redirect: 'manual', headers: { ...headers(), origin, 'sec-fetch-site': 'same-origin' }, body: new URLSearchParams({ _csrf: token, email: user.email, password: user.password }) }))
  if (signedIn.status !== 303) throw new Error(`sign-in of ${user.email} failed: ${signedIn.status}`)
  const session: Session = {
    async get(address, status = 200) {
      const response = keep(await fetch(origin + address, { headers: headers(), redirect: 'manual' }))
      const body = Buffer.from(await response.arrayBuffer())
      if (response.status !== status) throw new Error(`${address} answered ${response.status}: ${body.toString().slice(0, 300)}`)
      return body
    },
    async read(address) {
      const response = keep(await fetch(origin + address, { headers: headers() }))
      if (response.status !== 200) throw new Error(`${address} answered ${response.status}`)
      let bytes = 0
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) bytes += chunk.length
      return bytes
    },
    async post(page, address) {
      const html = (await session.get(page)).toString()
      const inside = html.slice(html.indexOf(`action="${address}"`)).split('</form>')[0]!
      const fields = [...inside.matchAll(/<input[^>]+>/g)].map(([input]) => [/name="([^"]*)"/.exec(input)?.[1], /value="([^"]*)"/.exec(input)?.[1] ?? 'on'] as const).filter(([name]) => name !== undefined) as [string, string][]
      const response = keep(await fetch(origin + address, { method: 'POST', redirect: 'manual', headers: { ...headers(), origin, 'sec-fetch-site': 'same-origin' }, body: new URLSearchParams(fields) }))
      if (response.status !== 303) throw new Error(`${address} answered ${response.status}`)
    },
    listen(address) {
      const stopping = new AbortController()
      fetch(origin + address, { headers: { ...headers(), accept: 'text/event-stream' }, signal: stopping.signal }).then((response) => response.text()).catch(() => {}) // it is broken off
      return { stop: () => stopping.abort() }
    },
  }
  return session
}
