import { IntlMessageFormat } from 'intl-messageformat'

type Node = ReturnType<IntlMessageFormat['getAst']>[number]

// intl-messageformat does not export the names of its node types; these are the numbers it uses.
const LITERAL = 0
const SELECT = 5
const PLURAL = 6
const POUND = 7

export interface Sentence {
  /** Names of the arguments it needs, sorted. */
  args: string[]
  /** Every wording it can take, with a filling in the place of arguments. */
  variants: string[]
}

/** Reads an ICU text. Throws when it is not one. `filling` stands in the place of arguments. */
export function readIcu(text: string, locale: string, filling = 'x'): Sentence {
  const ast = new IntlMessageFormat(text, locale, undefined, { ignoreTag: true }).getAst()
  return { args: [...new Set(argumentsOf(ast))].sort(), variants: variantsOf(ast, filling) }
}

function argumentsOf(nodes: Node[]): string[] {
  return nodes.flatMap((node) => {
    if (node.type === LITERAL || node.type === POUND) return []
    return [node.value as string, ...optionsOf(node).flatMap(argumentsOf)]
  })
}

/** The wordings of each plural or choice are followed one at a time, the others staying on their last form. */
function variantsOf(nodes: Node[], filling: string): string[] {
  return nodes.reduce<string[]>((starts, node) => {
    const ends = node.type === LITERAL ? [node.value] : node.type === SELECT || node.type === PLURAL ? optionsOf(node).flatMap((option) => variantsOf(option, filling)) : [filling]
    return starts.flatMap((start) => ends.map((end) => start + end))
  }, [''])
}

function optionsOf(node: Node): Node[][] {
  if (node.type !== SELECT && node.type !== PLURAL) return []
  return Object.values(node.options as Record<string, { value: Node[] }>).map((option) => option.value)
}
