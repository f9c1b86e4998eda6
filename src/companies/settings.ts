import { z } from 'zod'

/**
 * Everything a company may want different, in one place: unit, default and bounds. The database holds only what
 * differs from the default.
 */
export const SETTINGS = {
  /** Most candidates one campaign may reach (S4). */
  'campaign.recipient_limit': { default: 25_000, schema: z.int().min(1).max(1_000_000), unit: 'recipients' },
  /** Size of the first daily batch (S60). */
  'campaign.first_batch_size': { default: 5_000, schema: z.int().min(1).max(1_000_000), unit: 'recipients' },
  /** Size of each later daily batch (S60). */
  'campaign.next_batch_size': { default: 25_000, schema: z.int().min(1).max(1_000_000), unit: 'recipients' },
  /** From this many recipients on, the check page asks for the number to be typed. */
  'campaign.typed_confirmation_from': { default: 1_000, schema: z.int().min(1).max(1_000_000), unit: 'recipients' },
  /** People texted this recently are pointed out at compose time. */
  'campaign.recent_contact_days': { default: 7, schema: z.int().min(0).max(90), unit: 'days' },
  /** A campaign takes answers this long after its launch. */
  'campaign.open_days': { default: 14, schema: z.int().min(1).max(365), unit: 'days' },
  /** A link is forgotten this long after its campaign closed. */
  'link.days_after_closing': { default: 30, schema: z.int().min(1).max(365), unit: 'days' },
  /** A test message of one user, per hour. */
  'sms.tests_per_hour': { default: 10, schema: z.int().min(0).max(100), unit: 'messages' },
  /** Countries that may be texted, by ISO 3166-1 code; everything else is refused. */
  'sms.allowed_countries': { default: ['FR', 'BE', 'CH', 'LU', 'MC'] as string[], schema: z.array(z.string().regex(/^[A-Z]{2}$/)).max(250), unit: 'countries' },
  /** A text reply belongs to the newest sending to that number within this time (S112). */
  'reply.window_days': { default: 14, schema: z.int().min(1).max(365), unit: 'days' },
  /** From this local hour on, the landing page offers tomorrow first. */
  'landing.tomorrow_from_hour': { default: 14, schema: z.int().min(0).max(24), unit: 'hour' },
  /** An availability may begin this far ahead. */
  'landing.latest_start_months': { default: 18, schema: z.int().min(1).max(60), unit: 'months' },
} as const satisfies Record<string, { default: unknown; schema: z.ZodType; unit: string }>

export type SettingName = keyof typeof SETTINGS
export type Settings = { [Name in SettingName]: z.infer<(typeof SETTINGS)[Name]['schema']> }

/** Stored values over defaults; a stored value that no longer fits its bounds is ignored. */
export function settingsFrom(stored: readonly { name: string; value: unknown }[]): Settings {
  const given = new Map(stored.map(({ name, value }) => [name, value]))
  const entries = Object.entries(SETTINGS).map(([name, setting]) => {
    const parsed = setting.schema.safeParse(given.get(name))
    return [name, parsed.success ? parsed.data : setting.default]
  })
  return Object.fromEntries(entries) as Settings
}
