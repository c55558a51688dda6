#include "capi/tables.h"

#include <fmt/format.h>

#include "interchange/names.h"

namespace cxjourney::capi {
namespace {

// Fills the columns of a row one after the other, in the order the table lists them.
class Row {
 public:
  explicit Row(Column* table) : table_(table) {}

  Column& Next() { return table_->child(next_++); }
  void Text(std::string_view text) { Next().BytesOrNull(text); }
  template <class T>
  void Number(T value) {
    Next().Number(value);
  }
  template <class T>
  void Number(const std::optional<T>& value) {
    value ? Next().Number(*value) : Next().Null();
  }
  void Time(Timestamp time) { Number(static_cast<int64_t>(time.time_since_epoch().count())); }
  void Time(const std::optional<Timestamp>& time) { time ? Time(*time) : Next().Null(); }
  void Flag(bool flag) { Next().Flag(flag); }
  void Customer(CustomerId id) {
    id == CustomerId::kNone ? Next().Null() : Next().Number(static_cast<uint64_t>(id));
  }
  // The word for an enum; null where it was not given.
  template <class E>
  void Word(E value) {
    value == E() ? Next().Null() : Next().Bytes(interchange::Name(value));
  }
  void Key(const std::optional<TouchpointKey>& key) {
    Text(key ? key->source : std::string_view());
    Text(key ? key->id : std::string_view());
  }
  template <class Items, class Put>
  void List(const Items& items, const Put& put) {
    Column& list = Next();
    for (const auto& item : items) put(item, &list.child(0));
    list.Close();
  }
  void Close() { table_->Close(); }

 private:
  Column* table_;
  size_t next_ = 0;
};

Column KeyItem() {
  return Column::Struct("item", [] {
    std::vector<Column> fields;
    fields.push_back(Column::Text("source"));
    fields.push_back(Column::Text("id"));
    return fields;
  }());
}

void PutKey(const TouchpointKey& key, Column* item) {
  Row row(item);
  row.Text(key.source);
  row.Text(key.id);
  row.Close();
}

void PutText(const std::string& text, Column* item) { item->Bytes(text); }

std::string AttributeText(const Attribute& attribute) {
  if (const auto* text = std::get_if<std::string>(&attribute.value)) return *text;
  if (const auto* integer = std::get_if<int64_t>(&attribute.value)) {
    return fmt::format("{}", *integer);
  }
  if (const auto* number = std::get_if<double>(&attribute.value)) {
    return fmt::format("{}", *number);
  }
  if (const auto* flag = std::get_if<bool>(&attribute.value)) return *flag ? "true" : "false";
  // Bytes are no text; columns of text must be UTF-8.
  std::string hex;
  for (char byte : std::get<Bytes>(attribute.value).data) {
    hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return hex;
}

Column StructOf(std::string name, std::initializer_list<Column> fields) {
  return Column::Struct(std::move(name), std::vector<Column>(fields));
}

void AppendLists(const Touchpoint& in, Row* row) {
  row->List(in.identifiers, [](const Identifier& identifier, Column* item) {
    Row field(item);
    field.Text(identifier.name_space);
    field.Text(identifier.value);
    field.Word(identifier.role);
    field.Close();
  });
  row->List(in.topics, PutText);
  row->List(in.scores, [](const Score& score, Column* item) {
    Row field(item);
    field.Word(score.kind);
    field.Number(score.value);
    field.Number(score.max);
    field.Text(score.about_id);
    field.Close();
  });
  row->List(in.refs, [](const Ref& ref, Column* item) {
    Row field(item);
    field.Word(ref.type);
    field.Text(ref.id);
    field.Close();
  });
  row->List(in.attributes, [](const Attribute& attribute, Column* item) {
    Row field(item);
    field.Text(attribute.key);
    field.Next().Bytes(AttributeText(attribute));
    field.Flag(attribute.personal);
    field.Flag(attribute.fact);
    field.Close();
  });
}

void AppendServing(const Touchpoint& in, Row* row) {
  row->Text(in.agent);
  row->Text(in.queue);
  row->Text(in.team);
  row->Number(in.timings.queue_ms);
  row->Number(in.timings.talk_ms);
  row->Number(in.timings.hold_ms);
  row->Number(in.timings.wrap_ms);
  row->Number(in.timings.first_response_ms);
  row->Number(in.sentiment);
  row->Text(in.emotion);
  row->Number(in.value ? std::optional(in.value->amount_minor) : std::nullopt);
  row->Text(in.value ? std::string_view(in.value->currency) : std::string_view());
  row->Word(in.value ? in.value->kind : ValueKind());
  row->Flag(in.automated);
  row->Flag(in.canned);
  row->Word(in.consent);
  row->Word(in.retention_class);
}

}  // namespace

Column EmptyTouchpoints() {
  using C = Column;
  return StructOf(
      "", {C::UInt64("customer"),
           C::Text("source"),
           C::Text("id"),
           C::UInt32("revision"),
           C::Time("event_time"),
           C::Time("end_time"),
           C::Int64("duration_ms"),
           C::Time("sent_time"),
           C::Time("received_time"),
           C::Int32("utc_offset_min"),
           C::Text("channel"),
           C::Text("channel_detail"),
           C::Text("visibility"),
           C::UInt64("reach"),
           C::Text("direction"),
           C::Text("initiation"),
           C::Text("purpose"),
           C::Text("outcome"),
           C::Time("follow_up_due"),
           C::Text("handled_by"),
           C::Text("conversation_id"),
           C::Text("parent_id"),
           C::Text("relation"),
           C::Text("agent"),
           C::Text("queue"),
           C::Text("team"),
           C::UInt32("queue_ms"),
           C::UInt32("talk_ms"),
           C::UInt32("hold_ms"),
           C::UInt32("wrap_ms"),
           C::UInt32("first_response_ms"),
           C::Float("sentiment"),
           C::Text("emotion"),
           C::Int64("value_minor"),
           C::Text("value_currency"),
           C::Text("value_kind"),
           C::Boolean("automated"),
           C::Boolean("canned"),
           C::Text("consent"),
           C::Text("retention_class"),
           C::List("identifiers",
                   StructOf("item", {C::Text("namespace"), C::Text("value"), C::Text("role")})),
           C::List("topics", C::Text("item")),
           C::List("scores", StructOf("item", {C::Text("kind"), C::Double("value"),
                                               C::Double("max"), C::Text("about_id")})),
           C::List("refs", StructOf("item", {C::Text("type"), C::Text("id")})),
           C::List("attributes", StructOf("item", {C::Text("key"), C::Text("value"),
                                                   C::Boolean("personal"), C::Boolean("fact")})),
           C::Binary("text_digest"),
           C::Text("text")});
}

void Append(const ScannedTouchpoint& scanned, Column* table) {
  const Touchpoint& in = scanned.touchpoint;
  Row row(table);
  row.Customer(scanned.customer);
  row.Text(in.source);
  row.Text(in.id);
  row.Number(in.revision);
  row.Time(in.event_time);
  row.Time(in.end_time);
  row.Number(in.duration_ms);
  row.Time(in.sent_time);
  row.Time(in.received_time);
  row.Number(in.utc_offset_min);
  row.Text(interchange::ChannelLabel(in.channel, in.custom_channel));
  row.Text(in.channel_detail);
  row.Word(in.visibility);
  row.Number(in.reach);
  row.Word(in.direction);
  row.Word(in.initiation);
  row.Word(in.purpose);
  row.Word(in.outcome);
  row.Time(in.follow_up_due);
  row.Word(in.handled_by);
  row.Text(in.conversation_id);
  row.Text(in.parent_id);
  row.Word(in.relation);
  AppendServing(in, &row);
  AppendLists(in, &row);
  row.Text(in.text_digest);
  row.Text(in.text ? std::string_view(*in.text) : std::string_view());
  row.Close();
}

Column EmptyContacts() {
  using C = Column;
  return StructOf("", {C::Text("source"),
                       C::Text("id"),
                       C::UInt64("customer"),
                       C::Time("start"),
                       C::Time("end"),
                       C::Text("channel"),
                       C::Text("purpose"),
                       C::List("topics", C::Text("item")),
                       C::Text("outcome"),
                       C::Text("queue"),
                       C::Boolean("base"),
                       C::Boolean("mature"),
                       C::Boolean("has_return"),
                       C::Text("prior_source"),
                       C::Text("prior_id"),
                       C::Span("gap"),
                       C::Text("episode_source"),
                       C::Text("episode_id"),
                       C::List("legs", KeyItem()),
                       C::UInt32("transfers"),
                       C::UInt32("agent_replies"),
                       C::UInt32("customer_messages")});
}

void Append(const Contact& in, Column* table) {
  Row row(table);
  row.Text(in.id.source);
  row.Text(in.id.id);
  row.Customer(in.customer);
  row.Time(in.start);
  row.Time(in.end);
  row.Text(interchange::ChannelLabel(in.channel, in.custom_channel));
  row.Word(in.purpose);
  row.List(in.topics, PutText);
  row.Word(in.outcome);
  row.Text(in.queue);
  row.Flag(in.base);
  row.Flag(in.mature);
  row.Flag(in.has_return);
  row.Key(in.prior);
  row.Number(in.prior ? std::optional<int64_t>(in.gap.count()) : std::nullopt);
  row.Key(in.episode);
  row.List(in.legs, PutKey);
  row.Number(in.transfers);
  row.Number(in.agent_replies);
  row.Number(in.customer_messages);
  row.Close();
}

Column EmptyEpisodes() {
  using C = Column;
  return StructOf("", {C::Text("source"), C::Text("id"), C::UInt64("customer"), C::Time("start"),
                       C::Time("end"), C::UInt32("contact_count"), C::List("contacts", KeyItem()),
                       C::List("channels", C::Text("item"))});
}

void Append(const Episode& in, Column* table) {
  Row row(table);
  row.Text(in.id.source);
  row.Text(in.id.id);
  row.Customer(in.customer);
  row.Time(in.start);
  row.Time(in.end);
  row.Number(static_cast<uint32_t>(in.contacts.size()));
  row.List(in.contacts, PutKey);
  row.List(in.channels,
           [](Channel channel, Column* item) { item->Bytes(interchange::Name(channel)); });
  row.Close();
}

}  // namespace cxjourney::capi
