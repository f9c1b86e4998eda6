import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A program of PostgreSQL that is missing, or that could not do its work; the message is a sentence for the operator. */
export class ProgramFailed extends Error {}

/** A database, and the environment in which PostgreSQL's own programs are found. */
export type Place = { databaseUrl: string; environment: NodeJS.ProcessEnv }

/** What those programs take as `--dbname`, and the environment with the password: a command line is read by everybody on the machine. */
export function connectionOf({ databaseUrl, environment }: Place): { dbname: string; env: NodeJS.ProcessEnv } {
  const url = new URL(databaseUrl)
  const password = decodeURIComponent(url.password)
  url.password = ''
  url.searchParams.delete('uselibpqcompat')
  return { dbname: url.href, env: password === '' ? environment : { ...environment, PGPASSWORD: password } }
}

/** Its output is the caller's to read. `ended` rejects with what the program said. */
export function startProgram(program: 'pg_dump' | 'pg_restore', args: readonly string[], env: NodeJS.ProcessEnv): { child: ChildProcess; ended: Promise<void> } {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => { said = (said + chunk).slice(-2_000) })
  const ended = Promise.race([
    once(child, 'close').then(([code, signal]) => { if (code !== 0) throw new ProgramFailed(`${program} ended with ${code ?? signal}: ${said.trim()}`) }),
    once(child, 'error').then(([error]) => { throw explain(program, error as NodeJS.ErrnoException) }),
  ])
  // Whoever waits for the output first must not meet an error that nobody has taken up yet.
  ended.catch(() => {})
  return { child, ended }
}

/** All that it writes to standard output. */
export async function readProgram(program: 'pg_dump' | 'pg_restore', args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { child, ended } = startProgram(program, args, env)
  let output = ''
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => { output += chunk })
  await ended
  return output
}

function explain(program: string, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error
  return new ProgramFailed(`${program} is not on this machine. It comes with PostgreSQL's client programs (on Debian: apt install postgresql-client), of the server's version or newer.`)
}
