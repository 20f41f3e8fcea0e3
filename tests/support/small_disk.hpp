#pragma once

#include <filesystem>

namespace support {

/// Puts a memory disk of this size (as `size=16m`) over the directory, seen by this process and those it starts only.
/// False where the machine lets nobody do so.
bool mountSmallDisk(std::filesystem::path const& directory, char const* size);

}  // namespace support
