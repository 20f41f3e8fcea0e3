#include "ingestion/exchange/binance/stream_link.hpp"

#include <utility>

namespace ingestion::binance {

boost::asio::awaitable<void> StreamLink::run(std::shared_ptr<StreamLink> self, common::Url url) {
    auto const opened = co_await self->socket.open(std::move(url));
    if (self->feed == nullptr) co_return;
    if (!opened) {
        self->feed->onOpenFailed(*self, opened.error());
        co_return;
    }
    self->feed->onOpened(*self);
    auto const end = co_await self->socket.run(*self);
    if (self->feed != nullptr) self->feed->onEnded(*self, end);
}

}  // namespace ingestion::binance
