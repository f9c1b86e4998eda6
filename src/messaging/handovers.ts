import { hash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { Attempt } from './gate.commands.ts'
import type { LeasedMessage } from './sending.queries.ts'

/** What was handed over, or was about to be, as this machine remembers it without the database. */
export type HandOverLine = { attemptId: string; messageId: number; fingerprint: string }

/** As long as a provider may still send a first receipt. */
const KEPT_DAYS = 4
const FILE_NAME = /^\d{4}-\d{2}-\d{2}\.log$/

/**
 * An append-only file per day beside the data, on disk before the provider is called. When the database has been
 * restored from a backup, it tells which messages had already gone. Shared by the workers of one machine.
 */
export function createHandOverLog(dataDir: string) {
  const folder = path.join(dataDir, 'handovers')
  let current: { day: string; file: FileHandle } | undefined
  let waiting = ''
  /** What writes the lines that wait, once the group before them is on disk. */
  let next: Promise<void> | undefined
  let writing: Promise<void> = Promise.resolve()

  async function fileOf(day: string): Promise<FileHandle> {
    if (current?.day === day) return current.file
    await current?.file.close()
    current = undefined
    await mkdir(folder, { recursive: true, mode: 0o700 })
    current = { day, file: await open(path.join(folder, `${day}.log`), 'a', 0o600) }
    return current.file
  }

  async function write(lines: string): Promise<void> {
    const file = await fileOf(new Date().toISOString().slice(0, 10))
    await file.appendFile(lines)
    await file.datasync()
  }

  return {
    /** Resolves once the lines would survive a power cut. Groups that come while one is being written share the next. */
    append(attempts: readonly Attempt[]): Promise<void> {
      waiting += attempts.map(({ id, message }) => `${id} ${message.id} ${fingerprint(message)}\n`).join('')
      next ??= writing.catch(() => {}).then(() => {
        const lines = waiting
        waiting = ''
        next = undefined
        writing = write(lines)
        return writing
      })
      return next
    },
    /** Every line of the last days; what a crash cut in half is left out. Older files are removed. */
    async read(): Promise<HandOverLine[]> {
      const names = (await readdir(folder).catch(noneIfAbsent)).filter((name) => FILE_NAME.test(name)).sort()
      const oldest = new Date(Date.now() - KEPT_DAYS * 86_400_000).toISOString().slice(0, 10)
      const lines: HandOverLine[] = []
      for (const name of names) {
        if (name < oldest) await rm(path.join(folder, name), { force: true })
        else lines.push(...parse(await readFile(path.join(folder, name), 'utf8')))
      }
      return lines
    },
    async close(): Promise<void> {
      await current?.file.close()
      current = undefined
    },
  }
}

/** Tells a message from one that has the same id in another database, without writing a number or a text down. */
export function fingerprint(message: Pick<LeasedMessage, 'companyId' | 'e164' | 'body'>): string {
  return hash('sha256', `${message.companyId}\n${message.e164}\n${message.body}`).slice(0, 24)
}

/** Only a folder that is not there is empty; one that cannot be read must stop the start. */
function noneIfAbsent(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
  throw error
}

function parse(text: string): HandOverLine[] {
  return [...text.matchAll(/^([0-9a-f-]{36}) (\d+) ([0-9a-f]{24})$/gm)].map(([, attemptId = '', messageId = '', print = '']) => ({ attemptId, messageId: Number(messageId), fingerprint: print }))
}
