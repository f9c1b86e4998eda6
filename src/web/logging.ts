import { pino, type Logger } from 'pino'

/** What of an error may be written down. PostgreSQL's `detail`, a parameter or a provider's answer may hold whatever people typed. */
const KEPT = ['type', 'message', 'stack', 'code', 'severity', 'schema', 'table', 'column', 'constraint', 'routine', 'syscall', 'errno', 'statusCode'] as const

const MOST_CAUSES = 5

/** Numbers of telephones, addresses of e-mail, and what PostgreSQL quotes at the end of a sentence about a value that it could not read. */
const PERSONAL = [/\+\d[\d .-]{6,18}\d/g, /(?<![\w-])\d{10,15}(?![\w-])/g, /(?<![\w-])0\d(?:[ .]?\d{2}){4}(?![\w-])/g, /[^\s"'<>(){},;:]+@[^\s"'<>(){},;:]+/g, /(?<=: )"[^"\n]*"(?=$|\n)/g]

/** JSON lines on standard output: ids and words of the program. Neither what people wrote, nor numbers, links or credentials. */
export function createLog(level: string, processName: string): Logger {
  return pino({
    level,
    base: { process: processName },
    serializers: { err: plainError },
    // Neither a personal link nor a credential belongs in a log.
    redact: { paths: ['req.headers.authorization', 'req.headers.cookie', '*.authorization', '*.password'], censor: '…' },
  })
}

/** An error with its causes, without what it may say about people. */
export function plainError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? withoutPeople(error) : { type: typeof error }
  const known = { ...error, type: error.name, message: error.message, stack: error.stack } as Record<string, unknown>
  const kept = Object.fromEntries(KEPT.flatMap((name) => (known[name] === undefined ? [] : [[name, plain(known[name])]])))
  return error.cause === undefined || depth >= MOST_CAUSES ? kept : { ...kept, cause: plainError(error.cause, depth + 1) }
}

function plain(value: unknown): unknown {
  return typeof value === 'string' ? withoutPeople(value) : typeof value === 'number' ? value : undefined
}

function withoutPeople(text: string): string {
  return PERSONAL.reduce((left, pattern) => left.replace(pattern, '…'), text)
}
