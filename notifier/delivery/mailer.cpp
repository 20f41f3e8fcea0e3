#include "notifier/delivery/mailer.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <cstring>
#include <string_view>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

namespace notifier {
namespace {

constexpr long kConnectS = 10;

std::size_t readUpload(char* buffer, std::size_t size, std::size_t count, void* context) {
    auto& rest = *static_cast<std::string_view*>(context);
    auto const taken = std::min(size * count, rest.size());
    std::memcpy(buffer, rest.data(), taken);
    rest.remove_prefix(taken);
    return taken;
}

/// Asked about once a second, also while connecting.
int breakOff(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<std::atomic<bool> const*>(context)->load() ? 1 : 0;
}

struct CurlDeleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace

Mailer::Mailer(boost::asio::io_context& io, Options options) : io_(io), options_(std::move(options)) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

Mailer::~Mailer() {
    stopping_ = true;
    pool_.join();
}

void Mailer::send(std::string to, std::string message, std::function<void(std::optional<std::string> error)> done) {
    boost::asio::post(pool_, [this, to = std::move(to), message = std::move(message), done = std::move(done),
                              work = boost::asio::make_work_guard(io_)]() mutable {
        auto error = transfer(to, message);
        boost::asio::post(io_,
                          [done = std::move(done), error = std::move(error)]() mutable { done(std::move(error)); });
    });
}

std::optional<std::string> Mailer::transfer(std::string const& to, std::string const& message) const {
    std::unique_ptr<CURL, CurlDeleter> const handle(curl_easy_init());
    if (!handle) return "libcurl has no handle";
    auto* const curl = handle.get();
    auto const& relay = options_.relay;
    std::string_view rest = message;
    char reason[CURL_ERROR_SIZE] = "";
    std::unique_ptr<curl_slist, CurlDeleter> const receivers(curl_slist_append(nullptr, ("<" + to + ">").c_str()));
    curl_easy_setopt(curl, CURLOPT_URL, (relay.origin() + relay.target).c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    if (!relay.user.empty()) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, relay.user.c_str());
        curl_easy_setopt(curl, CURLOPT_PASSWORD, relay.password.c_str());
    }
    // A password goes over TLS or not at all.
    curl_easy_setopt(curl, CURLOPT_USE_SSL, relay.password.empty() ? CURLUSESSL_TRY : CURLUSESSL_ALL);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + options_.from + ">").c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, receivers.get());
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, &readUpload);
    curl_easy_setopt(curl, CURLOPT_READDATA, &rest);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &breakOff);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &stopping_);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, options_.timeoutS);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    auto const result = curl_easy_perform(curl);
    if (result == CURLE_OK) return {};
    long answered = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answered);
    return fmt::format("{} (the relay's last answer: {})", reason[0] != '\0' ? reason : curl_easy_strerror(result),
                       answered);
}

}  // namespace notifier
