import { z } from 'zod'
import { isCalendarDate } from '../core/dates.ts'
import { checkWindows, type WindowOverrides } from '../sms/windows.ts'

const WINDOW = z.object({ weekdays: z.array(z.number()).max(7), opens: z.string(), closes: z.string(), onHolidays: z.boolean() })

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
  /** A hand-picked selection of up to this many is sent at once by default; everything else later (S62, S68). */
  'campaign.immediate_up_to': { default: 0, schema: z.int().min(0).max(1_000_000), unit: 'recipients' },
  /** After the button, the sending can be taken back this long. */
  'campaign.undo_seconds': { default: 60, schema: z.int().min(0).max(600), unit: 'seconds' },
  /** Most segments that one campaign may cost; null: no limit. */
  'budget.campaign_segments': { default: null as number | null, schema: z.int().min(1).max(100_000_000).nullable(), unit: 'segments' },
  /** Most segments that all campaigns of the company may cost in a day of its own; null: no limit. */
  'budget.day_segments': { default: null as number | null, schema: z.int().min(1).max(100_000_000).nullable(), unit: 'segments' },
  /** A campaign is suspended when, among its last so many settled texts … */
  'suspension.last': { default: 200, schema: z.int().min(10).max(10_000), unit: 'messages' },
  /** … this share failed or led to an opt-out … */
  'suspension.percent': { default: 25, schema: z.int().min(1).max(100), unit: 'percent' },
  /** … and at least so many are settled; fewer prove nothing. */
  'suspension.min_finals': { default: 100, schema: z.int().min(1).max(10_000), unit: 'messages' },
  /** A campaign is suspended, too, when so many texts are refused before even one was taken: it is the text or the sender, not the numbers. */
  'suspension.refused_from_start': { default: 20, schema: z.int().min(5).max(1_000), unit: 'messages' },
  /** From this many recipients on, the check page asks for the number to be typed. */
  'campaign.typed_confirmation_from': { default: 1_000, schema: z.int().min(1).max(1_000_000), unit: 'recipients' },
  /** People texted this recently are pointed out at compose time. */
  'campaign.recent_contact_days': { default: 7, schema: z.int().min(0).max(90), unit: 'days' },
  /** A campaign takes answers this long after its launch. */
  'campaign.open_days': { default: 14, schema: z.int().min(1).max(365), unit: 'days' },
  /** A link is forgotten this long after its campaign closed. */
  'link.days_after_closing': { default: 30, schema: z.int().min(1).max(365), unit: 'days' },
  /** The link of a test message is forgotten after this long. */
  'link.test_days': { default: 14, schema: z.int().min(1).max(90), unit: 'days' },
  /** A test message of one user, per hour. */
  'sms.tests_per_hour': { default: 10, schema: z.int().min(0).max(100), unit: 'messages' },
  /** Countries that may be texted, by ISO 3166-1 code; everything else is refused. */
  'sms.allowed_countries': { default: ['FR', 'BE', 'CH', 'LU', 'MC'] as string[], schema: z.array(z.string().regex(/^[A-Z]{2}$/)).max(250), unit: 'countries' },
  /** Lists of refused destinations that belong to the provider in use; ids of sms/blocked-destinations.ts. */
  'sms.block_lists': { default: [] as string[], schema: z.array(z.string().max(40)).max(20), unit: 'lists' },
  /** Countries of those lists that the provider has opened for this company. */
  'sms.lifted_destinations': { default: [] as string[], schema: z.array(z.string().regex(/^[A-Z]{2}$/)).max(250), unit: 'countries' },
  /** Destinations that the company refuses by itself, each from a day on. */
  'sms.blocked_destinations': {
    default: [] as { country: string; from: string }[],
    schema: z.array(z.object({ country: z.string().regex(/^[A-Z]{2}$/), from: z.string().refine(isCalendarDate) })).max(250), unit: 'countries',
  },
  /** What one segment costs, by country; without a price no amount is told. */
  'sms.prices': { default: {} as Record<string, number>, schema: z.record(z.string().regex(/^[A-Z]{2}$/), z.number().min(0).max(100)), unit: 'amount by country' },
  'sms.currency': { default: 'EUR', schema: z.string().regex(/^[A-Z]{3}$/), unit: 'ISO 4217' },
  /** Hours of sending that differ from those of the country; `*` for every country not named. `checkWindows` says what is wrong. */
  'sms.windows': {
    default: {} as WindowOverrides,
    schema: z.record(z.string(), WINDOW).superRefine((windows, context) => {
      for (const { country, problem } of checkWindows(windows)) context.addIssue({ code: 'custom', path: [country], message: problem })
    }),
    unit: 'hours by country',
  },
  /** Whose clock the hours of sending are read from. */
  'sms.window_zone': { default: 'recipient' as 'recipient' | 'company', schema: z.enum(['recipient', 'company']), unit: 'choice' },
  /** No second campaign text to a number within so many hours; 0: no such rule. */
  'sms.min_hours_between': { default: 0, schema: z.int().min(0).max(720), unit: 'hours' },
  /** A text reply belongs to the newest sending to that number within this time (S112). */
  'reply.window_days': { default: 14, schema: z.int().min(1).max(365), unit: 'days' },
  /** Whether a STOP is confirmed by a text: where the law asks for it, always, or by the provider itself, which some of its products do. */
  'stop.confirmation': { default: 'law' as 'law' | 'always' | 'provider', schema: z.enum(['law', 'always', 'provider']), unit: 'choice' },
  /** From this local hour on, the landing page offers tomorrow first. */
  'landing.tomorrow_from_hour': { default: 14, schema: z.int().min(0).max(24), unit: 'hour' },
  /** An availability may begin this far ahead. */
  'landing.latest_start_months': { default: 18, schema: z.int().min(1).max(60), unit: 'months' },
  /** Whether the page of a campaign that is over lets people say anew when they are free. */
  'landing.after_closing': { default: 'offered' as 'offered' | 'hidden', schema: z.enum(['offered', 'hidden']), unit: 'choice' },
  /** Who must prove by a second factor that it is them: nobody, whoever manages users or settings, everybody. */
  'auth.second_factor': { default: 'off' as 'off' | 'administrators' | 'everybody', schema: z.enum(['off', 'administrators', 'everybody']), unit: 'choice' },
  /** The words of a text are forgotten this long after its campaign ended. */
  'retention.bodies_days': { default: 90, schema: z.int().min(7).max(3_650), unit: 'days' },
  /** What the provider reported, as it came, is forgotten after so long; a report that comes twice must still be recognised. */
  'retention.webhooks_days': { default: 30, schema: z.int().min(7).max(365), unit: 'days' },
  /** What people wrote beside their answer is forgotten this long after the campaign closed; the answer and its dates stay. */
  'retention.answers_months': { default: 12, schema: z.int().min(1).max(120), unit: 'months' },
  /** Records that nobody touched for so long are forgotten; null: kept. */
  'retention.candidates_months': { default: null as number | null, schema: z.int().min(1).max(120).nullable(), unit: 'months' },
  /** Lines of the journal are forgotten after so long. */
  'retention.journal_months': { default: 36, schema: z.int().min(6).max(120), unit: 'months' },
  /** Mails that are kept here are forgotten after so long. */
  'retention.mails_days': { default: 30, schema: z.int().min(1).max(365), unit: 'days' },
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
