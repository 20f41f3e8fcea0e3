#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace support {

struct SinkMail {
    std::string from;  ///< as in MAIL FROM, without brackets
    std::string to;
    std::string data;  ///< without the dots that SMTP adds
};

/// An SMTP server on 127.0.0.1, on a thread of its own, that keeps what it is sent.
class SmtpSink {
public:
    /// What is answered to a mail's last line: `250 ok`, `451 later`; empty = nothing.
    using Script = std::function<std::string(SinkMail const& mail)>;

    explicit SmtpSink(Script script = [](SinkMail const&) { return "250 ok"; });
    ~SmtpSink();
    SmtpSink(SmtpSink const&) = delete;
    SmtpSink& operator=(SmtpSink const&) = delete;

    std::string url() const;
    std::vector<SinkMail> mails() const;
    /// All mails, once there are so many; throws when that took longer than the limit.
    std::vector<SinkMail> waitFor(std::size_t count, std::chrono::milliseconds limit = std::chrono::seconds(10)) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace support
