// Starts the server: PORT (8080), HOOK_SECRET, JOURNEYS (the store's folder) from the environment.
//
//   npm start            over the folder ./journeys
//   npm run demo         over a store in memory with a story in it
import { randomBytes } from 'node:crypto';

import { Tracker } from 'cxjourney';

import { application } from './application.js';
import { tellStory } from './story.js';

const demo = process.argv.includes('--demo');
const secret = process.env.HOOK_SECRET ?? randomBytes(16).toString('hex');
const tracker = await Tracker.open(process.env.JOURNEYS ?? 'journeys', { inMemory: demo });
if (demo) await tellStory(tracker, new Date());

const app = application(tracker, secret);
const address = await app.listen({ port: Number(process.env.PORT ?? 8080), host: '127.0.0.1' });
console.log(`call-centre screen: ${address}`);
if (demo) console.log('try the telephone number 0532 111 22 33');
if (!process.env.HOOK_SECRET) console.log(`web hook's secret: ${secret}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // First no more requests, then the store: close waits for what is under way.
    void app.close().then(() => tracker.close());
  });
}
