// Any bytes behind an upgrade, from a client or from a server: whatever the pieces they come in, the same is read, at
// most what the limit allows is kept, and a text is UTF-8.

#include "common/core/utf8.hpp"
#include "common/net/ws_frames.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace {

using common::net::WsFrameReader;
using common::net::WsSender;
using Kind = WsFrameReader::Kind;
using Told = std::tuple<Kind, std::string, std::uint16_t>;

constexpr std::size_t kMessageBytesMax = 1'000;

void check(bool holds) {
    if (!holds) std::abort();
}

std::vector<Told> read(std::string_view bytes, WsSender sender, std::size_t step) {
    WsFrameReader reader(kMessageBytesMax, sender);
    std::vector<Told> told;
    std::string buffer;
    while (!bytes.empty()) {
        auto const piece = bytes.substr(0, step);
        bytes.remove_prefix(piece.size());
        buffer += piece;
        std::string_view unread(buffer);
        while (true) {
            auto const event = reader.next(unread);
            if (event.kind == Kind::NeedMore) break;
            check(event.payload.size() <= kMessageBytesMax);
            if (event.kind == Kind::Text) check(common::isUtf8(event.payload));
            told.emplace_back(event.kind, event.payload, event.code);
            if (event.kind == Kind::Broken) return told;
        }
        buffer.erase(0, buffer.size() - unread.size());
        // A header and a message at most are waited for.
        check(buffer.size() <= kMessageBytesMax + 14);
    }
    return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    for (auto const sender : {WsSender::Client, WsSender::Server}) {
        auto const whole = read(bytes, sender, size + 1);
        check(read(bytes, sender, 1) == whole);
        check(read(bytes, sender, 7) == whole);
    }
    return 0;
}
