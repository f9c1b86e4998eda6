import type pg from 'pg'

export type Asked = { text: string; values: unknown[] }[]

/** What connections of the pool are asked from now on; call it before the first query. */
export function watchStatements(pool: pg.Pool): Asked {
  const asked: Asked = []
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown
    Object.assign(client, { query: (...given: unknown[]) => {
      const [text, values] = given as [unknown, unknown]
      if (typeof text === 'string') asked.push({ text, values: Array.isArray(values) ? values : [] })
      return query(...given)
    } })
  })
  return asked
}
