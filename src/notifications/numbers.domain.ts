/** Nine digits or more, however they are spaced: dates and hours have fewer, or other signs between them. */
const NUMBER = /(?:\+|00)?\(?\d(?:[\s.\-()\u00a0\u202f]{0,2}\d){8,}|\d\d(?:\/\d\d){4}/gu

/** A comment without the telephone numbers that people write into it. */
export function maskNumbers(text: string): string {
  return text.normalize('NFKC').replace(NUMBER, '…')
}
