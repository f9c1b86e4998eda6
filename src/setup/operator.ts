import { parseArgs } from 'node:util'
import { listCompanies } from '../companies/companies.queries.ts'
import type { Deps } from '../deps.ts'
import { isLanguage } from '../words/define.ts'
import { createCompany, switchCompany } from './companies.commands.ts'
import { isCountry, isTimeZone } from './domain.ts'
import { isEmail } from './input.ts'

type OperatorDeps = Pick<Deps, 'db' | 'config'>

const USAGE = `Companies of this installation:

  npm run companies -- list
  npm run companies -- create --name "Agence Martin" --admin-name "Anne Roux" --admin-email anne@martin.example
                              [--country FR] [--zone Europe/Paris] [--language fr] [--town Lyon] [--phone "04 72 00 00 00"]
  npm run companies -- disable 3     nobody signs in, nothing is sent, its links are unknown; nothing is lost
  npm run companies -- enable 3`

/** A request that cannot be understood; the sentence says why. */
export class Misuse extends Error {}

const OPTIONS = {
  name: { type: 'string' }, 'admin-name': { type: 'string' }, 'admin-email': { type: 'string' }, country: { type: 'string', default: 'FR' }, zone: { type: 'string', default: 'Europe/Paris' },
  language: { type: 'string', default: 'fr' }, town: { type: 'string' }, phone: { type: 'string' },
} as const

/** What `npm run companies -- …` does; its answer as text. Throws Misuse, or what `parseArgs` throws. */
export async function operate(deps: OperatorDeps, [command, ...rest]: readonly string[]): Promise<string> {
  if (command === 'list') return list(deps)
  if (command === 'create') return create(deps, rest)
  if (command === 'disable' || command === 'enable') return switchOne(deps, command, rest)
  throw new Misuse(USAGE)
}

async function list(deps: OperatorDeps): Promise<string> {
  const companies = await listCompanies(deps.db)
  if (companies.length === 0) return 'There is no company yet.'
  return companies.map(({ id, name, country, users, people, disabled_at: disabledAt }) => `${id}  ${name} (${country})  ${users} users, ${people} records${disabledAt ? `, disabled since ${disabledAt.toISOString().slice(0, 10)}` : ''}`).join('\n')
}

async function create(deps: OperatorDeps, args: string[]): Promise<string> {
  const { values: given } = parseArgs({ args, options: OPTIONS })
  const { name = '', 'admin-name': adminName = '', 'admin-email': email = '', country, zone, language } = given
  const wrong = [
    ...(name.length >= 1 && name.length <= 120 ? [] : ['--name needs 1 to 120 characters.']),
    ...(adminName.length >= 1 && adminName.length <= 120 ? [] : ['--admin-name needs 1 to 120 characters.']),
    ...(isEmail(email) ? [] : ['--admin-email needs an e-mail address.']),
    ...(isCountry(country) ? [] : [`--country ${country} is not a country; two letters, such as FR.`]),
    ...(isTimeZone(zone) ? [] : [`--zone ${zone} is not a time zone, such as Europe/Paris.`]),
    ...(isLanguage(language) ? [] : ['--language is fr or en.']),
  ]
  if (wrong.length > 0 || !isLanguage(language)) throw new Misuse(wrong.join('\n'))
  const outcome = await createCompany(deps, { name, country, timeZone: zone, language, town: given.town ?? null, phone: given.phone ?? null }, { name: adminName, email })
  if (!outcome.ok) throw new Misuse(`Somebody of this installation already has the address ${email}.`)
  const { id, url, expiresAt } = outcome.value
  return `Company ${id} is there. ${adminName} chooses a password at this address until ${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC:\n${url}`
}

async function switchOne(deps: OperatorDeps, command: 'disable' | 'enable', [id = '']: readonly string[]): Promise<string> {
  if (!/^[1-9]\d{0,14}$/.test(id)) throw new Misuse(USAGE)
  const outcome = await switchCompany(deps, Number(id), command === 'disable')
  if (!outcome.ok) throw new Misuse(`There is no company ${id}.`)
  return `${outcome.value.name} is ${command}d.`
}
