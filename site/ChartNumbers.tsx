// The chart's numbers as a table, for those who want them.
// Source: measured on the test digits when the gallery was trained.
// They are what the chart shows, and no more.

import type { GalleryIndex } from '../src/demo/galleryIndex.ts'
import { percent } from '../src/statistics/figures.ts'

/** A row a pane. */
export function ChartNumbers({
  index: { panes, classifier, answerAlone },
}: {
  readonly index: GalleryIndex
}) {
  return (
    <details>
      <summary>The numbers</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">n</th>
              <th scope="col">right answers</th>
              <th scope="col">SSIM (95% interval)</th>
              <th scope="col">PSNR</th>
              <th scope="col">read</th>
              <th scope="col">pane</th>
            </tr>
          </thead>
          <tbody>
            {panes.map((pane) => (
              <tr key={pane.name}>
                <th scope="row">{pane.bottleneck}</th>
                <td>{percent(pane.accuracy)}</td>
                <td>
                  {pane.likeness.ssim.toFixed(3)} ({pane.likeness.interval.map((v) => v.toFixed(3)).join('–')}
                  )
                </td>
                <td>{pane.likeness.psnr.toFixed(1)} dB</td>
                <td>{percent(pane.read, 0)}</td>
                <td>{(pane.bytes / 1024).toFixed(0)} kB</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>
        “Read”: share of the attacker’s pictures that the classifier, made for raw digits, reads as the truth.
        {classifier && ` Raw digits: ${percent(classifier.accuracy)}.`}
        {answerAlone &&
          ` The mean picture of the right class: SSIM ${answerAlone.ssim.toFixed(3)}, ${answerAlone.psnr.toFixed(1)} dB.`}
      </p>
    </details>
  )
}
