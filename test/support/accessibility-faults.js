// Runs inside the page, after axe. Every rule, best practice and experimental ones included, but those for level AAA
// unless RGAA, the French standard, wants them; of these only what looks at colours, where nothing else may have changed.
// oxlint-disable-next-line no-unused-expressions -- read as text by check-page.ts
async (which) => {
  const isWanted = (tags) => !tags.includes('deprecated') && (!tags.includes('wcag2aaa') || tags.includes('RGAAv4')) && (which === 'all' || tags.includes('cat.color'))
  const rules = Object.fromEntries(axe.getRules().map((rule) => [rule.ruleId, { enabled: isWanted(rule.tags) }]))
  const { violations } = await axe.run(document, { rules, resultTypes: ['violations'] })
  return violations.flatMap((rule) =>
    rule.nodes.slice(0, 5).map((node) => `${rule.id} (${rule.help}): ${node.target.join(' ')}\n  ${node.html.slice(0, 300)}\n  ${node.failureSummary ?? ''}`),
  )
}
