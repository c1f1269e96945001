// ONNX models on disk (Node): a model and, when it is large or was written so, the file of its external data.
// Source: "External data" of the ONNX IR specification. Writing here is not atomic: callers stage and rename.

import { readFile, stat } from 'node:fs/promises'
import { FrostglassError } from '../../errors.ts'
import { loadExternal } from './_external.ts'
import { parseModel } from './parse.ts'
import { type OnnxModel, readModel } from './read.ts'

/** The bytes of a model's file. @throws FrostglassError `input` when it cannot be read, or is no regular file. */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    const found = await stat(path)
    if (!found.isFile() && !found.isDirectory()) {
      throw new FrostglassError(
        'input',
        `cannot read the model ${path}: it is no regular file, and may have no end`,
        'Give the path of a .onnx file.',
      )
    }
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof FrostglassError) throw cause
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

/** How {@link loadOnnx} reads. */
export interface LoadOptions {
  /**
   * A folder that links to external data may lead into (a cache that keeps its files apart from their names); the model's
   * own folder by default.
   */
  readonly root?: string | undefined
}

/**
 * Reads a model and the files beside it that it names: regular files whose real paths lie in the model's folder.
 * @param bytes of the model's file, where they are read already
 * @throws FrostglassError `input` for what is not a readable ONNX model, or names files outside its folder.
 */
export async function loadOnnx(
  path: string,
  bytes?: Uint8Array,
  options: LoadOptions = {},
): Promise<OnnxModel> {
  const proto = parseModel(bytes ?? (await readModelFile(path)), path)
  await loadExternal(path, proto, options.root)
  return readModel(proto, { file: path })
}
