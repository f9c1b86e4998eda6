import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')
/** Where processes find what earlier ones have compiled: they are there a second sooner. */
export const COMPILED: Record<string, string> = process.env['NODE_COMPILE_CACHE'] === undefined ? {} : { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] }
const running = new Set<ChildProcess>()
// However a test ends, nothing it started outlives it.
process.once('exit', () => { for (const child of running) child.kill('SIGKILL') })

export type Program = ReturnType<typeof startProgram>

/** An entry point of ours as a process of its own, with nothing but `env` in its environment. `folder`: of another version of the program. */
export function startProgram(entry: 'src/main.ts' | 'src/server.ts' | 'src/worker.ts' | 'src/db/migrate.ts' | 'src/operator.ts' | 'src/backup.ts' | 'src/restore.ts', env: Record<string, string>, args: readonly string[] = [], folder = root) {
  const child = spawn(process.execPath, [entry, ...args], { cwd: folder, env: { PATH: process.env['PATH'], ...COMPILED, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let output = ''
  let changed: () => void = () => {}
  const read = (chunk: Buffer) => {
    output += chunk.toString()
    changed()
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    changed()
    return code as number | null
  })
  return {
    child,
    /** The exit code, once it has ended and all it wrote has arrived. */
    ended,
    output: () => output,
    /** Waits until it says so; returns the first group. */
    async says(pattern: RegExp): Promise<string> {
      for (;;) {
        const match = pattern.exec(output)
        if (match) return match[1] ?? ''
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the program ended without saying ${pattern}:\n${output}`)
        await new Promise<void>((resolve) => { changed = resolve })
      }
    },
    async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
      child.kill(signal)
      return ended
    },
  }
}
