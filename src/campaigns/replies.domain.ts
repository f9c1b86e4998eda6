/** Texts that come back to a campaign: whether its own text invites to them, which only some senders can receive. Pure. */
import { fold } from '../message-templates/complete.ts'

// Folded text: no case, no accents. « Répondez sur la page » or « via le lien » asks for no SMS.
const INVITATIONS = [
  /\b(?:repond(?:ez|re|s)|renvo(?:yez|ie|yer)|textez|envoyez)\b[^.!?\n{]{0,20}\b(?:oui|non|ok|1|2|sms|texto|message)\b/,
  /\b(?:par retour (?:de )?(?:sms|texto|message)|a ce (?:sms|texto|numero|message)|par (?:sms|texto))\b/,
  /\b(?:reply|answer|text(?: us)?(?: back)?|respond|send)\b[^.!?\n{]{0,20}\b(?:yes|no|ok|1|2|sms|text)\b/,
  /\b(?:reply|respond) to this (?:text|sms|message|number)\b/,
]

/** The words that invite; undefined when nothing does. */
export function asksForReply(body: string): string | undefined {
  const text = fold(body)
  for (const wording of INVITATIONS) {
    const found = wording.exec(text)
    if (found) return found[0]
  }
  return undefined
}

/** Texts that came back to a campaign are counted exactly up to here. */
export const REPLIES_COUNTED = 1_000
