#pragma once

#include "notifier/session/http.hpp"

#include <expected>
#include <map>
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
    /// Null when there is none; `/` means `/index.html`.
    HttpResponse const* find(std::string_view path) const;

private:
    std::map<std::string, HttpResponse, std::less<>> files_;
};

}  // namespace notifier
