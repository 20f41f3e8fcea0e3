#include "notifier/app/static_files.hpp"

#include "common/runtime/crypto.hpp"
#include "notifier/api/coding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace notifier {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kBytesMax = 32 * 1024 * 1024;
constexpr std::size_t kTagDigits = 32;
constexpr std::string_view kNamedByContent = "/assets/";
constexpr std::string_view kHostMarks = ".-:[]";

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

/// Scripts and styles come from this server alone, none stands inside a page, and nothing may be parsed from text into
/// one. Not every browser counts a WebSocket to the page's own server as 'self', so it is named.
std::string contentPolicy(HttpRequest const& request) {
    auto const host = request.header("Host");
    bool const plain = std::ranges::all_of(host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kHostMarks.contains(c);
    });
    auto const sockets = plain && !host.empty() ? fmt::format(" ws://{0} wss://{0}", host) : std::string();
    return fmt::format(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "manifest-src 'self'; connect-src 'self'{}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'",
        sockets);
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
        std::string body(std::istreambuf_iterator<char>(in), {});
        if (in.bad() || !in.is_open()) return std::unexpected("cannot read " + at->path().string());
        auto tag = fmt::format("\"{}\"", common::sha256Hex(body).substr(0, kTagDigits));
        files.files_.emplace("/" + at->path().lexically_relative(directory).generic_string(),
                             File{typeOf(at->path()), std::move(body), std::move(tag)});
    }
    return files;
}

StaticFiles::File const* StaticFiles::find(std::string_view path) const {
    auto const found = files_.find(path == "/" ? "/index.html" : path);
    return found == files_.end() ? nullptr : &found->second;
}

std::optional<HttpResponse> StaticFiles::answer(HttpRequest const& request) const {
    auto const* const file = find(request.path());
    if (file == nullptr) return std::nullopt;
    // What is bundled has a name by its content; for the rest a browser asks each time whether its copy still holds, so
    // that a new release is seen at once.
    std::string_view const keep =
        request.path().starts_with(kNamedByContent) ? "public, max-age=31536000, immutable" : "no-cache";
    HttpHeaders headers{{"Cache-Control", std::string(keep)}, {"ETag", file->tag}};
    if (namesTag(request, file->tag)) return HttpResponse{304, file->type, {}, std::move(headers)};
    headers.emplace_back("Content-Security-Policy", contentPolicy(request));
    headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
    headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
    headers.emplace_back("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
    headers.emplace_back("Referrer-Policy", "no-referrer");
    return HttpResponse{200, file->type, file->body, std::move(headers)};
}

}  // namespace notifier
