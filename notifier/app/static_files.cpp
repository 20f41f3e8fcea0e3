#include "notifier/app/static_files.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace notifier {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kBytesMax = 32 * 1024 * 1024;

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
    {".woff2", "font/woff2"},
    {".webp", "image/webp"},
}};

std::string typeOf(fs::path const& file) {
    for (auto const& [extension, type] : kTypes)
        if (file.extension() == extension) return std::string(type);
    return "application/octet-stream";
}

HttpResponse pageOf(fs::path const& file, std::string body) {
    return {
        200,
        typeOf(file),
        std::move(body),
        {{"Cache-Control", "no-cache"},
         {"Referrer-Policy", "no-referrer"},
         {"Content-Security-Policy",
          "default-src 'self'; connect-src 'self' ws: wss:; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
          "frame-ancestors 'none'; base-uri 'none'"}}};
}

}  // namespace

std::expected<StaticFiles, std::string> StaticFiles::load(std::string const& directory) {
    StaticFiles files;
    std::uintmax_t total = 0;
    std::error_code error;
    fs::recursive_directory_iterator at(directory, error);
    if (error) return std::unexpected("cannot read " + directory + ": " + error.message());
    for (auto const end = fs::end(at); at != end; at.increment(error)) {
        if (error) return std::unexpected("cannot read " + directory + ": " + error.message());
        if (at->path().filename().string().starts_with('.')) {
            if (at->is_directory()) at.disable_recursion_pending();
            continue;
        }
        if (at->is_symlink() || !at->is_regular_file()) continue;
        total += at->file_size();
        if (total > kBytesMax) return std::unexpected(directory + " holds more than 32 MiB");
        std::ifstream in(at->path(), std::ios::binary);
        std::ostringstream body;
        body << in.rdbuf();
        if (!in) return std::unexpected("cannot read " + at->path().string());
        files.files_.emplace("/" + at->path().lexically_relative(directory).generic_string(),
                             pageOf(at->path(), std::move(body).str()));
    }
    return files;
}

HttpResponse const* StaticFiles::find(std::string_view path) const {
    auto const found = files_.find(path == "/" ? "/index.html" : path);
    return found == files_.end() ? nullptr : &found->second;
}

}  // namespace notifier
