#include "notifier/api/candle_stream.hpp"

#include <utility>

namespace notifier {

CandleStream::CandleStream(common::StoreThread& reader, std::unique_ptr<CandlePage> page, bool gzip)
    : reader_(reader), page_(std::move(page)), gzip_(gzip ? std::make_unique<GzipWriter>() : nullptr) {
    if (auto const digest = page_->digest()) tag_ = entityTag("candles-" + *digest, gzip);
}

HttpResponse CandleStream::begin() {
    HttpResponse response{.headers = {{"Cache-Control", tag_ ? "no-cache" : "no-store"}, {"Vary", "Accept-Encoding"}}};
    if (tag_) response.headers.emplace_back("ETag", *tag_);
    if (gzip_) response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = make();
    // What is short enough is sent with its length.
    if (auto second = make(); !second.empty()) {
        response.body += second;
        if (!ended_) response.rest = shared_from_this();
    }
    return response;
}

std::string CandleStream::make() {
    std::string piece;
    while (piece.empty() && !ended_) {
        auto const text = page_->next();
        ended_ = text.empty();
        if (!gzip_)
            piece = text;
        else
            piece = ended_ ? gzip_->finish() : gzip_->add(text);
    }
    return piece;
}

void CandleStream::next(std::function<void(std::optional<std::string>)> done) {
    reader_.read([self = shared_from_this()](common::Database&) { return self->make(); },
                 [done = std::move(done)](common::StoreThread::Outcome<std::string> piece) {
                     done(piece ? std::optional(std::move(*piece)) : std::nullopt);
                 });
}

}  // namespace notifier
