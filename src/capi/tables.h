// The tables that answers become as columns; docs/C_API.md lists them.
#pragma once

#include "capi/arrow.h"
#include "cxjourney/query.h"

namespace cxjourney::capi {

Column EmptyTouchpoints();
void Append(const ScannedTouchpoint& scanned, Column* table);
Column EmptyContacts();
void Append(const Contact& contact, Column* table);
Column EmptyEpisodes();
void Append(const Episode& episode, Column* table);

}  // namespace cxjourney::capi
