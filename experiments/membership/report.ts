// The report of membership: what attacks get with and without private training; claims beside what canaries show.
// Source: Carlini et al. 2022; Steinke, Nasr and Jagielski 2023.

import { intervalNote } from '../estimates.ts'
import type { Report, Settings } from '../experiment.ts'
import { plainTable } from '../textTables.ts'
import { claimsFigure, rocs } from './figures.ts'
import { delta, sizesOf } from './membership.ts'
import type { MembershipResults } from './results.ts'
import { attackTable, auditTable, share } from './tables.ts'

export function membershipReport(
  { trainings, attacks, audits }: MembershipResults,
  { quick }: Settings,
): Report {
  const { attack, pane, audit } = sizesOf(quick)
  const seeds = audits[0]!.runs
  return {
    figures: { 'membership-roc': rocs(attacks), 'membership-audit': claimsFigure(audits) },
    page: {
      quick,
      digits: attack.rows.toLocaleString('en'),
      networks: attack.models,
      targets: attack.targets,
      delta,
      seeds: `${seeds} seed${seeds === 1 ? '' : 's'}`,
      'interval-note': intervalNote(seeds),
      attacks: attackTable(attacks),
      accuracies: trainings
        .map(
          ({ name, trained, unseen }) =>
            `${name}: ${share(trained)} on the digits that trained, ${share(unseen)} on the others`,
        )
        .join('; '),
      'pane-epochs': pane.epochs,
      'pane-digits': pane.rows.toLocaleString('en'),
      'pane-shadows': pane.shadows,
      'audited-digits': audit.rows.toLocaleString('en'),
      canaries: audit.canaries.toLocaleString('en'),
      audits: auditTable(audits),
    },
    summary: [attackTable(attacks, plainTable), auditTable(audits, plainTable)].join('\n'),
  }
}
