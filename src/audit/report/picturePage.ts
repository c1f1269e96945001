// The frame of a report whose attacks have pictures: head, verdict, what to change, the attacks, what it does not say.
// Source: docs/architecture.md#the-audit; page.ts for what it shares with the report on tables.
// What a report says of its own is its page's: this file knows no attack.

import type { ImageLeakReport } from '../images/reportSchema.ts'
import type { Subject } from '../words.ts'
import { type Shown, shownFrom } from './html.ts'
import { changeAndPolicy, facts, pageHead, verdictBox } from './page.ts'
import { glossary } from './sections.ts'

/** What a page says of its own, as HTML. */
interface PageParts<Report> {
  readonly subject: Subject
  /** Whom the page is for. */
  readonly owner: string
  /** What chance and baseline are here. */
  readonly measures: string
  /** The card of a finding. */
  readonly card: (report: Report, shown: Shown, finding: number) => string
  readonly limits: (report: Report, shown: Shown) => string
  readonly made: (report: Report, shown: Shown) => string
}

/** A page of these parts. */
export function picturePage<
  Report extends Parameters<typeof changeAndPolicy>[0] & Pick<ImageLeakReport, 'verdict' | 'findings'>,
>(report: Report, { subject, owner, measures, card, limits, made }: PageParts<Report>): string {
  const shown = shownFrom(report)
  return `${pageHead(true)}
<header>
<h1>Leak report for ${shown.text('/audited/name')}</h1>
${verdictBox(report, shown)}
${facts(report, shown)}
<p class="owner small">${owner}</p>
<nav aria-label="Parts of this report"><ul>
<li><a href="#change">What to change</a></li><li><a href="#policy">The policy, rule by rule</a></li>
<li><a href="#attacks">The attacks</a></li><li><a href="#limits">What this does not say</a></li>
</ul></nav>
</header>
<main>
${changeAndPolicy(report, shown, subject)}
<section aria-labelledby="attacks"><h2 id="attacks">The attacks, worst first</h2>
<p>${measures} The measures:</p>
${glossary(report, subject)}
${report.findings.map((_, f) => card(report, shown, f)).join('\n')}</section>
${limits(report, shown)}
</main>
<footer>${made(report, shown)}</footer>
</body>
</html>
`
}
