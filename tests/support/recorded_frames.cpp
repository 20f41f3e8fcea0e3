#include "tests/support/recorded_frames.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace support {

namespace {

std::string recordings() {
    char const* const given = std::getenv("TICKBELL_SHARED");
    return given != nullptr ? std::string(given) : std::string(TICKBELL_SOURCE_DIR "/../shared");
}

template <class Visit>
void forEachLine(std::string const& path, Visit visit) {
    std::unique_ptr<gzFile_s, int (*)(gzFile)> const file(gzopen(path.c_str(), "rb"), &gzclose);
    std::array<char, 4'096> line{};
    while (file && gzgets(file.get(), line.data(), static_cast<int>(line.size())) != nullptr) {
        std::string_view text(line.data());
        if (text.ends_with('\n')) text.remove_suffix(1);
        visit(text);
    }
}

}  // namespace

std::vector<std::string> recordedFrames() {
    std::vector<std::string> frames;
    forEachLine(recordings() + "/tapes/raw/spot-combined-stream.20240808.tsv.gz", [&](std::string_view text) {
        text.remove_prefix(text.find('\t') + 1);
        frames.emplace_back(text);
    });
    return frames;
}

std::vector<std::string> recordedTables(std::string const& folder) {
    std::vector<std::string> names;
    std::error_code absent;
    for (auto const& entry : std::filesystem::directory_iterator(recordings() + "/" + folder, absent))
        if (auto name = entry.path().filename().string(); name.ends_with(".csv.gz")) names.push_back(std::move(name));
    std::ranges::sort(names);
    return names;
}

std::vector<std::vector<std::string>> recordedRows(std::string const& folder, std::string const& name) {
    std::vector<std::vector<std::string>> rows;
    bool header = true;
    forEachLine(recordings() + "/" + folder + "/" + name, [&](std::string_view text) {
        if (std::exchange(header, false)) return;
        auto& row = rows.emplace_back();
        for (std::size_t comma = 0; comma != std::string_view::npos;) {
            comma = text.find(',');
            row.emplace_back(text.substr(0, comma));
            if (comma != std::string_view::npos) text.remove_prefix(comma + 1);
        }
    });
    return rows;
}

}  // namespace support
