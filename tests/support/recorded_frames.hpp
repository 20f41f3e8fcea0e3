#pragma once

#include <string>
#include <vector>

namespace support {

/// The recorded frames of BTCUSDT's and ETHUSDT's combined stream, in order of arrival, from the folder of recordings
/// (environment TICKBELL_SHARED, else ../shared beside the source). Empty where that folder is absent.
std::vector<std::string> recordedFrames();

}  // namespace support
