import { workerSource } from './worker-source.ts';

/** A thread, in Node.js and in browsers. */
export interface WorkerHandle {
  post(message: unknown): void;
  /** Terminates the thread, even in the middle of a kernel. */
  stop(): void;
}

/** Starts a worker that does not keep the process alive. `gone` is called when it has ended or cannot start. */
export async function startWorker(name: string, gone: () => void): Promise<WorkerHandle> {
  if (globalThis.process?.versions?.node) {
    const { Worker } = await import('node:worker_threads');
    const receiver = "require('node:worker_threads').parentPort.on('message', receive);\n";
    const worker = new Worker(receiver + workerSource, { eval: true, name, execArgv: [], stdin: false });
    worker.on('error', gone);
    worker.on('exit', gone);
    worker.unref();
    return { post: (value) => worker.postMessage(value), stop: () => void worker.terminate() };
  }
  const url = URL.createObjectURL(
    new Blob(['self.onmessage = (event) => receive(event.data);\n', workerSource], { type: 'text/javascript' }),
  );
  const worker = new Worker(url, { name });
  worker.onerror = gone;
  return {
    post: (value) => worker.postMessage(value),
    stop() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
