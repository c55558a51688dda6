#include "interchange/names.h"

#include <cstddef>

#include "cxjourney/wire/touchpoint.pb.h"

namespace cxjourney::interchange {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Every enum starts with <PREFIX>UNSPECIFIED, so the first name tells the prefix of all.
size_t PrefixLength(const google::protobuf::EnumDescriptor& words) {
  constexpr std::string_view kZero = "UNSPECIFIED";
  return words.value(0)->name().size() - kZero.size();
}

std::string NameOf(const google::protobuf::EnumDescriptor& words, int number) {
  const auto* word = words.FindValueByNumber(number);
  if (word == nullptr) return std::to_string(number);
  std::string name = word->name().substr(PrefixLength(words));
  for (char& c : name) c = Lower(c);
  return name;
}

template <class E>
bool ParseNameOf(const google::protobuf::EnumDescriptor& words, std::string_view text, E& value) {
  const size_t prefix = PrefixLength(words);
  for (int i = 0; i < words.value_count(); ++i) {
    const std::string_view name = std::string_view(words.value(i)->name()).substr(prefix);
    if (name.size() != text.size()) continue;
    bool equal = true;
    for (size_t j = 0; j < name.size() && equal; ++j) equal = Lower(name[j]) == Lower(text[j]);
    if (!equal) continue;
    value = static_cast<E>(words.value(i)->number());
    return true;
  }
  return false;
}

}  // namespace

#define CXJ_ENUM_NAMES(Enum)                                            \
  std::string Name(Enum value) {                                        \
    return NameOf(*wire::Enum##_descriptor(), static_cast<int>(value)); \
  }                                                                     \
  bool ParseName(std::string_view text, Enum& value) {                  \
    return ParseNameOf(*wire::Enum##_descriptor(), text, value);        \
  }

CXJ_ENUM_NAMES(Channel)
CXJ_ENUM_NAMES(Visibility)
CXJ_ENUM_NAMES(Direction)
CXJ_ENUM_NAMES(Initiation)
CXJ_ENUM_NAMES(Purpose)
CXJ_ENUM_NAMES(Outcome)
CXJ_ENUM_NAMES(HandledBy)
CXJ_ENUM_NAMES(Relation)
CXJ_ENUM_NAMES(ScoreKind)
CXJ_ENUM_NAMES(ValueKind)
CXJ_ENUM_NAMES(RefType)
CXJ_ENUM_NAMES(Consent)
CXJ_ENUM_NAMES(RetentionClass)
CXJ_ENUM_NAMES(Role)

#undef CXJ_ENUM_NAMES

std::string ChannelLabel(Channel channel, std::string_view custom_channel) {
  return channel == Channel::kCustom ? std::string(custom_channel) : Name(channel);
}

}  // namespace cxjourney::interchange
