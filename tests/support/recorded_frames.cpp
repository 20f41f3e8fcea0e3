#include "tests/support/recorded_frames.hpp"

#include <zlib.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace support {

std::vector<std::string> recordedFrames() {
    char const* const given = std::getenv("TICKBELL_SHARED");
    auto const folder = given != nullptr ? std::string(given) : std::string(TICKBELL_SOURCE_DIR "/../shared");
    auto const path = folder + "/tapes/raw/spot-combined-stream.20240808.tsv.gz";
    std::unique_ptr<gzFile_s, int (*)(gzFile)> const file(gzopen(path.c_str(), "rb"), &gzclose);
    std::vector<std::string> frames;
    std::array<char, 4'096> line{};
    while (file && gzgets(file.get(), line.data(), static_cast<int>(line.size())) != nullptr) {
        std::string_view text(line.data());
        text.remove_prefix(text.find('\t') + 1);
        if (text.ends_with('\n')) text.remove_suffix(1);
        frames.emplace_back(text);
    }
    return frames;
}

}  // namespace support
