// Services that stay as they are: nets that were trained on raw pictures, here or by others, and pictures to ask them about.
// Source: LeNet trained on MNIST here; SqueezeNet 1.1, MobileNet v2 (ImageNet) on Imagenette's ten classes; ResNet-20 on CIFAR-10.
// The second net is one that no dictionary was made for. Which models there are, and where: experiments/photographs.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { colored } from '../../src/data/images/synthetic.ts'
import { type ImageSet, openImages, takeImages } from '../../src/data/index.ts'
import { averagePool2d, conv2d, dense, flatten, type Layer, maxPool2d } from '../../src/learn/index.ts'
import {
  type Classifier,
  mapClasses,
  namedPreprocessing,
  openClassifier,
  trainClassifier,
} from '../../src/protect/index.ts'
import { shuffle, upTo } from '../../src/random/order.ts'
import { seededStream } from '../../src/random/seeded.ts'

/** The nets, by what asks them. */
export const netNames = ['lenet', 'lenet-colour', 'squeezenet', 'mobilenet', 'resnet20'] as const

export type NetName = (typeof netNames)[number]

/** Of a model file: its preprocessing, the folder of its pictures, and where their classes lie among its outputs. */
interface Foreign {
  readonly file: string
  readonly preprocessing: string
  readonly pictures: string
  readonly outputs: readonly number[]
}

/** Places of Imagenette's classes, in the order of their folders' names, among ImageNet's thousand. */
const imagenette = [0, 217, 482, 491, 497, 566, 569, 571, 574, 701]

const foreign: Readonly<Record<'squeezenet' | 'mobilenet' | 'resnet20' | 'resnet56', Foreign>> = {
  squeezenet: {
    file: 'squeezenet1.1.onnx',
    preprocessing: 'imagenet',
    pictures: 'imagenette-224',
    outputs: imagenette,
  },
  mobilenet: {
    file: 'mobilenet_v2_1.0_224-uint8w.onnx',
    preprocessing: 'mobilenet',
    pictures: 'imagenette-224',
    // Output 0 is the background.
    outputs: imagenette.map((place) => place + 1),
  },
  resnet20: {
    file: 'resnet20-cifar10.onnx',
    preprocessing: 'imagenet',
    pictures: 'cifar10',
    outputs: Array.from({ length: 10 }, (_, i) => i),
  },
  resnet56: {
    file: 'resnet56-cifar10.onnx',
    preprocessing: 'imagenet',
    pictures: 'cifar10',
    outputs: Array.from({ length: 10 }, (_, i) => i),
  },
}

const seconds: Readonly<Record<'squeezenet' | 'mobilenet' | 'resnet20', keyof typeof foreign>> = {
  squeezenet: 'mobilenet',
  mobilenet: 'squeezenet',
  resnet20: 'resnet56',
}

const isOurs = (net: NetName): net is 'lenet' | 'lenet-colour' => net.startsWith('lenet')

/** The nets that can be asked: digits always, others where the user's folder has their models and pictures. */
export function availableNets(data: string | undefined): NetName[] {
  const has = (name: keyof typeof foreign) =>
    data !== undefined &&
    existsSync(join(data, 'models', foreign[name].file)) &&
    existsSync(join(data, foreign[name].pictures))
  return netNames.filter((net) => isOurs(net) || (has(net) && has(seconds[net])))
}

/** Which net, and which pictures. JSON. */
export interface NetChoice {
  readonly net: NetName
  /** Of digits: as `openImages` takes it; of others: the folder of the data. */
  readonly from: string
  readonly train?: number | undefined
  readonly test?: number | undefined
  /** Epochs of a net that is trained here. */
  readonly epochs: number
  readonly seed: number
}

/** A net with its outputs by label. */
export interface Frozen {
  readonly classifier: Classifier
  readonly classMap: Int32Array
}

/** Everything that a dictionary is tried with. */
export interface Service {
  readonly frozen: Frozen
  readonly second: Frozen
  /** What the pane learns from, and a part to choose by. */
  readonly train: ImageSet
  readonly validation: ImageSet
  /** What everything is scored on. */
  readonly test: ImageSet
  /** Layers of the pane's encoder; the usual ones if absent. */
  readonly layers?: readonly Layer[] | undefined
}

/** @throws what reading files and training throw */
export async function openService(choice: NetChoice, signal?: AbortSignal): Promise<Service> {
  const { net, from, seed, train: limit } = choice
  const ours = isOurs(net)
  const folder = ours ? from : join(from, foreign[net].pictures)
  const size = ours || net === 'resnet20' ? {} : ({ size: 224, channels: 3 } as const)
  const open = (split: 'train' | 'test') =>
    openImages(folder, { split, limit: split === 'train' ? limit : choice.test, ...size, signal })
  const tint = (set: ImageSet, part: number) =>
    net === 'lenet-colour' ? colored(set, { seed: 2 * seed + part }) : set
  const [all, test] = [tint(await open('train'), 0), tint(await open('test'), 1)]
  const order = shuffle(upTo(all.count), seededStream(seed, 'service'))
  const held = Math.round(all.count / 12)
  const pictures = {
    train: takeImages(all, order.subarray(held)),
    validation: takeImages(all, order.subarray(0, held)),
    test,
  }
  if (ours) {
    const trained = (architecture: 'lenet' | 'infnet-mlp') =>
      trainClassifier(pictures.train, {
        architecture,
        epochs: choice.epochs,
        validation: pictures.validation,
        test,
        seed,
        threads: 1,
        signal,
      })
    const classMap = upTo(10)
    return {
      ...pictures,
      frozen: { classifier: await trained('lenet'), classMap },
      second: { classifier: await trained('infnet-mlp'), classMap },
    }
  }
  const opened = (name: keyof typeof foreign) => openForeign(from, foreign[name], all)
  return {
    ...pictures,
    frozen: await opened(net),
    second: await opened(seconds[net]),
    layers: photographLayers(all.shape[1]),
  }
}

async function openForeign(
  data: string,
  { file, preprocessing, outputs }: Foreign,
  set: ImageSet,
): Promise<Frozen> {
  const classifier = await openClassifier(join(data, 'models', file), {
    preprocessing: namedPreprocessing(preprocessing, 3),
    image: set.shape,
    name: file,
  })
  const names = set.labels!.names
  const places = Object.fromEntries(names.map((name, i) => [name, outputs[i]!]))
  return { classifier, classMap: mapClasses({ names }, classifier.outputs, places) }
}

/** Photographs are looked at small: a device's pane is small. */
const photographLayers = (height: number): Layer[] => [
  ...(height > 32
    ? [averagePool2d({ size: 4 }), conv2d({ filters: 16, kernel: 5, stride: 2, activation: 'relu' })]
    : [conv2d({ filters: 16, kernel: 5, activation: 'relu' })]),
  maxPool2d({ size: 2 }),
  conv2d({ filters: 32, kernel: 3, activation: 'relu' }),
  maxPool2d({ size: 2 }),
  flatten(),
  dense({ units: 32, activation: 'relu' }),
  dense({ units: 16, activation: 'tanh' }),
]
