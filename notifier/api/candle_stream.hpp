#pragma once

#include "common/store/store_thread.hpp"
#include "notifier/api/candle_pages.hpp"
#include "notifier/api/coding.hpp"
#include "notifier/api/http.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace notifier {

/// A page of candles on its way out. Its pieces are written and compressed on the reading thread, each when the one
/// before has left, so that neither a long page nor a slow reader holds up anybody. At most about half a megabyte.
class CandleStream final : public BodyPieces, public std::enable_shared_from_this<CandleStream> {
public:
    /// `reader` must outlive it.
    CandleStream(common::StoreThread& reader, std::unique_ptr<CandlePage> page, bool gzip);

    /// Of what is sent; nothing for a page that will change by itself.
    std::optional<std::string> const& tag() const { return tag_; }
    /// The answer with its first piece. On the reading thread, once.
    HttpResponse begin();
    void next(std::function<void(std::optional<std::string>)> done) override;

private:
    /// On the reading thread.
    std::string make();

    common::StoreThread& reader_;
    std::unique_ptr<CandlePage> page_;
    std::unique_ptr<GzipWriter> gzip_;
    std::optional<std::string> tag_;
    bool ended_ = false;
};

}  // namespace notifier
