// The calibration rows under seal: they can be read once, and only by saying first which panes are fixed.
// Source: PROOF.md, "Setting": everything is chosen before the calibration units are looked at; theorem A stands
// on that alone. It is a seal against mistakes, not against an owner who means to cheat: the data are the owner's.

import { FrostglassError } from '../../errors.ts'

/** Rows of one part, and who they are of. */
export interface UnitRows {
  /** Ascending row numbers, from 0. */
  readonly rows: Int32Array
  /** How many different units. */
  readonly units: number
  /** SHA-256 of the sorted list of the units, each with its number of rows; hexadecimal. */
  readonly sha256: string
}

/** What is released by, fixed: the SHA-256 of the pane, of its codebook and of its channel, hexadecimal. */
export interface FixedPane {
  readonly pane: string
  readonly codebook: string
  /** Absent where codes are released as they are. */
  readonly channel?: string | undefined
}

/** The calibration rows, once they are open. */
export interface OpenedRows extends UnitRows {
  /** Panes that were fixed before: the m of δ / m. */
  readonly candidates: number
  /** @throws FrostglassError `usage` for a pane or codebook that was not fixed before the rows were opened */
  requireFixed(pane: FixedPane): void
}

/** Rows that nobody has looked at. What is told of them is public anyway. */
export interface SealedRows {
  readonly units: number
  readonly count: number
  readonly sha256: string
  /**
   * The rows, once.
   * @param fixed every pane that may be certified on them
   * @throws FrostglassError `usage` when they were opened before, or no pane is given
   */
  open(fixed: readonly FixedPane[]): OpenedRows
}

/** Seals rows. The object has no other way to them. */
export function sealRows(of: UnitRows): SealedRows {
  let sealed = true
  return Object.freeze({
    units: of.units,
    count: of.rows.length,
    sha256: of.sha256,
    open(fixed: readonly FixedPane[]): OpenedRows {
      if (fixed.length === 0) {
        throw new FrostglassError(
          'usage',
          'no pane is fixed, and the calibration rows stay sealed',
          'Train a pane and choose its codes first.',
        )
      }
      if (!sealed) {
        throw new FrostglassError(
          'usage',
          'the calibration rows were opened before',
          'Fix all panes before opening them, or split anew: what was looked at certifies nothing that came after.',
        )
      }
      sealed = false
      const known = new Set(fixed.map(nameOf))
      return Object.freeze({
        ...of,
        candidates: known.size,
        requireFixed(pane: FixedPane) {
          if (known.has(nameOf(pane))) return
          throw new FrostglassError(
            'usage',
            'this pane was made or changed after the calibration rows were opened',
            'Certify a pane that was fixed before, or split anew.',
          )
        },
      })
    },
  })
}

const nameOf = ({ pane, codebook, channel = '' }: FixedPane): string => `${pane} ${codebook} ${channel}`
