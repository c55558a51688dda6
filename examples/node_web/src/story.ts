// One customer, four channels: a question on the web chat, a call with a promise that is not kept,
// a complaint to another unit, thanks on a social network. Only the import of the profile says
// that the four are one person.
import type { Tracker } from 'cxjourney';

const hour = 3600000;

export async function tellStory(tracker: Tracker, now: Date): Promise<void> {
  const ago = (hours: number) => new Date(now.getTime() - hours * hour);
  await tracker.recordAll([
    {
      source: 'chat', id: 'chat-1', channel: 'WEB_CHAT', purpose: 'QUESTION',
      eventTime: ago(75), identifiers: [{ namespace: 'anonymous_id', value: 'v-7f21c9d0' }],
      topics: ['sipariş/kargo'], outcome: 'RESOLVED', agent: 'Deniz', sentiment: 0.1,
    },
    {
      source: 'callcentre', id: 'call-1', channel: 'PHONE', purpose: 'REQUEST',
      eventTime: ago(69), identifiers: [{ namespace: 'phone', value: '0532 111 22 33' }],
      topics: ['sipariş/kargo'], outcome: 'PENDING_COMPANY', followUpDue: ago(48), agent: 'Çağrı',
      sentiment: -0.3, emotion: 'worried',
      attributes: [{ key: 'teslimat adresi', type: 'STRING', text: 'Kadıköy, İstanbul',
        fact: true, personal: true }],
    },
    {
      source: 'complaints', id: 'mail-1', channel: 'EMAIL', purpose: 'COMPLAINT',
      eventTime: ago(45), identifiers: [{ namespace: 'email', value: 'Zeynep.Kaya@example.com' }],
      topics: ['sipariş/kargo'], outcome: 'UNRESOLVED', agent: 'Selin', sentiment: -0.8,
      emotion: 'angry',
    },
    {
      source: 'shop', id: 'order-1', channel: 'WEB', purpose: 'PURCHASE', eventTime: ago(120),
      identifiers: [{ namespace: 'customer_id', value: 'K-1042' }],
      value: { amountMinor: 124990, currency: 'TRY', kind: 'REVENUE' },
      refs: [{ type: 'ORDER', id: 'A-1001' }],
    },
    {
      source: 'crm', id: 'profile-1', channel: 'WEB', purpose: 'IDENTITY', eventTime: ago(24),
      identifiers: [
        { namespace: 'customer_id', value: 'K-1042' },
        { namespace: 'anonymous_id', value: 'v-7f21c9d0' },
        { namespace: 'phone', value: '+905321112233' },
        { namespace: 'email', value: 'zeynep.kaya@example.com' },
      ],
    },
  ]);
}
