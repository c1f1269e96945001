// Words of somebody else, made fit for a terminal: a service's refusal, another process's failure.
// Source: Unicode's general categories Cc, Cf, Zl and Zp: what moves a cursor, turns the direction of text, or begins a line.
// They are still somebody else's: whoever shows them says whose they are.

/**
 * Short, and nothing that forges lines or moves a cursor.
 * @param most UTF-16 units that are kept
 * @returns `none` for what is no text, or empty
 */
export const wordsOfOthers = (said: unknown, none: string, most = 300): string =>
  typeof said === 'string' && said !== '' ? said.slice(0, most).toWellFormed().replace(unfit, ' ') : none

const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Whether a text is fit for a terminal as it is. */
export const fitForTerminal = (text: string): boolean => text.search(unfit) < 0
