// Keeps ONNX Runtime from telling its makers of what runs here.
// Source: onnxruntime-node 1.30.0 for Linux, seen by strace and by reading its queue: unless ORT_DISABLE_TELEMETRY is set, each
// session writes events (a device's identifier, the program's path, the names of graph and producer, counts, errors) to
// ~/.cache/Microsoft/DeveloperTools/.onnxruntime and to the temporary folder; within 100 s the process looks
// mobile.events.data.microsoft.com up, to send them there.
// A thread's environment is a copy that the library does not see: this is called where a process's first thread comes by.

/** Switches telemetry off for this process and those that it starts; nothing in a browser. Call it before the library is loaded. */
export function silenceRuntime(): void {
  if (typeof process !== 'undefined' && process.env !== undefined) process.env['ORT_DISABLE_TELEMETRY'] = '1'
}
