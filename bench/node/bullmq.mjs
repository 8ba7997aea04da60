// BullMQ: tasks that do nothing. `node bullmq.mjs fill COUNT` enqueues them; `node bullmq.mjs work COUNT SLOTS` runs them
// and prints how many seconds that took, from the start of the worker to the last one.

import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";

const connection = new Redis(process.env.BROKER, { maxRetriesPerRequest: null });
const [what, count, slots] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const queue = new Queue("noop", { connection });

if (what === "fill") {
  for (let n = 0; n < count; n += 1000) {
    const jobs = Array.from({ length: Math.min(1000, count - n) }, (_, i) => ({
      name: "noop",
      data: { user_id: n + i },
      opts: { removeOnComplete: true },
    }));
    await queue.addBulk(jobs);
  }
} else {
  let executed = 0;
  let completed = 0;
  const start = performance.now();
  const worker = new Worker("noop", async () => { executed += 1; }, { connection, concurrency: slots });
  await new Promise((resolve) => {
    worker.on("completed", () => { if (++completed === count) resolve(); });
  });
  const took = (performance.now() - start) / 1000;
  await worker.close();
  const left = await queue.getJobCounts();
  if (executed !== count || Object.values(left).some((number) => number !== 0)) {
    console.error(`${executed} of ${count} jobs were executed; left: ${JSON.stringify(left)}`);
    process.exit(1);
  }
  console.log(took);
}
await queue.close();
connection.disconnect();
