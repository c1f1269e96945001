// What the service counts, in Prometheus' text format.
// Source: prom-client; names after Prometheus' conventions (base units, _total).
// Never a payload, nor an address: only names of models that are served, statuses, times and sizes.

import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface Metrics {
  /** One request to infer is answered. `model` is null for one that is not served. */
  request(model: string | null, status: number, seconds: number, received: number, sent: number): void
  /** One run is over. */
  run(model: string, rows: number, seconds: number): void
  /** One row of an encrypted question is answered: an image, or a plain modulus of a batch. */
  encryptedRow(model: string, packing: string, seconds: number): void
  /** Shows what encrypted inference holds; the functions are asked when somebody reads. */
  watchEncrypted(read: {
    readonly waiting: () => number
    readonly keys: () => number
    readonly keyBytes: () => number
  }): void
  readonly contentType: string
  text(): Promise<string>
}

/** Counters of their own for each service. The two functions are asked when somebody reads. */
export function createMetrics(waiting: () => number, inFlight: () => number): Metrics {
  const register = new Registry()
  const registers = [register]
  const requests = new Counter({
    name: 'frostglass_requests_total',
    help: 'Requests to infer, by model and HTTP status.',
    labelNames: ['model', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'frostglass_request_duration_seconds',
    help: 'From the arrival of a request’s head to its answer.',
    labelNames: ['model'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 100, 300],
    registers,
  })
  const runs = new Histogram({
    name: 'frostglass_run_duration_seconds',
    help: 'Of one run of a model, which may answer several requests.',
    labelNames: ['model'],
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  })
  const rowCounts = new Histogram({
    name: 'frostglass_run_rows',
    help: 'Rows in one run.',
    labelNames: ['model'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
    registers,
  })
  const encryptedRows = new Histogram({
    name: 'frostglass_encrypted_row_duration_seconds',
    help: 'Of one row of an encrypted question: an image, or a plain modulus of a batch.',
    labelNames: ['model', 'packing'],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 100, 300],
    registers,
  })
  const received = new Counter({
    name: 'frostglass_received_bytes_total',
    help: 'Bytes of bodies of requests to infer.',
    labelNames: ['model'],
    registers,
  })
  const sent = new Counter({
    name: 'frostglass_sent_bytes_total',
    help: 'Bytes of bodies of answers to them.',
    labelNames: ['model'],
    registers,
  })
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('frostglass_requests_waiting', 'Requests that wait for a thread.', waiting)
  gauge(
    'frostglass_requests_in_flight',
    'Requests to infer that are read, wait, run or are answered.',
    inFlight,
  )
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  const started = Date.now() / 1000 - process.uptime()
  gauge('process_start_time_seconds', 'Start of the process since the epoch.', () => started)
  return {
    request(model, status, seconds, bytesIn, bytesOut) {
      const label = model ?? 'none'
      requests.inc({ model: label, status })
      durations.observe({ model: label }, seconds)
      received.inc({ model: label }, bytesIn)
      sent.inc({ model: label }, bytesOut)
    },
    run(model, rows, seconds) {
      runs.observe({ model }, seconds)
      rowCounts.observe({ model }, rows)
    },
    encryptedRow(model, packing, seconds) {
      encryptedRows.observe({ model, packing }, seconds)
    },
    watchEncrypted({ waiting: rows, keys, keyBytes }) {
      gauge('frostglass_encrypted_rows_waiting', 'Rows of encrypted questions that wait for a thread.', rows)
      gauge('frostglass_encrypted_keys', 'Keys held for encrypted inference.', keys)
      gauge('frostglass_encrypted_key_bytes', 'Bytes of these keys.', keyBytes)
    },
    contentType: register.contentType,
    text: () => register.metrics(),
  }
}
