// The words that vectors use for the vocabulary of touchpoints. An unknown word is std::nullopt.
#pragma once

#include <optional>
#include <string>

#include "cxjourney/identity.h"
#include "cxjourney/touchpoint.h"

namespace cxjourney::vectors {

std::optional<Channel> ChannelOf(const std::string& word);
std::string NameOf(Channel channel);
std::optional<Direction> DirectionOf(const std::string& word);
std::optional<Purpose> PurposeOf(const std::string& word);
std::optional<Outcome> OutcomeOf(const std::string& word);
std::optional<HandledBy> HandledByOf(const std::string& word);
std::optional<Relation> RelationOf(const std::string& word);
std::optional<ScoreKind> ScoreKindOf(const std::string& word);
std::optional<Tier> TierOf(const std::string& word);

}  // namespace cxjourney::vectors
