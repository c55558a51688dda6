// Numbers that stand on disk (docs/FORMAT.md). Never change one: a new meaning takes a new
// version.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cxjourney::store {

using StoreId = std::array<uint8_t, 16>;

inline constexpr uint32_t kFormatVersion = 1;

// Every file of the store begins with this, in every version of the format.
inline constexpr size_t kPrologueBytes = 16;  // Magic (8), version (4), check of both (4).
inline constexpr std::string_view kSegmentMagic = "cxjsegmt";
inline constexpr std::string_view kKeysMagic = "cxjkeys\n";

inline constexpr size_t kSegmentHeaderBytes = 128;
inline constexpr size_t kBatchHeaderBytes = 64;
inline constexpr uint32_t kBatchMagic = 0x424a5843;  // "CXJB".
inline constexpr uint64_t kBatchAlignment = 8;
inline constexpr size_t kMarkerBodyBytes = 16;  // Of a start or a seal: random bytes.
inline constexpr size_t kMarkerBytes = kBatchHeaderBytes + kMarkerBodyBytes;

// A batch's flags. A flag that is not known means: written by a newer version.
inline constexpr uint32_t kFlagStart = 1;  // First of what an opening appends; no records.
inline constexpr uint32_t kFlagSeal = 2;   // Written by a clean close; no records.

// Limit of one batch: offsets in a segment have 32 bits.
inline constexpr uint64_t kBatchBytesMax = uint64_t{1} << 30;
inline constexpr uint64_t kSegmentBytesMin = 16 * 1024;
inline constexpr uint64_t kSegmentBytesMax = uint64_t{1} << 30;

// The key file: pages of cells, every page twice.
inline constexpr size_t kCellBytes = 128;
inline constexpr size_t kPageBytes = 4096;
inline constexpr size_t kCellsPerPage = kPageBytes / kCellBytes;

// The files of sealed islands (vault.h).
inline constexpr std::string_view kVaultHeadMagic = "cxjvhead";
inline constexpr std::string_view kVaultBlocksMagic = "cxjblcks";
inline constexpr std::string_view kVaultIndexMagic = "cxjindex";
inline constexpr size_t kVaultHeaderBytes = 72;  // Of block and directory files.
// A block packs islands up to this; a larger one stands alone, in parts. Whoever wants one island
// decrypts and decompresses its block: of 16 KiB that took half of the time to bring one in, and
// saved 6 % of the bytes.
inline constexpr size_t kVaultBlockBytes = 4 * 1024;
inline constexpr size_t kVaultPartBytes = 1024 * 1024;
inline constexpr uint64_t kVaultIslandBytesMax = uint64_t{1} << 30;
inline constexpr size_t kDirectoryFilterBlockBytes = 64;

// What a block of a block file holds.
enum class VaultBlockKind : uint8_t {
  kPack = 4,       // Islands and additions, one behind the other; 1 was never released.
  kPart = 2,       // Of one that is too large for a pack.
  kTable = 5,      // Where the islands of the file stand; 3 was never released.
  kAdditions = 6,  // Where the additions of the file stand.
};

// What a cell of the key file holds.
enum class CellKind : uint8_t {
  kEmpty = 0,
  kHeader = 1,            // Always cell 0.
  kLogState = 2,          // Always cell 1.
  kSegmentKey = 3,        // One per segment.
  kIdentifierSecret = 4,  // Of a later version, when secrets move here from the log.
};

}  // namespace cxjourney::store
