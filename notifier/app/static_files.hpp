#pragma once

#include "notifier/api/http.hpp"

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace notifier {

/// The dashboard's files, read once at start: a request names a key of this map and never a path, so there is nothing
/// to climb out of.
class StaticFiles {
public:
    /// Every regular file under `directory`, hidden ones and links aside. The error is a sentence for the operator.
    static std::expected<StaticFiles, std::string> load(std::string const& directory);

    StaticFiles() = default;
    /// `/` means `/index.html`.
    bool has(std::string_view path) const { return find(path) != nullptr; }
    /// The file that the path names, or 304 where the client holds it already; nothing when there is none.
    std::optional<HttpResponse> answer(HttpRequest const& request) const;

private:
    struct File {
        std::string type;
        std::string body;
        std::string tag;  ///< ETag, with its quotes
    };
    File const* find(std::string_view path) const;

    std::map<std::string, File, std::less<>> files_;
};

}  // namespace notifier
