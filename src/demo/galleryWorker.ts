// The worker's side of the gallery: trains one part a task, beside the thread that serves.
// Source: learn/workers.ts for the pool. Digits are read once a worker; parts come and go as files of the cache.
// Progress goes through shared memory: a number a task, which the serving thread reads when it is asked.

import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import { openImages } from '../data/index.ts'
import { answerTasks } from '../learn/workers.ts'
import { openClassifier } from '../protect/index.ts'
import { keepPart, panesFolder, readPart } from './galleryCache.ts'
import { type GalleryTask, type GalleryWorkload, type MeasuredClassifier, partName } from './galleryTasks.ts'
import { trainGalleryClassifier, trainGalleryPane } from './galleryTraining.ts'

const { data, limits, folder, recipe, shares } = workerData as GalleryWorkload
const share = new Float32Array(shares)
const opened = Promise.all([
  openImages(data, { split: 'train', limit: limits ? limits.train : undefined }),
  openImages(data, { split: 'test', limit: limits ? limits.test : undefined }),
])

await answerTasks<GalleryTask, string>(async (task, signal) => {
  const [train, test] = await opened
  const course = {
    threads: task.threads,
    signal,
    onProgress: (done: number) => {
      share[task.place] = done
    },
  }
  const name = partName(task)
  if (task.bottleneck === undefined) {
    const { classifier, ...rest } = await trainGalleryClassifier(train, test, recipe, course)
    keepPart<MeasuredClassifier>(folder, name, {
      files: { 'classifier.onnx': classifier.onnx },
      measured: {
        ...rest,
        parameters: Object.values(classifier.weights).reduce((sum, w) => sum + w.data.length, 0),
        preprocessing: classifier.preprocessing,
      },
    })
  } else {
    const kept = readPart<MeasuredClassifier>(folder, 'classifier')
    if (!kept) throw new Error('the classifier has gone from the cache while panes were trained')
    const classifier = await openClassifier(join(folder, 'classifier', 'classifier.onnx'))
    const { pane, attack, measured } = await trainGalleryPane(
      classifier,
      train,
      test,
      task.bottleneck,
      recipe,
      course,
    )
    keepPart(panesFolder(folder, kept), name, {
      files: { 'pane.onnx': pane, 'recnet.onnx': attack },
      measured,
    })
  }
  share[task.place] = 1
  return name
})
