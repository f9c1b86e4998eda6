import { IntlMessageFormat } from 'intl-messageformat'
import { joinWords, type Language } from './define.ts'
import { actions } from './actions.ts'
import { api } from './api.ts'
import { apiCampaigns } from './api-campaigns.ts'
import { apiDocs } from './api-docs.ts'
import { apiKeys } from './api-keys.ts'
import { apiPeople } from './api-people.ts'
import { apiSync } from './api-sync.ts'
import { audience } from './audience.ts'
import { auth } from './auth.ts'
import { availability } from './availability.ts'
import { board } from './board.ts'
import { branches } from './branches.ts'
import { brandingPage } from './branding-page.ts'
import { campaigns } from './campaigns.ts'
import { candidates } from './candidates.ts'
import { charts } from './charts.ts'
import { check } from './check.ts'
import { codes } from './codes.ts'
import { companies } from './companies.ts'
import { compose } from './compose.ts'
import { countries } from './countries.ts'
import { data } from './data.ts'
import { doubts } from './doubts.ts'
import { events } from './events.ts'
import { exports } from './exports.ts'
import { feeds } from './feeds.ts'
import { follow } from './follow.ts'
import { help } from './help.ts'
import { hours } from './hours.ts'
import { imports } from './imports.ts'
import { journal } from './journal.ts'
import { journalPage } from './journal-page.ts'
import { landing } from './landing.ts'
import { launching } from './launching.ts'
import { limitSettings } from './limit-settings.ts'
import { limits } from './limits.ts'
import { lists } from './lists.ts'
import { mail } from './mail.ts'
import { nav } from './nav.ts'
import { news } from './news.ts'
import { notifications } from './notifications.ts'
import { people } from './people.ts'
import { periods } from './periods.ts'
import { personPrivacy } from './person-privacy.ts'
import { privileges } from './privileges.ts'
import { problems } from './problems.ts'
import { readings } from './readings.ts'
import { record } from './record.ts'
import { references } from './references.ts'
import { reminders } from './reminders.ts'
import { replies } from './replies.ts'
import { retention } from './retention.ts'
import { schedule } from './schedule.ts'
import { senders } from './senders.ts'
import { setup } from './setup.ts'
import { shared } from './shared.ts'
import { simulator } from './simulator.ts'
import { sso } from './sso.ts'
import { templateEditor } from './template-editor.ts'
import { templates } from './templates.ts'
import { told } from './told.ts'
import { users } from './users.ts'
import { webhooks } from './webhooks.ts'

const rooms = {
  actions, apiCampaigns, apiSync, audience, auth, availability, board, campaigns, charts, check, codes, compose, countries, doubts, events, exports, feeds, follow, help, hours, imports, landing, launching, lists, mail, nav, news, notifications, periods, privileges, problems, readings, references, reminders, replies, schedule, senders, setup, shared, simulator, sso, told, users, webhooks,
  api: joinWords(api, apiDocs, apiKeys, apiPeople),
  candidates: joinWords(candidates, record),
  people: joinWords(people, branches, personPrivacy),
  templates: joinWords(templates, templateEditor),
  journal: joinWords(journal, journalPage),
  limits: joinWords(limits, limitSettings),
  companies: joinWords(companies, brandingPage),
  data: joinWords(data, retention),
}

type Rooms = typeof rooms
export type WordKey = { [Room in keyof Rooms]: `${Room}.${keyof Rooms[Room]['fr'] & string}` }[keyof Rooms]
export type WordArguments = Record<string, string | number | boolean | Date>
export type Translate = (key: WordKey, args?: WordArguments) => string

/** Every sentence of the product: `room.key` → ICU text. */
export const catalogues: Record<Language, Record<string, string>> = { fr: flatten('fr'), en: flatten('en') }

const compiled: Record<Language, Map<string, IntlMessageFormat>> = { fr: new Map(), en: new Map() }
const translators: Record<Language, Translate> = { fr: makeTranslator('fr'), en: makeTranslator('en') }

/** `translator('fr')('campaigns.title', { count: 3 })`. An unknown key throws: no page may show one. */
export function translator(language: Language): Translate {
  return translators[language]
}

function makeTranslator(language: Language): Translate {
  const locale = language === 'fr' ? 'fr-FR' : 'en-GB'
  return (key, args) => {
    const text = catalogues[language][key]
    if (text === undefined) throw new Error(`no words for ${key} in ${language}`)
    if (!text.includes('{') && !text.includes("'")) return text
    let message = compiled[language].get(key)
    if (!message) {
      message = new IntlMessageFormat(text, locale, undefined, { ignoreTag: true })
      compiled[language].set(key, message)
    }
    return String(message.format(args))
  }
}

function flatten(language: Language): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [room, words] of Object.entries(rooms)) {
    for (const [key, text] of Object.entries<string>(words[language])) flat[`${room}.${key}`] = text
  }
  return flat
}
