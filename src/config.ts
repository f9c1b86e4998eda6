import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

export type Config = Readonly<{
  production: boolean
  host: string
  port: number
  /** Where recruiters work; no trailing slash. */
  appUrl: string
  /** Base of short links; the code follows after one slash. */
  linkUrl: string
  databaseUrl: string | undefined
  dataDir: string
  secretKey: string
  /** Undefined: no account is configured and the local simulator plays the provider. */
  vonage: Readonly<{
    applicationId: string
    privateKey: string
    apiKey: string
    /** Only for reading the provider's reports and the account's balance; without it, what became of a doubtful hand-over is learnt from receipts alone. */
    apiSecret: string | undefined
    signatureSecret: string
    apiHost: string
    /** Where the account is asked about. */
    restHost: string
  }> | undefined
  sending: Readonly<{ perSecond: number; concurrency: number; timeoutMs: number; leaseSeconds: number; sweepSeconds: number }>
  /** Undefined: mails are kept, and administrators read them on a page. */
  mail: Readonly<{
    host: string
    port: number
    /** TLS from the first byte (`smtps:`). With `smtp:` the server must offer STARTTLS, unless it runs on this machine. */
    isSecure: boolean
    mayBePlain: boolean
    user: string | undefined
    password: string | undefined
    from: Readonly<{ address: string; name: string }>
  }> | undefined
  trustProxy: readonly string[]
  /** Where the operator's own machines read metrics; undefined: nowhere. */
  metricsPort: number | undefined
  /** Hosts inside the operator's network that calls to addresses given by companies may reach. */
  privateHosts: readonly string[]
  logLevel: string
  demo: boolean
  demoPassword: string | undefined
}>

/** Settings that do not hold together: one sentence per mistake, each naming its setting. */
export class ConfigError extends Error {
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(`The settings are wrong:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`)
    this.mistakes = mistakes
  }
}

const flag = z.enum(['on', 'off', 'true', 'false', '1', '0'], 'must be on or off').transform((word) => ['on', 'true', '1'].includes(word))
const whole = (low: number, high: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).refine((n) => n >= low && n <= high, `must lie between ${low} and ${high}`)
const webAddress = z.url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' }).transform((url) => url.replace(/\/+$/, ''))

const SETTINGS = z.object({
  NODE_ENV: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(1, 65_535).default(3000),
  APP_URL: webAddress.optional(),
  LINK_URL: webAddress.optional(),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres://').optional(),
  DATA_DIR: z.string().default('./data'),
  SECRET_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
  VONAGE_APPLICATION_ID: z.uuid('must be the UUID that Vonage shows for the application').optional(),
  VONAGE_PRIVATE_KEY: z.string().optional(),
  VONAGE_API_KEY: z.string().optional(),
  VONAGE_API_SECRET: z.string().optional(),
  VONAGE_SIGNATURE_SECRET: z.string().optional(),
  VONAGE_API_HOST: webAddress.default('https://api.nexmo.com'),
  VONAGE_REST_HOST: webAddress.default('https://rest.nexmo.com'),
  SEND_RATE: whole(1, 1000).default(25),
  SEND_CONCURRENCY: whole(1, 200).default(10),
  SEND_TIMEOUT_MS: whole(100, 60_000).default(10_000),
  LEASE_SECONDS: whole(5, 600).default(60),
  SWEEP_SECONDS: whole(1, 60).default(5),
  SMTP_URL: z.string().transform((text) => URL.parse(text)).refine((url) => url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== '' && /^\/?$/.test(url.pathname) && url.search === '' && url.hash === '',
    'must be an address like smtps://user:password@mail.example:465 or smtp://mail.example:587, with nothing after the port').optional(),
  MAIL_FROM: z.string().regex(/^(?:[^<>"\p{Cc}]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u, 'must be an address like dispo@agency.example or Dispo <dispo@agency.example>').optional(),
  METRICS_PORT: whole(1, 65_535).optional(),
  TRUST_PROXY: z.string().default('').transform((list) => list.split(',').map((item) => item.trim()).filter(Boolean)),
  PRIVATE_HOSTS: z.string().default('').transform((list) => list.split(',').map((item) => item.trim().toLowerCase()).filter(Boolean)),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'must be one of fatal, error, warn, info, debug, trace, silent').default('info'),
  DEMO: flag.optional(),
  DEMO_PASSWORD: z.string().min(12, 'must have at least 12 characters').optional(),
})

const VONAGE_NAMES = ['VONAGE_APPLICATION_ID', 'VONAGE_PRIVATE_KEY', 'VONAGE_API_KEY', 'VONAGE_SIGNATURE_SECRET'] as const

/** Reads and checks every setting. Throws ConfigError. */
export function loadConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  // An empty variable, as compose files write them, means "not set".
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = SETTINGS.safeParse(given)
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`))
  const s = parsed.data

  const mistakes: string[] = []
  const production = s.NODE_ENV === 'production'
  const missing = VONAGE_NAMES.filter((name) => s[name] === undefined)
  const hasVonage = missing.length === 0
  if (!hasVonage && missing.length < VONAGE_NAMES.length) mistakes.push(`${missing.join(', ')} must be set too: Vonage needs all four of ${VONAGE_NAMES.join(', ')}.`)
  if (production && !hasVonage && missing.length === VONAGE_NAMES.length) mistakes.push('VONAGE_APPLICATION_ID and the other Vonage settings must be set in production: the simulator never runs there.')
  if (production && !s.DATABASE_URL) mistakes.push('DATABASE_URL must be set in production: the embedded database does not survive a power cut.')
  if (s.METRICS_PORT !== undefined && s.METRICS_PORT === s.PORT) mistakes.push('METRICS_PORT must be another port than PORT: what it tells is not for everybody.')
  if (s.DATABASE_URL && !s.SECRET_KEY) mistakes.push('SECRET_KEY must be set together with DATABASE_URL, the same for every process.')
  if (production && !s.APP_URL) mistakes.push('APP_URL must be set in production.')
  if (s.SMTP_URL && !s.MAIL_FROM) mistakes.push('MAIL_FROM must be set together with SMTP_URL: the address that mails come from.')
  if (/vonage/.test(given['DEBUG'] ?? '') && production) mistakes.push('DEBUG must not name vonage in production: it prints the private key.')
  if (mistakes.length > 0) throw new ConfigError(mistakes)

  const dataDir = path.resolve(s.DATA_DIR)
  const appUrl = s.APP_URL ?? `http://${s.HOST.includes(':') ? `[${s.HOST}]` : s.HOST}:${s.PORT}`
  return Object.freeze({
    production,
    host: s.HOST,
    port: s.PORT,
    appUrl,
    linkUrl: s.LINK_URL ?? `${appUrl}/r`,
    databaseUrl: s.DATABASE_URL,
    dataDir,
    secretKey: s.SECRET_KEY ?? keptSecret(dataDir),
    vonage: hasVonage
      ? {
          applicationId: s.VONAGE_APPLICATION_ID as string,
          privateKey: pemOrFile(s.VONAGE_PRIVATE_KEY as string),
          apiKey: s.VONAGE_API_KEY as string,
          apiSecret: s.VONAGE_API_SECRET,
          signatureSecret: s.VONAGE_SIGNATURE_SECRET as string,
          apiHost: s.VONAGE_API_HOST,
          restHost: s.VONAGE_REST_HOST,
        }
      : undefined,
    sending: { perSecond: s.SEND_RATE, concurrency: s.SEND_CONCURRENCY, timeoutMs: s.SEND_TIMEOUT_MS, leaseSeconds: s.LEASE_SECONDS, sweepSeconds: s.SWEEP_SECONDS },
    mail: s.SMTP_URL && s.MAIL_FROM ? mailServer(s.SMTP_URL, s.MAIL_FROM) : undefined,
    trustProxy: s.TRUST_PROXY,
    metricsPort: s.METRICS_PORT,
    privateHosts: s.PRIVATE_HOSTS,
    logLevel: s.LOG_LEVEL,
    demo: s.DEMO ?? (!s.DATABASE_URL && !production),
    demoPassword: s.DEMO_PASSWORD,
  })
}

const THIS_MACHINE = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

function mailServer(url: URL, from: string): NonNullable<Config['mail']> {
  const isSecure = url.protocol === 'smtps:'
  const [, name = '', address = from] = /^(.*)<(.*)>$/.exec(from) ?? []
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isSecure ? 465 : 587) : Number(url.port),
    isSecure,
    mayBePlain: THIS_MACHINE.test(url.hostname),
    user: url.username === '' ? undefined : decodeURIComponent(url.username),
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    from: { address, name: name.trim() },
  }
}

/** One secret per data folder, made on first use, so that sessions outlive a restart. */
function keptSecret(dataDir: string): string {
  const file = path.join(dataDir, 'secret')
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const secret = randomBytes(48).toString('base64url')
  writeFileSync(file, `${secret}\n`, { mode: 0o600 })
  return secret
}

function pemOrFile(value: string): string {
  if (value.includes('-----BEGIN')) return value.replaceAll('\\n', '\n')
  try {
    return readFileSync(value, 'utf8')
  } catch (cause) {
    throw new ConfigError([`VONAGE_PRIVATE_KEY is neither a key that begins with -----BEGIN nor a readable file (${(cause as NodeJS.ErrnoException).code}).`])
  }
}

/** What programs that we start are given: where others are found, and how they connect. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env }
}
