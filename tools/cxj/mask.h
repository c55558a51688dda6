// Hiding who it is in what is printed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cxjourney/identity.h"
#include "cxjourney/touchpoint.h"

namespace cxjourney::cli {

// Masks the values of identifiers, and the ids, refs and attributes in which they could be read.
// An id is masked when it contains an e-mail address, or an identifier that the masker has learnt:
// feed it first.
class Masker {
 public:
  explicit Masker(bool show) : show_(show) {}

  bool show() const { return show_; }
  void Learn(const Identifier& identifier);
  void Learn(const Customer& customer);
  void Learn(const Touchpoint& touchpoint);

  std::string Value(std::string_view name_space, std::string_view value) const;
  std::string Labelled(const Identifier& identifier) const;  // "phone:+905*****33"
  std::string Id(std::string_view id) const;
  std::string Key(const TouchpointKey& key) const;  // "source/id"
  // The same where the customer may be one that was not learnt: masks whatever could be a telephone
  // number.
  std::string UnsureKey(const TouchpointKey& key) const;
  Touchpoint Masked(Touchpoint touchpoint) const;

 private:
  bool Reveals(std::string_view id) const;

  bool show_;
  std::vector<std::string> values_;  // Lower case.
  std::vector<std::string> digits_;  // Last ten digits of long numbers, however they are spelled.
};

}  // namespace cxjourney::cli
