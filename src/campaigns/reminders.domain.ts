/** A second text to those who have not answered: who gets it, and its words. Pure. */
import { LANGUAGES, type Language } from '../words/define.ts'

/** A campaign texts a person twice at most: the text, and one reminder. */
export const REMINDER_STEP = 2

/** Ready to be sent, for both kinds of campaigns. GSM-7 letters only. */
export const USUAL_REMINDER: Record<Language, string> = {
  fr: 'Bonjour {prenom|}, {agence} attend votre réponse. OUI ou NON, dites-le ici :\n{lien}\n{stop}',
  en: 'Hello {first_name|}, {agency} is waiting for your answer. YES or NO, tell us here:\n{link}\n{stop}',
}

/**
 * Why a recipient gets no reminder, in the order in which it is asked. Answered and written back are what it is for; the others
 * may not be texted, were not reached by the first text, or have had their reminder.
 */
export const SILENT_REASONS = [
  'reminded', 'answered', 'replied', 'unsent', 'doubtful', 'failed', 'left_out', 'no_candidate', 'opted_out', 'bounced', 'no_consent', 'no_number', 'invalid_number', 'number_changed', 'under_review', 'country_blocked', 'destination_blocked',
  'too_soon',
] as const
export type SilentReason = (typeof SILENT_REASONS)[number]

export type SilentCounts = Record<SilentReason, number> & { silent: number; total: number }

/** From counts by reason, as the database groups them; `silent` stands for those without one. The lines add up. */
export function silentCounts(byReason: Readonly<Record<string, number>>): SilentCounts {
  const counts = { silent: byReason['silent'] ?? 0, total: byReason['silent'] ?? 0 } as SilentCounts
  for (const reason of SILENT_REASONS) {
    counts[reason] = byReason[reason] ?? 0
    counts.total += counts[reason]
  }
  return counts
}

/** The words in each language in which anybody got the first text: a campaign's own, else the usual ones. */
export function reminderTextsOf(campaign: { texts: Partial<Record<Language, string>>; reminder_texts: Partial<Record<Language, string>> }, companyLanguage: Language): Partial<Record<Language, string>> {
  const languages = LANGUAGES.filter((language) => language === companyLanguage || (campaign.texts[language] ?? '') !== '')
  return Object.fromEntries(languages.map((language) => [language, campaign.reminder_texts[language] || USUAL_REMINDER[language]]))
}

/** What stands in the way of a reminder, beside the state of the campaign. */
export type ReminderObstacle = 'closed' | 'sms_off' | 'no_sender' | 'text' | 'codes' | 'nobody' | 'grown' | 'moved' | 'busy' | 'reminding'
