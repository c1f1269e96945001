// Findings with measures and pictures as a report holds them, and what orders them from worst to best.
// Source: docs/reference/reports.md; ../policy/reported.ts for what these findings share with others.
// Nothing is left out of what an attack measured.

import { reportedFinding } from '../policy/reported.ts'
import type { ImageFinding } from './contract.ts'
import type { ImageReportFinding } from './reportSchema.ts'

/** How far the headline lies above chance and baseline. */
export function beyondChance({ metrics: [first] }: ImageReportFinding): number {
  return first!.value - Math.max(first!.chance, first!.baseline ?? 0)
}

/** As the report holds it. @param attack what it needs, and where it comes from */
export function reportedWithPictures(
  finding: ImageFinding,
  attack: { readonly needs: string; readonly source: string },
): ImageReportFinding {
  const { measures, pictures } = finding
  return {
    ...reportedFinding(finding, attack),
    measures: measures.map(({ interval: [low, high], ...measure }) => ({
      ...measure,
      interval: [low, high],
    })),
    pictures: pictures.map((picture) => ({ ...picture })),
  }
}
