// ONNX models on disk (Node): a model and, when it is large or was written so, the file of its external data.
// Source: "External data" of the ONNX IR specification. Writing here is not atomic: callers stage and rename.

import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { FrostglassError } from '../../errors.ts'
import { ModelProtoSchema, TensorProto_DataLocation } from './onnx_pb.js'
import { type OnnxModel, readOnnx } from './read.ts'

/** The bytes of a model's file. @throws FrostglassError `input` when it cannot be read. */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const reasons: Record<string, string> = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a folder',
      EACCES: 'permission denied',
      ELOOP: 'its links lead in a circle',
      ENAMETOOLONG: 'the name is too long',
      ENOTDIR: 'a part of the path is no folder',
      ERR_FS_FILE_TOO_LARGE: 'it has more than 2 GiB',
    }
    throw new FrostglassError(
      'input',
      `cannot read the model ${path}: ${reasons[code ?? ''] ?? message}`,
      'Give the path of a .onnx file.',
      cause,
    )
  }
}

/**
 * Reads a model and the files beside it that it names.
 * @param bytes of the model's file, where they are read already
 * @throws FrostglassError `input` for what is not a readable ONNX model, or names files outside its folder.
 */
export async function loadOnnx(path: string, bytes?: Uint8Array): Promise<OnnxModel> {
  const own = bytes ?? (await readModelFile(path))
  return readOnnx(own, { file: path, external: await loadExternal(path, own) })
}

async function loadExternal(path: string, bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  let names: Set<string>
  try {
    const { graph } = fromBinary(ModelProtoSchema, bytes)
    const outside = (graph?.initializer ?? []).filter(
      (t) => t.dataLocation === TensorProto_DataLocation.EXTERNAL,
    )
    names = new Set(
      outside.flatMap((t) => t.externalData.filter((e) => e.key === 'location').map((e) => e.value)),
    )
  } catch {
    return files // readOnnx says what is wrong with it
  }
  for (const name of names) {
    if (isAbsolute(name) || normalize(name).startsWith('..')) {
      throw new FrostglassError(
        'input',
        `${path} wants external data from '${name}', outside its own folder`,
        'Do not trust this model.',
      )
    }
    try {
      files.set(name, await readFile(join(dirname(path), name)))
    } catch {
      // readTensor names the tensor that misses it
    }
  }
  return files
}
