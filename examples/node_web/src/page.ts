// The pages, as text. `html` escapes whatever is put into it, so a customer's name cannot script.
import type { Channel, Context, OpenEpisode, Outcome, Purpose, Touchpoint } from 'cxjourney';

class Html {
  constructor(readonly text: string) {}
}

const escapes: Record<string, string> =
  { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function textOf(value: unknown): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(textOf).join('');
  return String(value ?? '').replace(/[&<>"']/g, (letter) => escapes[letter]!);
}

function html(parts: TemplateStringsArray, ...values: unknown[]): Html {
  return new Html(parts.reduce((all, part, index) => all + textOf(values[index - 1]) + part));
}

const channels: Partial<Record<Channel, string>> = {
  PHONE: 'Telefon', WEB_CHAT: 'Web sohbet', APP_CHAT: 'Uygulama sohbeti', WHATSAPP: 'WhatsApp',
  EMAIL: 'E-posta', SOCIAL: 'Sosyal medya', STORE: 'Mağaza', WEB: 'Web', APP: 'Uygulama',
  SMS: 'SMS', IVR: 'Sesli yanıt',
};
const purposes: Partial<Record<Purpose, string>> = {
  QUESTION: 'soru', REQUEST: 'talep', COMPLAINT: 'şikâyet', THANKS: 'teşekkür',
  PURCHASE: 'satın alma', RETURN_GOODS: 'iade', FEEDBACK: 'geri bildirim', REWARD: 'ödül',
};
const outcomes: Partial<Record<Outcome, string>> = {
  RESOLVED: 'çözüldü', RESOLVED_CONFIRMED: 'çözüldü, onaylandı', UNRESOLVED: 'çözülmedi',
  ESCALATED: 'üst birime iletildi', PENDING_CUSTOMER: 'müşteriden bekleniyor',
  PENDING_COMPANY: 'bizden bekleniyor', ABANDONED: 'yarıda kaldı', FAILED: 'başarısız',
};
const emotions: Record<string, string> = {
  angry: 'kızgın', worried: 'endişeli', relieved: 'rahatlamış', happy: 'mutlu',
};

const when = new Intl.DateTimeFormat('tr-TR',
  { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Europe/Istanbul' });
const day = new Intl.DateTimeFormat('tr-TR', { dateStyle: 'medium', timeZone: 'Europe/Istanbul' });

const style = `
  :root { color-scheme: light; --ink: #1c2733; --mute: #5b6b7b; --line: #dde4ea; --warn: #b3261e;
    --good: #1b7f4b; --brand: #0b5cad; }
  * { box-sizing: border-box; }
  body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: #f4f6f8; }
  header { background: var(--brand); color: #fff; padding: 14px 24px; }
  header form { display: flex; gap: 8px; flex-wrap: wrap; }
  h1 { font-size: 18px; margin: 0 0 8px; }
  input, select, button { font: inherit; padding: 8px 12px; border: 0; border-radius: 6px; }
  input { flex: 1; min-width: 220px; }
  button { background: #083f78; color: #fff; cursor: pointer; }
  main { max-width: 1100px; margin: 20px auto; padding: 0 16px; display: grid; gap: 16px;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); }
  section { background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 16px; }
  section.wide { grid-column: 1 / -1; }
  h2 { font-size: 15px; margin: 0 0 10px; color: var(--mute); font-weight: 600; }
  .figures { display: flex; gap: 24px; flex-wrap: wrap; }
  .figures b { display: block; font-size: 26px; line-height: 1.2; }
  ul { margin: 0; padding: 0; list-style: none; }
  li { padding: 8px 0; border-top: 1px solid var(--line); }
  li:first-child { border-top: 0; }
  .mute { color: var(--mute); font-size: 14px; }
  .warn { color: var(--warn); font-weight: 600; }
  .good { color: var(--good); font-weight: 600; }
  .tag { display: inline-block; background: #e8eef5; border-radius: 12px; padding: 0 10px;
    font-size: 14px; margin-right: 4px; }`;

function page(title: string, typed: string, body: Html): string {
  return html`<!doctype html>
<html lang="tr"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${new Html(style)}</style></head>
<body><header><h1>Çağrı merkezi</h1>
<form method="post" action="/arayan"><select name="namespace" aria-label="Bilgi türü">
<option value="phone">Telefon</option><option value="email">E-posta</option>
<option value="customer_id">Müşteri no</option><option value="order_id">Sipariş no</option>
</select><input name="value" required autofocus placeholder="0532 111 22 33" value="${typed}"
aria-label="Arayanın bilgisi"><button>Getir</button></form></header>
<main>${body}</main></body></html>`.text;
}

export function searchPage(): string {
  return messagePage('Çağrı merkezi', 'Arayanın telefonunu, e-postasını ya da müşteri numarasını '
    + 'yazın: açık konuları, verilen sözleri ve son temasları birlikte gelir.', '');
}

export function messagePage(title: string, text: string, typed: string): string {
  return page(title, typed, html`<section class="wide"><h2>${title}</h2>${text}</section>`);
}

function topicsOf(topics: readonly string[]): Html[] {
  return topics.map((topic) => html`<span class="tag">${topic}</span>`);
}

function episode(open: OpenEpisode): Html {
  const promises = open.promises.map((promise) => promise.broken
    ? html`<div class="warn">Söz tutulmadı: ${when.format(promise.due)} tarihine kadar dönülecekti
      (${promise.agent})</div>`
    : html`<div class="good">Söz verildi: ${when.format(promise.due)} (${promise.agent})</div>`);
  return html`<li>${topicsOf(open.topics)} <b>${open.contactsTotal}. temas</b>
    <span class="mute">ilki ${when.format(open.start)}</span>
    <div class="mute">son durum: ${outcomes[open.lastOutcome] ?? 'bilinmiyor'},
      ${open.agents} temsilci, ${open.transfers} aktarma</div>${promises}</li>`;
}

function touchpoint(item: Touchpoint): Html {
  const channel = channels[item.channel ?? 'UNSPECIFIED'] ?? item.channel;
  const said = [when.format(item.eventTime), item.agent,
    item.emotion && (emotions[item.emotion] ?? item.emotion),
    item.outcome && outcomes[item.outcome]].filter(Boolean);
  return html`<li><b>${channel}</b> ${purposes[item.purpose ?? 'UNSPECIFIED'] ?? ''}
    ${topicsOf(item.topics)}<div class="mute">${said.join(', ')}</div></li>`;
}

function money(context: Context): Html[] {
  return context.money.map((sum) => html`<li>${new Intl.NumberFormat('tr-TR',
    { style: 'currency', currency: sum.currency }).format(Number(sum.amountMinor) / 100)}
    <span class="mute">${sum.count} kayıt</span></li>`);
}

export function contextPage(context: Context, typed: string): string {
  const customer = context.customer!;
  const since = context.firstSeen ? day.format(context.firstSeen) : '?';
  const feeling = context.lastEmotion
    ? html`<p>Son duygu: <b>${emotions[context.lastEmotion] ?? context.lastEmotion}</b></p>` : '';
  const again = context.repeatedEffort
    ? html`<p class="warn">Aynı konuyu yeniden anlatmak zorunda kaldı.</p>` : '';
  const none = html`<li class="mute">yok</li>`;
  const or = (items: Html[]): Html[] | Html => (items.length > 0 ? items : none);
  return page('Arayan', typed, html`
<section><h2>Müşteri</h2>
  <p><b>${since}</b> tarihinden beri tanıyoruz, ${customer.touchpoints} temas noktası.</p>
  <ul>${customer.identifiers.map((held) => html`<li>${held.value}
    <span class="mute">${held.namespace}</span></li>`)}</ul>${feeling}${again}</section>
<section><h2>Temas sayısı</h2><div class="figures">
  <div><b>${context.contacts7d}</b>7 gün</div><div><b>${context.contacts30d}</b>30 gün</div>
  <div><b>${context.contacts90d}</b>90 gün</div><div><b>${context.orders}</b>sipariş</div></div>
  <ul>${money(context)}</ul></section>
<section class="wide"><h2>Açık konular ve sözler</h2>
  <ul>${or(context.openEpisodes.map(episode))}</ul></section>
<section><h2>Kayıtlı bilgiler</h2><ul>${or(context.facts.map((fact) => html`<li>
  ${fact.attribute.key}: <b>${fact.attribute.text ?? fact.attribute.integer
    ?? fact.attribute.number}</b></li>`))}</ul></section>
<section><h2>Son temas noktaları</h2><ul>${context.recent.map(touchpoint)}</ul></section>`);
}
