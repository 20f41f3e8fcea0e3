#pragma once

#include "common/runtime/url.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace notifier {

/// Hands mails to an SMTP relay by libcurl, one after another, on a thread of its own. Network thread.
class Mailer {
public:
    struct Options {
        common::Url relay;  ///< smtp or smtps, with user and password where it asks for them
        std::string from;
        long timeoutS = 30;
    };

    Mailer(boost::asio::io_context& io, Options options);
    /// Breaks off what is under way.
    ~Mailer();
    Mailer(Mailer const&) = delete;
    Mailer& operator=(Mailer const&) = delete;

    std::string const& from() const { return options_.from; }
    /// `message`: the whole of it, with CRLF. `done`: why it was not taken, or nothing.
    void send(std::string to, std::string message, std::function<void(std::optional<std::string> error)> done);
    void stop() { stopping_ = true; }

private:
    std::optional<std::string> transfer(std::string const& to, std::string const& message) const;

    boost::asio::io_context& io_;
    Options options_;
    std::atomic<bool> stopping_ = false;
    boost::asio::thread_pool pool_{1};
};

}  // namespace notifier
