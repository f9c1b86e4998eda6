/** Texts that a telephone or a machine writes by itself. Whoever answers them talks to nobody. Pure. */

const OPENINGS = [
  'REPONSE AUTOMATIQUE', 'MESSAGE AUTOMATIQUE', 'SMS AUTOMATIQUE', 'CECI EST UN MESSAGE AUTOMATIQUE', 'CECI EST UNE REPONSE AUTOMATIQUE', 'JE CONDUIS', 'JE SUIS AU VOLANT', 'JE SUIS EN TRAIN DE CONDUIRE',
  'AUTOMATIC REPLY', 'AUTO REPLY', 'AUTOREPLY', 'AUTOMATED', 'THIS IS AN AUTOMATED', 'THIS IS AN AUTOMATIC', 'I M DRIVING', 'I AM DRIVING', 'OUT OF OFFICE', 'I AM CURRENTLY DRIVING',
  'DO NOT REPLY', 'NE PAS REPONDRE', 'NE REPONDEZ PAS A CE',
]

/** « Je conduis avec le mode Ne pas déranger… », « Réponse automatique : … »: by how the text begins. */
export function looksAutomatic(text: string): boolean {
  const start = ` ${text.slice(0, 200).normalize('NFKD').replace(/\p{Mark}/gu, '').toUpperCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim()} `
  return OPENINGS.some((opening) => start.startsWith(` ${opening} `))
}
