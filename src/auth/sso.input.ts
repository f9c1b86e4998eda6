import { z } from 'zod'
import { rowId } from '../web/ids.ts'
import { line } from '../web/typed-text.ts'
import type { Role } from './domain.ts'
import type { SsoChange } from './sso-settings.commands.ts'
import { isRole } from './sso.domain.ts'

const lines = z.string().catch('').transform((text) => text.slice(0, 20_000))

export const ssoStartForm = z.object({ company: rowId.nullable().catch(null), email: line, next: line })

const fields = z.object({
  version: z.string().regex(/^\d{1,9}$/).transform(Number).catch(0), label: line, issuer: line, client_id: line, secret: z.string().catch('').transform((text) => text.trim().slice(0, 500)),
  domains: lines, enforced: z.string().catch(''), group_claim: line, roles: lines,
})

export type SsoTyped = z.infer<typeof fields>
export type SsoProblem = { field: 'label' | 'issuer' | 'client_id' | 'domains' | 'group_claim' | 'roles'; word: 'missing' | 'long' | 'form'; detail?: string }

/** One domain on each line or between commas; groups as `group = role`, one on each line. */
export function readSso(body: unknown): { typed: SsoTyped; change: SsoChange; problems: SsoProblem[] } {
  const typed = fields.parse(body ?? {})
  const problems: SsoProblem[] = []
  for (const [field, most] of [['label', 60], ['issuer', 500], ['client_id', 300]] as const) {
    if (typed[field] === '') problems.push({ field, word: 'missing' })
    else if (typed[field].length > most) problems.push({ field, word: 'long' })
  }
  const domains = [...new Set(typed.domains.toLowerCase().split(/[\s,;]+/).map((domain) => domain.replace(/^@/, '')).filter(Boolean))]
  const odd = domains.find((domain) => !/^(?=.{4,253}$)([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}$/.test(domain))
  if (odd !== undefined || domains.length > 50) problems.push({ field: 'domains', word: 'form', detail: odd ?? String(domains.length) })
  if (!/^[\w:/.-]{1,100}$/.test(typed.group_claim)) problems.push({ field: 'group_claim', word: 'form' })
  const { roles, fault } = readRoles(typed.roles)
  if (fault !== undefined) problems.push({ field: 'roles', word: 'form', detail: fault })
  const change = {
    version: typed.version, label: typed.label, issuer: typed.issuer, clientId: typed.client_id, secret: typed.secret, domains, isEnforced: typed.enforced === 'on', groupClaim: typed.group_claim, roles,
  }
  return { typed, change, problems }
}

/** `fault`: the first line that cannot be read. A map without a prototype, because groups are named by others. */
function readRoles(text: string): { roles: Record<string, Role>; fault?: string } {
  const roles = Object.create(null) as Record<string, Role>
  const rows = text.split('\n').map((row) => row.trim()).filter(Boolean)
  if (rows.length > 100) return { roles, fault: String(rows.length) }
  for (const row of rows) {
    const at = row.lastIndexOf('=')
    const [group, role] = [row.slice(0, at).trim(), row.slice(at + 1).trim()]
    if (at < 1 || group === '' || group.length > 200 || !isRole(role)) return { roles, fault: row.slice(0, 80) }
    roles[group] = role
  }
  return { roles }
}
