#pragma once

#include "notifier/api/http.hpp"

#include <memory>
#include <string>
#include <string_view>

// What makes an answer shorter, or superfluous: gzip (RFC 1952) and entity tags (RFC 9110 sections 8.8.3 and 13).

namespace notifier {

/// The client takes gzip; of several codings that it likes alike, too (RFC 9110 section 12.5.3).
bool acceptsGzip(HttpRequest const& request);

/// `If-None-Match` names this tag, or any; compared weakly, as section 13.1.2 wants it.
bool namesTag(HttpRequest const& request, std::string_view tag);
/// A strong tag: another coding of the same content is another one (section 8.8.3.3).
std::string entityTag(std::string_view content, bool gzip);

/// 304: the client has what it asks for.
HttpResponse notModified(std::string_view tag);

/// Compresses a text that comes in pieces. Takes about 270 KB while it lives. Any thread, one at a time.
class GzipWriter {
public:
    GzipWriter();
    ~GzipWriter();
    GzipWriter(GzipWriter const&) = delete;
    GzipWriter& operator=(GzipWriter const&) = delete;

    /// What can be sent by now: often nothing.
    std::string add(std::string_view text);
    /// The end; nothing may follow.
    std::string finish();

private:
    struct Stream;
    std::string run(std::string_view text, int flush);
    std::unique_ptr<Stream> stream_;
};

std::string gzipped(std::string_view text);
/// Codes the body where that is asked for and worth it, and says in any case that the answer depends on it.
void encodeBody(HttpResponse& response, bool gzip);

}  // namespace notifier
