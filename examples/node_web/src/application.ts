// The server. Everything that can block is awaited: the event loop never waits for the disk.
import { timingSafeEqual } from 'node:crypto';

import {
  CxjError, InvalidArgumentError, NotFoundError, type Context, type Identifier, type Receipt,
  type TouchpointInput, type Tracker,
} from 'cxjourney';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';

import { contextPage, messagePage, searchPage } from './page.js';

const identifierSchema = {
  type: 'object', required: ['namespace', 'value'],
  properties: {
    namespace: { type: 'string', enum: ['phone', 'email', 'customer_id', 'order_id'] },
    value: { type: 'string', minLength: 1, maxLength: 1024 },
  },
} as const;

/** What a sender may say. The library checks the rest, and says why it refuses. */
const touchpointSchema = {
  type: 'object', required: ['source', 'id', 'channel'],
  properties: {
    source: { type: 'string', minLength: 1, maxLength: 256 },
    id: { type: 'string', minLength: 1, maxLength: 256 },
    channel: { type: 'string' },
    eventTime: { type: 'string' },
    identifiers: { type: 'array', maxItems: 20, items: { type: 'object' } },
    topics: { type: 'array', items: { type: 'string' } },
  },
} as const;

const statusOf = { RECORDED: 201, STORED: 201, DUPLICATE: 200, REFUSED: 422 } as const;

export function application(tracker: Tracker, secret: string): FastifyInstance {
  const app = fastify({ bodyLimit: 1024 * 1024 });

  app.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; "
      + "form-action 'self'");
    reply.header('cache-control', 'no-store');
  });

  app.setErrorHandler<FastifyError>(async (error, _request, reply) => {
    if (error instanceof InvalidArgumentError) reply.code(400);
    else if (error instanceof NotFoundError) reply.code(404);
    else if (error instanceof CxjError) reply.code(503);
    else reply.code(error.statusCode ?? 500);
    return { error: error instanceof CxjError ? error.code : error.name, message: error.message };
  });

  // What a form sends.
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))));

  app.get('/', async (_request, reply) => html(reply, searchPage()));

  // What the agent sees while the telephone rings. A POST, so that no telephone number stands in an
  // address, and so in a proxy's log.
  const schema = { body: identifierSchema };
  app.post<{ Body: Identifier }>('/arayan', { schema }, async (request, reply) => {
    const { namespace, value } = request.body;
    try {
      return html(reply, contextPage(await tracker.context({ namespace, value }), value));
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      reply.code(404);
      return html(reply, messagePage('Kayıt bulunamadı',
        'Bu bilgiyle daha önce hiç temas kurulmamış. Yeni müşteri olarak karşılayın.', value));
    }
  });

  app.post<{ Body: Identifier }>('/api/context', { schema },
    async (request): Promise<Context> => {
      const { namespace, value } = request.body;
      return tracker.context({ namespace, value });
    });

  // Other systems tell what happened. Answered when it is on the disk.
  app.post<{ Body: TouchpointInput }>('/hooks/touchpoints', {
    schema: { body: touchpointSchema },
    onRequest: async (request, reply) => {
      if (!sameSecret(request.headers['x-hook-secret'], secret)) {
        await reply.code(401).send({ error: 'Unauthorized' });
      }
    },
  }, async (request, reply): Promise<Receipt> => {
    const receipt = await tracker.record(request.body);
    reply.code(statusOf[receipt.outcome]);
    return receipt;
  });

  return app;
}

function html(reply: { type(value: string): unknown }, page: string): string {
  reply.type('text/html; charset=utf-8');
  return page;
}

function sameSecret(given: string | string[] | undefined, secret: string): boolean {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}
