import type { TestApp } from '../support/app.ts'

export type Reply = { status: number; headers: Headers; text: string; json: ReturnType<typeof JSON.parse> }

/** Another program: sends what it is told to, over HTTP. */
export function client(app: TestApp, key: string | undefined) {
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> => {
    const response = await fetch(`${app.url}${path.startsWith('/api/') ? '' : '/api/v1'}${path}`, {
      method,
      headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: text === '' ? undefined : JSON.parse(text) }
  }
}
