/** What a reply asks for, before anybody reads it: STOP, START, HELP, or plain text. Pure, and without user-supplied patterns. */

export type Keyword =
  | { kind: 'stop' | 'start' | 'help' }
  /** `mayBeStop`: not a clear STOP, but an opt-out word is in it; a person must read it before anything more is sent. */
  | { kind: 'text'; mayBeStop: boolean }

// Sources: 47 CFR 64.1200(a)(10) and 89 FR 15756 (en), the carriers' French set, and the Italian and Spanish words people also send.
// CANCEL, END and QUIT are opt-outs by that rule; YES and OUI are campaign answers and re-subscribe nobody.
const STOP = words(`STOP STOPALL STOPIT UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT ARRET ARRETE ARRETT ARRETEZ ARRETER DESABONNER DESABONNEMENT
  DESINSCRIRE DESINSCRIPTION BASTA ANNULLA ALTO BAJA STPO SOTP STOPP STOOP TSOP`)
const START = words('START JOIN UNSTOP')
const HELP = words('HELP INFO AIDE')

/** As the first of several words only these decide; « End of the month » or « Quitte à choisir » are sentences. */
const STOP_FIRST = words('STOP ARRET')
/** « Arrêt maladie », « arrêt de travail »: a reason for not being available, not a request. */
const ARRET_OF_SOMETHING = words('MALADIE TRAVAIL DE DU MEDICAL JUSQU JUSQUA ACCIDENT')

const MAY_BE_STOP = words(`STOP STOPALL UNSUBSCRIBE REVOKE OPTOUT ARRET ARRETE ARRETEZ DESABONNER DESABONNEZ DESABONNEMENT DESINSCRIRE DESINSCRIVEZ
  DESINSCRIPTION ANNULER STPO SOTP STOPP SPAM HARCELEMENT CNIL`)
const MAY_BE_STOP_PHRASES = [
  'OPT OUT', 'NE PLUS RECEVOIR', 'PLUS RECEVOIR DE', 'NE PLUS ME', 'NE M ECRIVEZ PLUS', 'NE ME CONTACTEZ PLUS', 'RETIREZ MOI', 'SUPPRIMEZ MON', 'LAISSEZ MOI TRANQUILLE',
  'REMOVE ME', 'TAKE ME OFF', 'LEAVE ME ALONE', 'DO NOT TEXT', 'DON T TEXT', 'DO NOT CONTACT', 'DON T CONTACT', 'NO MORE', 'NO MAS',
]

/** Whole message equal to a keyword, or first word STOP/ARRET; case, accents, punctuation and emoji do not matter. */
export function detectKeyword(text: string): Keyword {
  const folded = fold(text.slice(0, 2000))
  const whole = folded.replaceAll(' ', '')
  if (STOP.has(whole)) return { kind: 'stop' }
  if (START.has(whole)) return { kind: 'start' }
  if (HELP.has(whole)) return { kind: 'help' }
  const [first = '', second = ''] = folded.split(' ', 2)
  if (STOP_FIRST.has(first) && !(first === 'ARRET' && ARRET_OF_SOMETHING.has(second))) return { kind: 'stop' }
  const mayBeStop = folded.split(' ').some((word) => MAY_BE_STOP.has(word)) || MAY_BE_STOP_PHRASES.some((phrase) => ` ${folded} `.includes(` ${phrase} `))
  return { kind: 'text', mayBeStop }
}

/** Upper-case words of letters and digits separated by single spaces. */
function fold(text: string): string {
  return text.normalize('NFKD').replace(/[\p{Mark}\p{Cf}]/gu, '').toUpperCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/))
}
