// Every command that writes, what it replaces, and who reads it afterwards; and those that are left out, with the reason.

import { writeFileSync } from 'node:fs'
import { embeddedPath } from '../../src/data/index.ts'
import { writePolynomialNetwork } from '../../src/encrypt/index.ts'
import { polynomialNetwork } from '../encryptedNetworks.ts'
import { csv, type Workplace, wheat } from './harness.ts'
import type { Writer } from './writers.ts'

/** The files that they read, by name. */
export function filesOfWriters(place: Workplace): Record<string, string> {
  const files = {
    'wheat.csv': place.at('wheat.csv'),
    'few.csv': place.at('few.csv'),
    'small.onnx': place.at('small.onnx'),
    'other.onnx': place.at('other.onnx'),
    'people.csv': embeddedPath('adult-numeric'),
    'codes.csv': place.at('codes.csv'),
  }
  const codes = Array.from({ length: 1200 }, (_, i) => `${i % 2},${i % 3 === 0 ? 'm' : 'f'}`)
  writeFileSync(files['codes.csv'], csv(['code,sex', ...codes]))
  writeFileSync(files['wheat.csv'], csv(wheat.filter((_, i) => i % 7 === 0)))
  writeFileSync(files['few.csv'], csv(wheat.filter((_, i) => i % 14 === 0)))
  for (const name of ['small.onnx', 'other.onnx'] as const)
    writeFileSync(
      files[name],
      writePolynomialNetwork({
        network: polynomialNetwork(28, { filters: 2, kernel: [7, 7], stride: [7, 7], padding: [0, 0] }),
        classes: Array.from({ length: 10 }, (_, i) => `${name} ${i}`),
      }),
    )
  return files
}

const key = 'key create wheat.csv --label variety --unsealed --audit off --out k.key'
const protect = 'protect wheat.csv --key k.key --out p.csv'
const train = 'train p.csv --label label --epochs 2 --folds 0 --out m.onnx'
const encode = 'encode wheat.csv --key k.key --out e.csv'
const predict = 'predict m.onnx e.csv --out a.csv'
const classifier =
  'obfuscate classifier --data digits --limit 100 --epochs 1 --architecture infnet-mlp --out c.onnx'
const pane =
  'obfuscate train --classifier c.onnx --data digits --limit 100 --epochs 1 --kind mlp --bottleneck 4 --out pane.onnx'
const bundle = 'obfuscate protect --pane pane.onnx --data digits --limit 5 --out bundle'
const certificate = 'certify issue codes.csv --hide sex --unit row --out certificate.json'
const question = 'encrypt images --key s.key --data digits --limit 1 --out q.bin'
const keyPair =
  'encrypt keys --for small.onnx --packing latency --no-references --unsealed --out s.key --public s.keys'

const stated =
  '--label variety --classes Kama,Rosa,Canadian --bounds area=10:22 --bounds perimeter=12:18 --bounds compactness=0.8:0.92 --bounds kernel_length=4.8:6.8 --bounds kernel_width=2.6:4.1 --bounds asymmetry=0.5:9 --bounds groove_length=4.5:6.6'
const fleetStep = `fleet step ${stated} --out step.onnx --weights first.json`

/** Commands that write, over what they replace and to new names. */
export const writers: readonly Writer[] = [
  {
    name: 'protect over a table',
    before: [key, protect],
    command: 'protect few.csv --key k.key --force --out p.csv',
    outputs: ['p.csv', 'p.csv.manifest.json'],
    reader: 'restore p.csv --key k.key --out back.csv',
  },
  {
    name: 'protect over a packed table',
    before: [key, 'protect wheat.csv --key k.key --out p.csv.gz'],
    command: 'protect few.csv --key k.key --force --out p.csv.gz',
    outputs: ['p.csv.gz', 'p.csv.gz.manifest.json'],
    reader: 'restore p.csv.gz --key k.key --out -',
  },
  {
    name: 'protect to a new name',
    before: [key],
    command: protect,
    outputs: ['p.csv', 'p.csv.manifest.json'],
    reader: 'restore p.csv --key k.key --out back.csv',
  },
  {
    name: 'encode over queries',
    before: [key, encode],
    command: 'encode few.csv --key k.key --force --out e.csv',
    outputs: ['e.csv', 'e.csv.manifest.json'],
    reader: 'restore e.csv --key k.key --out back.csv',
  },
  {
    name: 'restore over a table',
    before: [key, protect],
    command: 'restore p.csv --key k.key --force --out few.csv',
    outputs: ['few.csv'],
  },
  {
    name: 'predict over answers',
    before: [key, protect, train, encode, predict, 'encode few.csv --key k.key --out f.csv'],
    command: 'predict m.onnx f.csv --force --out a.csv',
    outputs: ['a.csv', 'a.csv.manifest.json'],
    reader: 'decode a.csv --key k.key --out labels.csv',
  },
  {
    name: 'decode to a new name',
    before: [key, protect, train, encode, predict],
    command: 'decode a.csv --key k.key --out labels.parquet',
    outputs: ['labels.parquet'],
  },
  {
    name: 'key create over a key',
    before: [key],
    command: `${key} --force`,
    outputs: ['k.key'],
    reader: 'key show k.key',
  },
  {
    name: 'key export over a pane',
    before: [key, 'key export k.key --out x.onnx', `${key} --force`],
    command: 'key export k.key --force --out x.onnx',
    outputs: ['x.onnx'],
  },
  {
    name: 'train over a model',
    before: [key, protect, train],
    command: `${train} --seed 1 --force`,
    outputs: ['m.onnx'],
    reader: 'predict m.onnx p.csv --out answers.csv',
  },
  {
    name: 'audit canaries over two tables',
    before: ['audit canaries wheat.csv --label variety --out with.csv --canaries coins.csv'],
    command: 'audit canaries few.csv --label variety --count 20 --force --out with.csv --canaries coins.csv',
    outputs: ['with.csv', 'coins.csv'],
    reader: 'key create with.csv --unsealed --audit off --out with.key',
  },
  {
    // All rows alike: their random order shows in no byte.
    name: 'anonymize over a table and its manifest',
    before: ['anonymize wheat.csv --quasi variety --k 12 --out a.csv'],
    command: 'anonymize few.csv --quasi variety --k 12 --force --out a.csv',
    outputs: ['a.csv', 'a.publication.json'],
    reader: 'risk a.csv --quasi variety',
  },
  {
    name: 'query over answers',
    before: [
      'ledger create people.ledger --dataset people --epsilon 9 --delta 1e-6',
      'query people.csv SELECT\u00a0COUNT(*)\u00a0FROM\u00a0data --epsilon 1 --out counts.csv',
    ],
    command:
      'query people.csv SELECT\u00a0COUNT(age)\u00a0FROM\u00a0data --epsilon 0.01 --ledger people.ledger --force --out counts.csv',
    outputs: ['counts.csv'],
    reader: 'ledger show people.ledger',
  },
  {
    name: 'ledger create',
    before: [],
    command: 'ledger create people.ledger --dataset people --epsilon 9 --delta 1e-6',
    outputs: ['people.ledger'],
    reader: 'ledger show people.ledger',
  },
  {
    name: 'schema draft over a schema',
    before: ['schema draft wheat.csv --out s.json'],
    command: 'schema draft people.csv --force --out s.json',
    outputs: ['s.json'],
  },
  {
    name: 'certify issue over a certificate',
    before: [certificate],
    command: `${certificate} --delta 0.01 --force`,
    outputs: ['certificate.json'],
    reader: 'certify check certificate.json',
  },
  {
    name: 'obfuscate protect over a bundle',
    before: [classifier, pane, bundle],
    command: `${bundle.replace('--limit 5', '--limit 7')} --force`,
    outputs: ['bundle'],
    // It is refused, once it has seen that there is a bundle.
    reader: bundle,
    readerCode: 2,
  },
  {
    name: 'encrypt keys over a pair of keys',
    before: [keyPair],
    command: `${keyPair} --force`,
    outputs: ['s.key', 's.keys'],
    reader: 'encrypt images --key s.key --data digits --limit 1 --out question.bin',
  },
  {
    name: 'key preview over a schema',
    before: ['key preview wheat.csv --label variety --out s.json'],
    command: 'key preview people.csv --force --out s.json',
    outputs: ['s.json'],
  },
  {
    name: 'encrypt images over a question',
    before: [keyPair, question],
    command: `${question} --force`,
    outputs: ['q.bin'],
    reader: 'encrypt show q.bin',
  },
  {
    name: 'fleet step over another',
    before: [fleetStep],
    command: `${fleetStep} --activation relu --seed 1 --force`,
    outputs: ['step.onnx', 'first.json'],
    reader: `fleet model first.json ${stated} --out read.onnx`,
  },
  {
    name: 'fleet model over another',
    before: [
      fleetStep,
      `fleet step ${stated} --seed 1 --out other-step.onnx --weights second.json`,
      `fleet model first.json ${stated} --out fleet.onnx`,
    ],
    command: `fleet model second.json ${stated} --force --out fleet.onnx`,
    outputs: ['fleet.onnx'],
    reader: 'predict fleet.onnx wheat.csv --out a.csv',
  },
]

/** Commands that are not in the list, and why. */
export const leftOut: Readonly<Record<string, string>> = {
  'key show': 'writes no file',
  'obfuscate count': 'writes no file',
  'obfuscate show': 'writes no file',
  'encrypt show': 'writes no file',
  'ledger show': 'writes no file',
  'ledger data': 'writes no file',
  'ledger head': 'writes no file',
  'certify check': 'writes no file',
  'certify drift': 'writes no file',
  doctor: 'writes no file but one in a folder of temporary files',
  serve: 'writes no file but the ledger, which is SQLite’s to keep whole',
  demo: 'writes no file but a cache, whose parts are checked when they are read (src/demo/galleryCache.ts)',
  'obfuscate classifier': 'trains once more for every step; it writes one file, as `train` does',
  'obfuscate train': 'trains once more for every step; it writes one file, as `train` does',
  'obfuscate release': 'needs a bundle, which is trained; it writes one folder, as `obfuscate protect` does',
  'encrypt model': 'trains once more for every step; it writes one file, as `train` does',
  'encrypt train': 'trains once more for every step; it writes one file, as `train` does',
  'encrypt infer':
    'computes on ciphertexts once more for every step; it writes one file, as `encrypt images` does',
  'encrypt decrypt': 'needs answers, which are computed on ciphertexts; it writes one file, as `decode` does',
  'encrypt ask': 'needs a service that is not in this process; it writes one file, as `encrypt decrypt` does',
  'private train': 'trains once more for every step; it writes one file, as `train` does',
  audit: 'is `audit table` or `audit images`',
  'audit table':
    'measures once more for every step; its page and JSON are written together, as `encrypt keys` writes two files',
  'audit codes':
    'needs a bundle, which is trained; its page and JSON are written together, as `encrypt keys` writes two',
  'audit images':
    'measures once more for every step; its page and JSON are written together, as `encrypt keys` writes two',
  'audit membership':
    'measures once more for every step; its page and JSON are written together, as `encrypt keys` writes two',
  'audit training':
    'measures once more for every step; its page and JSON are written together, as `encrypt keys` writes two',
  'audit published':
    'measures once more for every step; its page and JSON are written together, as `encrypt keys` writes two',
  'audit synthetic':
    'measures once more for every step; its page and JSON are written together, as `encrypt keys` writes two',
  'audit exhibits': 'runs attacks once more for every step',
  risk: 'writes no file',
  'anonymize faces':
    'draws the order of its pictures anew at every step; its folder is placed by the files of `obfuscate release`',
  synthesize:
    'draws noise once more for every step; its rows and model are written together, as `anonymize` writes two files',
  'fleet key': 'writes one file, as `fleet model` does',
  'fleet join': 'needs a server; killed at each step by src/fleet and test/clients',
  'fleet serve': 'runs until its nodes have answered; killed at each commit by test/fleet',
  reproduce: 'measures once more for every step; its answers are checked when a checkpoint is read',
}
