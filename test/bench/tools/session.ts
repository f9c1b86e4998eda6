export type Session = {
  /** The whole answer, which must be a 200 unless told. */
  get(address: string, status?: number): Promise<Buffer>
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
  return {
    async get(address, status = 200) {
      const response = keep(await fetch(origin + address, { headers: headers(), redirect: 'manual' }))
      const body = Buffer.from(await response.arrayBuffer())
      if (response.status !== status) throw new Error(`${address} answered ${response.status}: ${body.toString().slice(0, 300)}`)
      return body
    },
  }
}
