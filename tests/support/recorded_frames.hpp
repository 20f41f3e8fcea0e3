#pragma once

#include <string>
#include <vector>

namespace support {

/// The recorded frames of BTCUSDT's and ETHUSDT's combined stream, in order of arrival, from the folder of recordings
/// (environment TICKBELL_SHARED, else ../shared beside the source). Empty where that folder is absent.
std::vector<std::string> recordedFrames();

/// Names of the tables (`.csv.gz`) in a folder of the recordings, such as `klines`, sorted. Empty where it is absent.
std::vector<std::string> recordedTables(std::string const& folder);
/// Rows of such a table, split at its commas, without the header.
std::vector<std::vector<std::string>> recordedRows(std::string const& folder, std::string const& name);

}  // namespace support
