#include "notifier/session/frame.hpp"

#include "common/net/ws_frames.hpp"

namespace notifier {
namespace {

using common::net::WsOpcode;

constexpr std::size_t kHeaderBytesMax = 10;

Frame makeFrame(WsOpcode opcode, std::string_view payload) {
    std::string wire;
    wire.reserve(payload.size() + kHeaderBytesMax);
    common::net::appendServerFrame(wire, opcode, payload);
    return std::make_shared<std::string const>(std::move(wire));
}

}  // namespace

Frame textFrame(std::string_view json) {
    return makeFrame(WsOpcode::Text, json);
}

Frame pingFrame() {
    return makeFrame(WsOpcode::Ping, {});
}

Frame pongFrame(std::string_view payload) {
    return makeFrame(WsOpcode::Pong, payload);
}

Frame closeFrame(common::CloseCode code) {
    return makeFrame(WsOpcode::Close,
                     common::net::closePayload(static_cast<std::uint16_t>(code), common::closeInfo(code).reason));
}

Frame closeEcho(std::uint16_t code) {
    return makeFrame(WsOpcode::Close, common::net::closePayload(code, {}));
}

}  // namespace notifier
